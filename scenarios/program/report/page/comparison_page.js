// The page of several runs side by side.

const ratioText = cell => {
  if (cell?.ratio === undefined) return "";
  const plain = digits(cell.ratio);
  return cell.ratio_low === cell.ratio_high ? plain : `${plain} [${digits(cell.ratio_low)}, ${digits(cell.ratio_high)}]`;
};
const figureUnits = {s: value => quantity(value, "s"), J: value => quantity(value, "J"), byte: bytes, mm2: value => `${digits(value)} mm²`};
function figureText(figure, value) {
  if (value === null || value === undefined) return "–";
  if (figureUnits[figure.unit]) return figureUnits[figure.unit](value);
  if (/accuracy|share/.test(figure.name)) return percent(value, 2);
  return Number.isInteger(value) ? whole(value) : /loss/.test(figure.name) ? value.toFixed(4) : digits(value, 4);
}

const runLine = (run, index, valueOf) => ({run, label: run.name, colour: () => runColour(index), dash: runDashes[index % runDashes.length],
                                           shape: runShapes[index % runShapes.length], valueOf});

function qualitySection(runs) {
  const lines = valueOf => runs.map((run, i) => runLine(run, i, valueOf));
  const block = curves([
    {title: "Training loss", caption: "Mean over each epoch.", label: "", lines: lines(epoch => epoch.train_loss)},
    {title: "Test accuracy", caption: "After each epoch.", label: "%", asPercent: true, lines: lines(epoch => epoch.test_accuracy)},
  ], () => []);
  return section("quality", "Quality against cost", "Against joules the curve further left reaches the same quality with less energy.", block);
}

// Time, energy and area to the first run's, with the interval over the corners of the cost figures.
function ratioSection(runs, comparison) {
  const wanted = comparison.groups.flatMap(group => group.figures.filter(figure => ["s", "J", "mm2"].includes(figure.unit)
    && !/^energy by/.test(group.title)).map(figure => ({figure, group: group.title})));
  const rows = wanted.flatMap(({figure, group}) => runs.slice(1).map((run, i) => ({name: `${figure.name}, ${group.replace(/^to a.*/, "to the same quality")}`,
    cell: figure.runs[run.name], index: i + 1})).filter(row => row.cell?.ratio > 0));
  if (!rows.length) return null;
  const labels = [...new Set(rows.map(row => row.name))];
  const low = Math.min(1, ...rows.map(row => row.cell.ratio_low)) / 1.3, high = Math.max(1, ...rows.map(row => row.cell.ratio_high)) * 1.3;
  const marks = {
    id: "marks",
    afterDatasetsDraw(chart) {
      const {ctx, scales: {x}, chartArea: area} = chart;
      ctx.save();
      ctx.strokeStyle = ink("text");
      ctx.setLineDash([4, 3]);
      ctx.beginPath();
      ctx.moveTo(x.getPixelForValue(1), area.top);
      ctx.lineTo(x.getPixelForValue(1), area.bottom);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.fillStyle = ink("text");
      ctx.font = `12px ${Chart.defaults.font.family}`;
      ctx.textBaseline = "middle";
      chart.data.datasets.forEach((set, d) => chart.getDatasetMeta(d).data.forEach((bar, i) => {
        const row = set.rows[i];
        if (!row) return;
        ctx.beginPath();
        ctx.arc(x.getPixelForValue(row.cell.ratio), bar.y, 5, 0, 7);
        ctx.fillStyle = set.borderColor;
        ctx.fill();
        ctx.fillStyle = ink("text");
        ctx.fillText(ratioText(row.cell), x.getPixelForValue(row.cell.ratio_high) + 10, bar.y);
      }));
      ctx.restore();
    },
  };
  const card = chartCard(null, null, 70 + 30 * rows.length, () => ({
    type: "bar",
    data: {labels, datasets: runs.slice(1).map((run, i) => {
      const own = labels.map(label => rows.find(row => row.name === label && row.index === i + 1));
      return {label: run.name, rows: own, data: own.map(row => (row ? [row.cell.ratio_low, row.cell.ratio_high] : null)), backgroundColor: runColour(i + 1) + "66",
              borderColor: runColour(i + 1), barThickness: 9};
    })},
    options: {
      indexAxis: "y", layout: {padding: {right: 120}},
      scales: {x: axis(`times ${runs[0].name}`, {type: "logarithmic", min: low, max: high, ticks: {padding: 6, callback: value => (/^[125]/.test(String(Number(value.toPrecision(1))).replace(/^0\.0*/, "")) ? String(Number(value.toPrecision(2))) : "")}}),
               y: {grid: {display: false}, border: {display: false}, ticks: {color: ink("text"), autoSkip: false}}},
      plugins: {legend: {...legendBelow, display: runs.length > 2},
                tooltip: tooltip(item => ` ${item.dataset.label}: ${ratioText(item.dataset.rows[item.dataIndex].cell)}`)},
    },
    plugins: [marks],
  }), true, "Ratios");
  return section("ratios", `Times ${runs[0].name}`, "A dot is the ratio at nominal, its bar the interval over every corner of the cost figures. A bar that crosses 1 calls no winner.", card);
}

function energyOfRunsSection(runs) {
  const rowsOf = keyOf => runs.map(run => energyBy(run, keyOf));
  const byRun = runs.map(run => ({name: run.name, total: run.results.energy.total_j, parts: run.results.energy.by_component}));
  const names = componentOrder(new Set(runs.flatMap(run => Object.keys(run.results.energy.by_component))));
  return section("energy", "Energy", "Whole runs, split by component.",
    componentLegend(names), componentBars(null, null, byRun, "J", {total: Math.max(...byRun.map(row => row.total)), wide: true}),
    h("div.grid", groupedBars("By phase", runs, rowsOf(entry => entry.phase)), groupedBars("By layer", runs, rowsOf(entry => layerName(entry.layer)))));
}

// Bars of the runs beside each other, for each name.
function groupedBars(title, runs, rowsOfRuns) {
  const totals = new Map();
  for (const rows of rowsOfRuns) for (const row of rows) totals.set(row.name, Math.max(totals.get(row.name) ?? 0, row.total));
  const names = [...totals].filter(([, total]) => total > 0).sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const unit = axisUnit(Math.max(...totals.values()), "J");
  return chartCard(title, null, 70 + names.length * (12 + 12 * runs.length), () => ({
    type: "bar",
    data: {labels: names, datasets: runs.map((run, i) => ({label: run.name, backgroundColor: runColour(i), barThickness: 10,
      data: names.map(name => (rowsOfRuns[i].find(row => row.name === name)?.total ?? 0) / unit.factor)}))},
    options: {
      indexAxis: "y",
      scales: {x: axis(unit.unit, {ticks: {padding: 6, maxTicksLimit: 6}}), y: {grid: {display: false}, border: {display: false}, ticks: {color: ink("text"), autoSkip: false}}},
      plugins: {legend: legendBelow, tooltip: tooltip(item => ` ${item.dataset.label}: ${quantity(item.raw * unit.factor, "J")}`)},
      interaction: {mode: "index", axis: "y", intersect: false},
    },
  }));
}

// Keys of the scenarios that are not the same in all runs.
function differencesTable(runs) {
  const flat = (value, path, into) => {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) for (const [key, inner] of Object.entries(value)) flat(inner, path ? `${path}.${key}` : key, into);
    else into[path] = Array.isArray(value) ? JSON.stringify(value) : String(value);
    return into;
  };
  const all = runs.map(run => flat(run.scenario, "", {}));
  const keys = [...new Set(all.flatMap(Object.keys))].filter(key => key !== "name" && new Set(all.map(one => one[key])).size > 1);
  const short = text => (text ?? "–").replaceAll('"', "").replaceAll(",", ", ");
  return keys.length ? table("What differs between the scenarios", [{title: "key", mono: true, value: key => key},
    ...runs.map((run, i) => ({title: run.name, mono: true, wrap: true, value: key => short(all[i][key])}))], keys) : null;
}

function comparisonTable(runs, comparison) {
  const rows = comparison.groups.flatMap(group => group.figures.map(figure => ({group: group.title, figure})));
  return table("All figures", [
    {title: "group", value: row => row.group}, {title: "figure", value: row => row.figure.name},
    ...runs.flatMap((run, i) => [
      {title: run.name, right: true, value: row => row.figure.runs[run.name]?.value ?? null, show: (value, row) => figureText(row.figure, value)},
      ...(i ? [{title: "ratio", right: true, value: row => row.figure.runs[run.name]?.ratio ?? null, show: (_, row) => ratioText(row.figure.runs[run.name])}] : [])]),
  ], rows);
}

function comparisonPage({runs, comparison, links}) {
  runs.forEach(prepareRun);
  const themes = startThemes(), names = runs.map(run => run.name);
  const content = [
    qualitySection(runs), crossoverSection(runs), ratioSection(runs, comparison), energyOfRunsSection(runs),
    section("power", "Power over time", "Mean power between two samples.", h("div.grid", runs.filter(run => run.power.length).map(run => powerCard(run, run.name, {wide: false, withEvents: false})))),
    section("time", "Where the time goes", "Shares of each run; the busiest part is on top.", h("div.grid", runs.map(run => utilisationCard(run, run.name, false)))),
    section("setup", "Scenarios", null, differencesTable(runs), runs.map(run => h("details", h("summary", `The whole scenario of ${run.name}`), h("pre", run.scenario_yaml)))),
    section("figures", "All figures", "A click on a column's head sorts.", comparisonTable(runs, comparison))];
  document.title = `${names.join(", ")} · ulpsim`;
  document.getElementById("page").replaceChildren(
    h("header", h("div.line", h("h1", names.join("  ·  ")), h("div.chips", themes.button)),
      h("p.quiet", links?.length ? ["Pages of the runs: ", links.map(([name, href], i) => [i ? ", " : "", h("a", {href}, name)])] : ""), contents()),
    ...[...comparison.matched, ...comparison.conclusions].map(sentence => h("p.answer", sentence)),
    h("div.tiles", runs.map((run, i) => tile(`${run.name}: energy`, quantity(run.results.energy.total_j, "J"),
      `${quantity(run.results.time.seconds, "s")}, ${run.results.training.final?.test_accuracy == null ? run.results.status : percent(run.results.training.final.test_accuracy, 2)}`))),
    ...content.filter(Boolean), pageFooter(runs));
  return themes;
}
