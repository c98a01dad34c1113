// The page of one run.

function answerTiles(run) {
  const {results} = run, last = results.training.final, energy = results.energy;
  const best = run.epochs.length ? Math.min(...run.epochs.map(epoch => epoch.train_loss ?? Infinity)) : null;
  return h("div.tiles",
    tile("test accuracy", last?.test_accuracy == null ? "–" : percent(last.test_accuracy, 2), last ? `after epoch ${last.epoch}` : "no epoch ended"),
    tile("training loss", last?.train_loss == null ? "–" : last.train_loss.toFixed(4), last && Number.isFinite(best) ? `best ${best.toFixed(4)}` : ""),
    tile("energy", quantity(energy.total_j, "J"), `${quantity(energy.interval_j.low, "J")} to ${quantity(energy.interval_j.high, "J")}`),
    tile("simulated time", quantity(results.time.seconds, "s"), `${quantity(results.time.cycles.accelerator, "")} accelerator cycles`),
    tile("mean power", quantity(run.meanPower, "W"), `${percent(energy.static_j / energy.total_j)} of it static`),
    tile("area", `${digits(results.area_mm2.total)} mm²`, "all components"));
}

// One sentence: where energy and time went.
function answerSentence(run) {
  const {energy, utilisation} = run.results;
  const top = values => Object.entries(values).sort((a, b) => b[1] - a[1])[0];
  const component = top(energy.by_component), phase = top(energy.by_phase);
  const busiest = top(Object.fromEntries(Object.entries(utilisation).map(([name, shares]) => [name, shares.busy])));
  if (!component || !(energy.total_j > 0)) return null;
  const array = utilisation["accelerator.array"];
  return h("p.answer", h("b", plainComponent(component[0])), ` takes ${percent(component[1] / energy.total_j, 0)} of the energy and the phase `,
    h("b", phase[0]), ` ${percent(phase[1] / energy.total_j, 0)}. `, h("b", plainComponent(busiest[0])),
    ` is the busiest part (${percent(busiest[1], 0)} of the time)`, array ? `; the compute array works ${percent(array.busy, 0)} of it.` : ".");
}

function learningSection(run) {
  const line = (label, pair, valueOf, dash, shape) => ({run, label, colour: () => shade(pair), dash, shape, valueOf});
  const measures = [
    {title: "Training loss", caption: "Mean over each epoch, before its updates.", label: "", lines: [line("training loss", runColours[0], epoch => epoch.train_loss, [], "circle")]},
    {title: "Accuracy", caption: "Test samples after each epoch; training samples during it.", label: "%", asPercent: true, lines: [
      line("test", runColours[0], epoch => epoch.test_accuracy, [], "circle"), line("training", runColours[1], epoch => epoch.train_accuracy, [6, 4], "rect")]},
  ];
  if (run.epochs.some(epoch => epoch.gradient_norm !== null && epoch.gradient_norm !== undefined))
    measures.push({title: "Gradient norm", caption: "Of the full gradient.", label: "", lines: [line("gradient norm", runColours[2], epoch => epoch.gradient_norm, [], "triangle")]});
  return section("learning", "Learning", "Dashed lines mark changes of precision.", curves(measures, kind => eventsOn(run, kind)));
}

// Clocks, leakage, refresh and transfers belong to no layer.
const layerName = layer => (layer === "-" ? "no layer" : layer);

function energySection(run) {
  const plain = row => ({...row, name: plainComponent(row.name)});
  return section("energy", "Energy", "Bars are split by component, in the colours of the legend. Every figure is at the nominal of its source.",
    componentStrip(run),
    h("div.grid",
      componentBars("By component", null, energyBy(run, entry => entry.component).map(plain), "J"),
      h("div.stack", componentBars("By phase", null, energyBy(run, entry => entry.phase), "J"),
        componentBars("By layer", null, energyBy(run, entry => layerName(entry.layer)), "J")),
      componentBars("By operation", null, largestOf(energyBy(run, entry => entry.operation), 11), "J", {mono: true, wide: true})));
}

// ---- roofline --------------------------------------------------------------------------------------------------------

const arithmetic = /^(mac|fma|add|mul|div|convert|compare|twosum|exp|log|transform|butterfly)\b/;

// Work of a layer in a phase on the accelerator: operations, bytes of its DRAM, seconds.
function rooflinePoints(run) {
  const works = new Map((run.results.time.by_work ?? []).map(work => [`${work.phase} ${work.layer}`, {...work, macs: 0, operations: 0, bytes: 0}]));
  for (const entry of run.operations) {
    const work = works.get(`${entry.phase} ${entry.layer}`);
    if (!work) continue;
    if (entry.operation.startsWith("mac[") && entry.component.startsWith("accelerator.")) work.macs += entry.count;
    if (arithmetic.test(entry.operation) && entry.component.startsWith("accelerator.")) work.operations += entry.count;
    if (entry.component === "dram" && /^dram_(read|write)_byte/.test(entry.operation)) work.bytes += entry.count;
  }
  return [...works.values()].filter(work => work.operations > 0 && work.seconds > 0);
}

function rooflineSection(run) {
  const {machine} = run.results, points = machine ? rooflinePoints(run) : [];
  if (!points.length) return null;
  const slope = Math.min(machine.dram_bytes_per_second, machine.interconnect_bytes_per_second);
  const placed = points.map(work => ({x: work.operations / Math.max(work.bytes, 1), y: work.operations / work.seconds, work}));
  const low = Math.min(...placed.map(point => point.x)) / 3;
  const high = Math.max(...placed.map(point => point.x), machine.macs_per_second / slope) * 4;
  const roof = peak => [{x: low, y: slope * low}, {x: peak / slope, y: peak}, {x: high, y: peak}].filter(point => point.x >= low);
  const phases = [...new Set(points.map(work => work.phase))];
  const bottom = Math.min(slope * low, ...placed.map(point => point.y)) / 2;
  const roofSet = (label, peak, dash) => ({label, data: roof(peak), showLine: true, borderColor: ink("quiet"), backgroundColor: ink("quiet"), borderWidth: 1.5,
                                           borderDash: dash, pointRadius: 0, pointStyle: "line"});
  const shapes = ["circle", "rect", "triangle", "rectRot", "star", "crossRot"];
  const card = chartCard(null, null, 380, () => ({
    type: "scatter",
    data: {datasets: [
      ...phases.map((phase, i) => ({label: phase, data: placed.filter(point => point.work.phase === phase), backgroundColor: phaseColour(phase), borderColor: phaseColour(phase),
                                    pointRadius: 6, pointHoverRadius: 8, pointStyle: shapes[i % shapes.length]})),
      roofSet(`compute array ${quantity(machine.macs_per_second, "MAC/s")}`, machine.macs_per_second, []),
      roofSet(`vector unit ${quantity(machine.vector_operations_per_second, "op/s")}`, machine.vector_operations_per_second, [5, 4]),
    ]},
    options: {
      scales: {x: axis("operations per byte of DRAM", {type: "logarithmic", min: low, max: high, ticks: {padding: 6, callback: logTick}}),
               y: axis("operations per second", {type: "logarithmic", min: bottom, max: machine.macs_per_second * 2,
                                                 ticks: {padding: 6, callback: (value, i, ticks) => (logTick(value, i, ticks) === "" ? "" : quantity(value, ""))}})},
      plugins: {legend: {...legendBelow, labels: {usePointStyle: true, padding: 14, boxHeight: 8}},
                tooltip: {...tooltip(({raw: {work, x, y}}) => ` ${work.phase} ${work.layer}: ${quantity(y, "op/s")}, ${digits(x)} op/B, ${quantity(work.seconds, "s")}`),
                          filter: item => Boolean(item.raw.work)}},
    },
    plugins: [pointNames(point => point.work?.layer)],
  }), true, "Roofline");
  const columns = [
    {title: "phase", value: work => work.phase}, {title: "layer", value: work => work.layer},
    {title: "seconds", right: true, value: work => work.seconds, show: value => quantity(value, "s")},
    {title: "MACs", right: true, value: work => work.macs, show: value => quantity(value, "")},
    {title: "operations", right: true, value: work => work.operations, show: value => quantity(value, "")},
    {title: "DRAM bytes", right: true, value: work => work.bytes, show: bytes},
    {title: "op/byte", right: true, value: work => work.operations / Math.max(work.bytes, 1), show: value => digits(value)},
    {title: "op/s", right: true, value: work => work.operations / work.seconds, show: value => quantity(value, "")},
    {title: "of the array's peak", right: true, value: work => work.macs / work.seconds / machine.macs_per_second, show: value => percent(value)},
  ];
  return section("roofline", "Roofline", "Work of each layer and phase on the accelerator: below the slope memory or the bus holds it back, below the flat roof the units do. "
    + "Its time lasts until its last command retires, so what another layer overlaps is not its own.",
    card, table("Work by layer and phase", columns, points, 2));
}

// ---- tables ------------------------------------------------------------------------------------------------------------

function eventsTable(run) {
  if (!run.results.events.length) return null;
  return table("Events", [
    {title: "what", value: event => event.what.replaceAll("_", " ")}, {title: "becomes", mono: true, value: event => event.text},
    {title: "epoch", right: true, value: event => event.epoch}, {title: "step", right: true, value: event => event.step, show: whole},
    {title: "time", right: true, value: event => event.sim_seconds, show: value => quantity(value, "s")},
    {title: "energy so far", right: true, value: event => event.energy_j, show: value => quantity(value, "J")},
  ], run.results.events);
}

function figuresSection(run) {
  const {results} = run, total = results.energy.total_j, totalArea = results.area_mm2.total;
  const components = Object.keys(results.energy.by_component).map(name => ({
    name, energy: run.totalOf(name), area: results.area_mm2.by_component[name] ?? 0, busy: results.utilisation[name]?.busy ?? null}));
  const memories = Object.entries(results.memory).map(([name, use]) => ({name, ...use}));
  const {traffic} = results;
  return section("figures", "All figures", "A click on a column's head sorts.",
    table("Epochs", [
      {title: "epoch", right: true, value: epoch => epoch.epoch},
      {title: "training loss", right: true, value: epoch => epoch.train_loss, show: value => value?.toFixed(4) ?? "–"},
      {title: "training accuracy", right: true, value: epoch => epoch.train_accuracy, show: value => percent(value, 2)},
      {title: "test accuracy", right: true, value: epoch => epoch.test_accuracy, show: value => percent(value, 2)},
      {title: "time so far", right: true, value: epoch => epoch.sim_seconds, show: value => quantity(value, "s")},
      {title: "energy so far", right: true, value: epoch => epoch.energy_j, show: value => quantity(value, "J")}], run.epochs),
    table("Components", [
      {title: "component", value: row => row.name},
      {title: "energy", right: true, value: row => row.energy, show: value => quantity(value, "J")},
      {title: "share", right: true, value: row => row.energy / total, show: value => percent(value, 2)},
      {title: "mean power", right: true, value: row => row.energy / results.time.seconds, show: value => quantity(value, "W")},
      {title: "area", right: true, value: row => row.area, show: value => (value ? `${digits(value)} mm²` : "–")},
      {title: "share of area", right: true, value: row => row.area / totalArea, show: value => percent(value)},
      {title: "busy", right: true, value: row => row.busy, show: value => percent(value)}], components, 1),
    h("div.grid",
      h("div.card", h("h3", "Memories"), facts(memories.map(memory => [memory.name, `${bytes(memory.peak_bytes)} at the peak, of ${bytes(memory.capacity_bytes)}`]))),
      h("div.card", h("h3", "Traffic"), facts([
        ["DRAM read", bytes(traffic.dram_read_bytes)], ["DRAM written", bytes(traffic.dram_write_bytes)],
        ["channel", traffic.channel_messages ? `${bytes(traffic.channel_bytes)} in ${whole(traffic.channel_messages)} messages` : "none"]]))),
    table("Operations", [
      {title: "component", value: row => row.component}, {title: "operation", mono: true, value: row => row.operation},
      {title: "layer", value: row => row.layer}, {title: "phase", value: row => row.phase},
      {title: "count", right: true, value: row => row.count, show: value => quantity(value, "")},
      {title: "energy", right: true, value: row => row.energy, show: value => quantity(value, "J")},
      {title: "share", right: true, value: row => row.energy / total, show: value => percent(value, 2)},
      {title: "group", value: row => row.group}], run.operations, 5));
}

function runPage(run) {
  prepareRun(run);
  const themes = startThemes(), {results} = run;
  const title = run.scenario.name || run.name;
  const content = [
    learningSection(run), energySection(run),
    run.power.length ? section("power", "Power", "Mean power between two samples.", powerCard(run, null), componentLegend(componentOrder(Object.keys(results.energy.by_component)))) : null,
    section("time", "Where the time goes", "Shares of the whole run; the busiest part is on top.", utilisationCard(run, null, true)),
    rooflineSection(run), healthSection(run),
    section("setup", "What ran", null,
      h("div.grid", h("div.card", h("h3", "Training"), facts(workloadFacts(run))), h("div.card", h("h3", "Machine"), facts(machineFacts(run)))),
      formatsTable(run), eventsTable(run),
      h("details", h("summary", "The whole scenario"), h("pre", run.scenario_yaml))),
    figuresSection(run)];
  document.title = `${title} · ulpsim`;
  document.getElementById("page").replaceChildren(
    h("header", h("div.line", h("h1", title), h("div.chips", h(`span.chip.${results.status}`, results.status), themes.button)),
      h("p.quiet", runSubtitle(run)), contents()),
    answerTiles(run), answerSentence(run) ?? "", ...content.filter(Boolean), pageFooter([run]));
  return themes;
}

function runSubtitle(run) {
  const workload = run.scenario.workload ?? {};
  const network = typeof workload.network === "object" ? "a network of its own" : workload.network;
  return `${network} on ${workload.dataset?.name}, ${workload.epochs} ${Number(workload.epochs) === 1 ? "epoch" : "epochs"}, weights ${roleText(run.scenario.precision?.weights)}, on ${(run.scenario.platform?.kind ?? "").replaceAll("_", " ")}`;
}

const pageFooter = runs => h("footer", runs.map(run => {
  const {simulator} = run.results;
  return h("p", `${run.name}: ulpsim ${simulator.version}, ${quantity(simulator.macs, "")} MACs simulated in ${digits(simulator.wall_seconds)} s of wall time `
    + `(${percent(simulator.arithmetic_seconds / simulator.wall_seconds, 0)} arithmetic). `, "Energies span ", quantity(run.results.energy.interval_j.low, "J"), " to ",
    quantity(run.results.energy.interval_j.high, "J"), " over the published uncertainty of the cost figures.");
}));
