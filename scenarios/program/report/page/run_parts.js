// What a page takes from a run's files, and the parts that pages share.
// run: {name, folder, scenario (the YAML as objects), scenario_yaml, results (results.json), operations, power (CSV texts)}

function prepareRun(run) {
  run.operations = csvRows(run.operations).map(row => ({...row, count: Number(row.count), energy: Number(row.energy_j)}));
  run.power = csvRows(run.power).map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value)])));
  run.epochs = run.results.training.epochs;
  run.meanPower = run.results.time.seconds > 0 ? run.results.energy.total_j / run.results.time.seconds : NaN;
  run.totalOf = component => run.results.energy.by_component[component] ?? 0;
  return run;
}

// Energies grouped by a key of operations.csv, each split by component.
function energyBy(run, keyOf) {
  const rows = new Map();
  for (const entry of run.operations) {
    const name = keyOf(entry);
    if (!rows.has(name)) rows.set(name, {name, total: 0, parts: {}});
    const row = rows.get(name);
    row.total += entry.energy;
    row.parts[entry.component] = (row.parts[entry.component] ?? 0) + entry.energy;
  }
  return [...rows.values()];
}

// The largest rows, the rest as one.
function largestOf(rows, count) {
  const sorted = [...rows].sort((a, b) => b.total - a.total);
  if (sorted.length <= count + 1) return sorted;
  const rest = sorted.slice(count), parts = {};
  for (const row of rest) for (const [component, energy] of Object.entries(row.parts)) parts[component] = (parts[component] ?? 0) + energy;
  return [...sorted.slice(0, count), {name: `${rest.length} others`, total: sum(rest.map(row => row.total)), parts}];
}

// ---- axes of time --------------------------------------------------------------------------------------------------

const timeAxes = ["epochs", "joules", "seconds"];
const epochAt = {epochs: epoch => epoch.epoch, joules: epoch => epoch.energy_j, seconds: epoch => epoch.sim_seconds};
const axisTitle = {epochs: "epoch", joules: "energy so far", seconds: "simulated time"};

// Where an event falls on an axis: by time between the ends of two epochs where the axis counts epochs.
function eventAt(run, event, kind) {
  if (kind === "joules") return event.energy_j;
  if (kind === "seconds") return event.sim_seconds;
  let before = {epoch: 0, sim_seconds: 0};
  for (const epoch of run.epochs) {
    if (event.sim_seconds <= epoch.sim_seconds) {
      const span = epoch.sim_seconds - before.sim_seconds;
      return before.epoch + (span > 0 ? (event.sim_seconds - before.sim_seconds) / span : 0);
    }
    before = epoch;
  }
  return before.epoch;
}

// Events of one moment are one line; many loss-scale changes keep no words.
function eventsOn(run, kind) {
  const lines = new Map(), changes = run.results.events;
  const wordless = changes.filter(event => event.what === "loss_scale").length > 6;
  for (const event of changes) {
    const at = eventAt(run, event, kind);
    const text = event.what === "precision" ? event.text : event.what === "loss_scale" ? (wordless ? "" : `loss scale ${event.text}`) : `${event.what} ${event.text}`.trim();
    lines.set(at, [...(lines.get(at) ?? []), text].filter(Boolean));
  }
  return [...lines].sort((a, b) => a[0] - b[0]).map(([x, texts]) => ({x, text: texts.join(", ")}));
}

// The scale of an axis of time: {factor, title}.
function timeScale(kind, largest) {
  if (kind === "epochs") return {factor: 1, title: axisTitle.epochs};
  const {factor, unit} = axisUnit(largest, kind === "joules" ? "J" : "s");
  return {factor, title: `${axisTitle[kind]} (${unit})`};
}

const runDashes = [[], [6, 4], [2, 3], [10, 3, 2, 3], [8, 2], [1, 2]];
const runShapes = ["circle", "rect", "triangle", "rectRot", "star", "cross"];

// A measure against an axis of time, a line a run. lines: [{run, label, colour(), dash, shape, valueOf}]
function curveConfig(lines, kind, title, {asPercent = false, events = []} = {}) {
  const points = lines.map(line => line.run.epochs.filter(epoch => line.valueOf(epoch) !== null && line.valueOf(epoch) !== undefined)
    .map(epoch => ({x: epochAt[kind](epoch), y: line.valueOf(epoch) * (asPercent ? 100 : 1), epoch})));
  const largest = Math.max(0, ...points.flat().map(point => point.x)), scale = timeScale(kind, largest);
  return {
    type: "line",
    data: {datasets: lines.map((line, i) => ({
      label: line.label, data: points[i].map(point => ({...point, x: point.x / scale.factor})), borderColor: line.colour(),
      backgroundColor: line.colour(), borderDash: line.dash, borderWidth: 2, pointStyle: line.shape, pointRadius: points[i].length > 40 ? 0 : 4,
      pointHoverRadius: 6, pointHitRadius: 8,
    }))},
    options: {
      scales: {
        x: axis(scale.title, {type: "linear", min: 0, grid: {display: false},
                              ticks: {padding: 6, maxTicksLimit: 8, ...(kind === "epochs" ? {precision: 0} : {})}}),
        y: axis(title, {grace: "8%", ticks: {padding: 6, maxTicksLimit: 6}}),
      },
      plugins: {
        legend: {...legendBelow, display: lines.length > 1, labels: {usePointStyle: true, padding: 14, boxHeight: 8}},
        tooltip: tooltip(item => ` ${item.dataset.label}: ${asPercent ? `${item.raw.y.toFixed(2)} %` : item.raw.y.toPrecision(4)}`,
                         items => { const {epoch} = items[0].raw; return `epoch ${epoch.epoch}  ·  ${quantity(epoch.energy_j, "J")}  ·  ${quantity(epoch.sim_seconds, "s")}`; }),
      },
    },
    plugins: [eventLines(events.map(line => ({...line, x: line.x / scale.factor})))],
  };
}

// Cards of curves with one choice of axis. measures: [{title, caption, label, asPercent, linesOf()}]; events: kind => lines.
function curves(measures, events) {
  let kind = timeAxes[0];
  const cards = measures.map(measure => chartCard(measure.title, measure.caption, 300, () =>
    curveConfig(measure.lines, kind, measure.label, {asPercent: measure.asPercent, events: events(kind)}), measures.length === 1));
  const buttons = choice("horizontal axis", timeAxes, kind, name => { kind = name; cards.forEach(redrawIn); });
  return [buttons, h("div.grid", cards)];
}

// ---- where time goes -----------------------------------------------------------------------------------------------

const activityStates = ["busy", "dependency", "memory", "port", "queue_full", "idle"];
const activityNames = {busy: "busy", dependency: "waiting for a dependency", memory: "waiting for memory", port: "waiting for a scratchpad port",
                       queue_full: "waiting for a full queue", idle: "idle"};

function utilisationCard(run, title, wide) {
  const shares = run.results.utilisation;
  const names = Object.keys(shares).sort((a, b) => shares[b].busy - shares[a].busy);
  const value = (name, state) => 100 * (state === "busy" || state === "idle" ? shares[name][state] : shares[name].stalled[state] ?? 0);
  const states = activityStates.filter(state => names.some(name => value(name, state) > 0));
  return chartCard(title, null, 84 + 25 * names.length, () => ({
    type: "bar",
    data: {
      labels: names.map(plainComponent),
      datasets: states.map(state => ({label: activityNames[state], data: names.map(name => value(name, state)), backgroundColor: activityColour(state),
                                      stack: "all", barThickness: 15})),
    },
    options: {
      indexAxis: "y",
      scales: {x: axis("% of the run", {stacked: true, max: 100, ticks: {padding: 6, stepSize: 25}}),
               y: {stacked: true, grid: {display: false}, border: {display: false}, ticks: {color: ink("text"), autoSkip: false}}},
      plugins: {legend: legendBelow, tooltip: {...tooltip(item => ` ${item.dataset.label}: ${item.raw.toFixed(1)} %`), filter: item => item.raw > 0}},
      interaction: {mode: "index", axis: "y", intersect: false},
    },
  }), wide, title ?? "Utilisation");
}

// Mean power between samples: a value holds since the sample before.
function powerCard(run, title, {wide = true, withEvents = true} = {}) {
  const rows = run.power;
  const names = componentOrder(Object.keys(rows[0] ?? {}).filter(name => name !== "seconds" && name !== "total"));
  const steps = rows.length ? [{...rows[0], seconds: 0}, ...rows] : [];
  const end = rows.at(-1)?.seconds ?? 0, scale = timeScale("seconds", end);
  const peak = axisUnit(Math.max(0, ...rows.map(row => row.total)), "W");
  return chartCard(title, null, 320, () => ({
    type: "line",
    data: {datasets: names.map(name => ({
      label: plainComponent(name), data: steps.map(row => ({x: row.seconds / scale.factor, y: row[name] / peak.factor})), fill: "stack", stepped: "after",
      backgroundColor: componentColour(name), borderWidth: 0, pointRadius: 0, pointHitRadius: 4,
    }))},
    options: {
      scales: {x: axis(scale.title, {type: "linear", min: 0, max: end / scale.factor, grid: {display: false}, ticks: {padding: 6, maxTicksLimit: 9}}),
               y: axis(peak.unit, {stacked: true, min: 0, ticks: {padding: 6, maxTicksLimit: 6}})},
      plugins: {legend: {display: false}, tooltip: {...tooltip(item => ` ${item.dataset.label}: ${quantity(item.raw.y * peak.factor, "W")}`,
                                                              items => `until ${quantity(items[0].raw.x * scale.factor, "s")}`), filter: item => item.raw.y > 0}},
      interaction: {mode: "nearest", axis: "x", intersect: false},
    },
    plugins: withEvents ? [eventLines(eventsOn(run, "seconds").map(line => ({...line, x: line.x / scale.factor})))] : [],
  }), wide, title ?? "Power");
}

// ---- colours of components in words ---------------------------------------------------------------------------------

function componentStrip(run) {
  const total = run.results.energy.total_j;
  const names = Object.keys(run.results.energy.by_component).sort((a, b) => run.totalOf(b) - run.totalOf(a));
  const strip = h("div.strip", {role: "img", "aria-label": "energy by component"}, names.map(name =>
    h("span", {"data-component": name, title: `${plainComponent(name)}: ${quantity(run.totalOf(name), "J")}`, style: `width:${100 * run.totalOf(name) / total}%`})));
  return [strip, componentLegend(names, name => percent(run.totalOf(name) / total))];
}
const componentLegend = (names, note) => h("div.legend", names.map(name =>
  h("span", h("i.swatch", {"data-component": name}), plainComponent(name), note ? h("span.quiet", ` ${note(name)}`) : null)));

// Elements with data-component take its colour; called with each theme.
const paintComponents = () => document.querySelectorAll("[data-component]").forEach(part => { part.style.backgroundColor = componentColour(part.dataset.component); });

// ---- the scenario in words -------------------------------------------------------------------------------------------

const roleNames = ["weights", "activations", "errors", "gradients", "product", "accumulator", "master_weights", "optimizer_state", "loss"];

function roleText(role) {
  if (role === undefined || role === null) return "";
  if (typeof role !== "object") return String(role);
  const more = [role.rounding && role.rounding !== "rne" ? role.rounding : "", role.chunk && role.chunk !== "0" ? `chunks of ${role.chunk}` : "",
                role.outer ? `into ${role.outer}` : "", role.tree ? `tree of ${role.tree}` : "", role.scale ? `scale ${role.scale}` : ""];
  return [role.format, ...more].filter(Boolean).join(" ");
}
const whenText = when => (when.epoch ? `from epoch ${when.epoch}` : when.step ? `from step ${when.step}` : `at a plateau of ${when.plateau?.patience} steps`);

// A row a role: its format at the start and what the schedule and the layers make of it.
function formatsTable(run) {
  const precision = run.scenario.precision ?? {};
  const schedule = Array.isArray(precision.schedule) ? precision.schedule : [];
  const columns = [{title: "role", value: role => role.replaceAll("_", " ")}, {title: "from the start", mono: true, value: role => roleText(precision[role])}];
  for (const rule of schedule) columns.push({title: whenText(rule.when), mono: true, value: role => roleText(rule.set?.[role])});
  for (const [layer, change] of Object.entries(precision.layers ?? {})) columns.push({title: `always in ${layer}`, mono: true, value: role => roleText(change[role])});
  return table("Number formats", columns, roleNames.filter(role => columns.slice(1).some(column => column.value(role))));
}

const dramText = dram => dram && `${dram.model}, ${dram.channels} × channel, ${dram.size_mib} MiB`;
function machineFacts(run) {
  const platform = run.scenario.platform ?? {}, accelerator = platform.accelerator ?? {}, array = accelerator.array ?? {};
  return [
    ["architecture", (platform.kind ?? "").replaceAll("_", " ")],
    ["compute array", array.rows && `${array.rows} × ${array.cols} at ${accelerator.clock_mhz} MHz, ${(array.dataflow ?? "").replaceAll("_", " ")}`],
    ["operators", (accelerator.operators ?? []).join(", ")],
    ["vector unit", accelerator.vector_unit && `${accelerator.vector_unit.lanes} lanes`],
    ["scratchpad", accelerator.scratchpad && `${accelerator.scratchpad.size_kib} KiB in ${accelerator.scratchpad.banks} banks`],
    ["DRAM", dramText(platform.dram)],
    ["host", platform.host && `${platform.host.model}, ${platform.host.cores} × ${platform.host.clock_mhz} MHz`],
    ["host DRAM", platform.kind === "host_accelerator" && dramText(platform.host_dram)],
    ["channel", platform.kind === "host_accelerator" && platform.channel?.model],
    ["technology", platform.technology],
  ];
}
function workloadFacts(run) {
  const workload = run.scenario.workload ?? {}, data = workload.dataset ?? {}, optimizer = workload.optimizer ?? {};
  const network = typeof workload.network === "object" ? `layers ${workload.network.layers?.join("-")}` : workload.network;
  return [
    ["network", network],
    ["data", data.name && `${data.name}, ${data.train_samples} images to train, ${data.test_samples} to test`],
    ["optimizer", optimizer.kind && `${optimizer.kind}, rate ${optimizer.learning_rate}, momentum ${optimizer.momentum}, batch ${optimizer.batch}`],
    ["loss scale", workload.loss_scale && `${workload.loss_scale.kind} ${workload.loss_scale.value ?? ""}`],
    ["epochs", workload.epochs], ["seed", run.scenario.seed],
  ];
}
