// What the points of a sweep came to, over the keys that it varied.
// sweep: {name, search, objectives, axes, points} (sweep/sweep_json.hpp)

const sweepFigures = [
  {name: "energy_j", title: "energy", show: value => quantity(value, "J"), unit: "J"},
  {name: "seconds", title: "simulated time", show: value => quantity(value, "s"), unit: "s"},
  {name: "area_mm2", title: "area", show: value => `${digits(value)} mm²`, axis: "mm²"},
  {name: "error", title: "error", show: value => percent(value, 2), axis: "%", factor: 0.01},
  {name: "train_loss", title: "training loss", show: value => value.toFixed(4), axis: ""},
  {name: "gradient_norm", title: "gradient norm", show: value => digits(value), axis: ""},
];
const isFigure = value => value !== null && value !== undefined && Number.isFinite(value);
const figuresIn = points => sweepFigures.filter(figure => points.some(point => isFigure(point[figure.name])));
// A figure that is the same everywhere shows nothing.
const varies = (points, name) => new Set(points.map(point => point[name]).filter(isFigure)).size > 1;
function telling(points, ...names) {
  const figures = figuresIn(points), named = names.map(name => figures.find(figure => figure.name === name)).filter(Boolean);
  return named.find(figure => varies(points, figure.name)) ?? figures.find(figure => varies(points, figure.name)) ?? figures[0];
}
// For a chart: the factor by which to divide, and the unit in words.
function figureScale(figure, values) {
  if (!figure.unit) return {factor: figure.factor ?? 1, title: figure.axis ? `${figure.title} (${figure.axis})` : figure.title};
  const {factor, unit} = axisUnit(Math.max(0, ...values), figure.unit);
  return {factor, title: `${figure.title} (${unit})`};
}
// Values over more than a decade are seen on a logarithmic axis.
const wantsLog = values => { const least = Math.min(...values); return least > 0 && Math.max(...values) / least > 10; };

// ---- keys ------------------------------------------------------------------------------------------------------------

const fileStem = text => text.replace(/^.*\//, "").replace(/\.ya?ml$/, "");
const shortKey = name => name.split(".").slice(-2).join(".");

// What can be an axis: {title, valueOf(point), values in order, numeric}. Of eXmY formats also each number of bits.
function sweepKeys(sweep) {
  const keys = [];
  const add = (title, valueOf) => {
    const values = [...new Set(sweep.points.map(valueOf).filter(value => value !== undefined && value !== null))];
    const numeric = values.every(value => value !== "" && Number.isFinite(Number(value)));
    if (numeric) values.sort((a, b) => Number(a) - Number(b));
    if (values.length > 1) keys.push({title, valueOf, values, numeric});
  };
  for (const axis of sweep.axes) {
    const of = point => point.values[axis], plain = axis === "scenario" ? point => of(point) && fileStem(of(point)) : of;
    const bits = sweep.points.map(point => /^e(\d+)m(\d+)[a-z:]*$/.exec(of(point) ?? ""));
    if (bits.length && bits.every(Boolean)) {
      const split = new Map(sweep.points.map((point, i) => [point, bits[i]]));
      add(`exponent bits of ${shortKey(axis)}`, point => split.get(point)[1]);
      add(`mantissa bits of ${shortKey(axis)}`, point => split.get(point)[2]);
    }
    add(shortKey(axis), plain);
  }
  return keys;
}

// A choice among many: a list that opens.
function pick(label, options, chosen, change) {
  const list = h("select", {onchange: () => change(options[list.selectedIndex])}, options.map(option =>
    h("option", option === chosen ? {selected: ""} : {}, option ? option.title : "nothing")));
  return h("label.pick", h("span", label), list);
}

const middle = values => {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const summaries = [{title: "the median", of: middle}, {title: "the least", of: values => Math.min(...values)}, {title: "the most", of: values => Math.max(...values)}];

// Chart and its lists: redrawn when one of them changes.
function pickedCard(title, caption, height, picks, configOf) {
  const card = chartCard(title, caption, height, configOf, true);
  card.querySelector(".plot").before(h("div.picks", picks(() => redrawIn(card))));
  return card;
}

// ---- Pareto front ------------------------------------------------------------------------------------------------------

// Points that no other one is better than in both figures, from left to right.
function frontOf(points, x, y) {
  const sorted = points.filter(point => point.status === "completed").sort((a, b) => a[x] - b[x] || a[y] - b[y]);
  let best = Infinity;
  return sorted.filter(point => { const better = point[y] < best; best = Math.min(best, point[y]); return better; });
}

const wrapped = (text, width) => {
  const lines = [""];
  for (const word of text.split(" ")) {
    if ((lines.at(-1) + word).length > width && lines.at(-1)) lines.push("");
    lines[lines.length - 1] += `${word} `;
  }
  return lines.map(line => line.trim());
};
// What a point is and came to, for the hand that rests on it.
const pointWords = (sweep, point) => [
  ...sweep.axes.filter(axis => point.values[axis] !== undefined).flatMap(axis => wrapped(`${axis}: ${point.values[axis]}`, 64)),
  ...figuresIn([point]).map(figure => `${figure.title} ${figure.show(point[figure.name])}${figure.name === "energy_j" ? ` [${quantity(point.energy_low_j, "J")}, ${quantity(point.energy_high_j, "J")}]` : ""}`),
  `${point.status}, ${point.how === "replay" ? "replayed" : "trained"}, in ${point.folder}`];

function paretoCard(sweep, keys) {
  const figures = figuresIn(sweep.points);
  let x = telling(sweep.points, ...sweep.objectives), y = telling(sweep.points, ...sweep.objectives.filter(name => name !== x.name)), by = keys.find(key => key.values.length <= 4) ?? null;
  const picks = redraw => [pick("across", figures, x, figure => { x = figure; redraw(); }), pick("up", figures, y, figure => { y = figure; redraw(); }),
                           pick("coloured by", [null, ...keys.filter(key => key.values.length <= 6)], by, key => { by = key; redraw(); })];
  return pickedCard("Pareto front", "Full marks: no point is better in every objective. The line is the front of the two figures shown. Rest on a point for its scenario.", 440, picks, () => {
    const points = sweep.points.filter(point => isFigure(point[x.name]) && isFigure(point[y.name]));
    const xs = points.map(point => point[x.name]), ys = points.map(point => point[y.name]);
    const xScale = figureScale(x, xs), yScale = figureScale(y, ys);
    const place = point => ({x: point[x.name] / xScale.factor, y: point[y.name] / yScale.factor, point});
    const groups = by ? by.values : [""];
    const marks = groups.map((value, i) => {
      const data = points.filter(point => !by || by.valueOf(point) === value).map(place), colour = runColour(i);
      return {label: by ? String(value) : "points", data, borderColor: colour, pointStyle: runShapes[i % 4],
              backgroundColor: data.map(({point}) => (point.pareto ? colour : colour + "00")), pointBorderColor: data.map(({point}) => (point.pareto ? colour : colour + "99")),
              pointRadius: data.map(({point}) => (point.pareto ? 6 : 4)), pointHoverRadius: 8, borderWidth: 1.5};
    });
    const steps = frontOf(points, x.name, y.name).map(place);
    const line = {label: "front", data: steps, type: "line", stepped: "before", borderColor: ink("quiet"), borderWidth: 1.25, borderDash: [5, 4], pointRadius: 0, pointHitRadius: 0, isLine: true};
    const scaled = (title, values) => wantsLog(values)
      ? axis(title, {type: "logarithmic", ticks: {padding: 6, callback: logTick}}) : axis(title, {type: "linear", grace: "6%", ticks: {padding: 6, maxTicksLimit: 8}});
    return {
      type: "scatter",
      data: {datasets: [...marks, line]},
      options: {
        scales: {x: scaled(xScale.title, xs), y: scaled(yScale.title, ys)},
        plugins: {legend: {...legendBelow, display: Boolean(by), labels: {usePointStyle: true, padding: 14, boxHeight: 8, filter: item => item.text !== "front",
                    generateLabels: chart => chart.data.datasets.map((set, i) => ({text: set.label, fillStyle: set.borderColor, strokeStyle: set.borderColor, fontColor: ink("quiet"), pointStyle: set.pointStyle, datasetIndex: i, hidden: !chart.isDatasetVisible(i)}))}},
                  tooltip: {...tooltip(item => pointWords(sweep, item.raw.point), items => (items.length ? `point ${items[0].raw.point.point}` : "")),
                            filter: (item, i) => !item.dataset.isLine && i < 3}},
      },
    };
  });
}

// ---- a figure along a key, a line for each value of another ---------------------------------------------------------------

function groupedFigure(sweep, figure, keys, summary) {
  const cells = new Map();
  for (const point of sweep.points) {
    const names = keys.map(key => (key ? key.valueOf(point) : ""));
    if (point.status === "failed" || !isFigure(point[figure.name]) || names.some(name => name === undefined)) continue;
    const at = JSON.stringify(names);
    cells.set(at, [...(cells.get(at) ?? []), point[figure.name]]);
  }
  return (...names) => { const values = cells.get(JSON.stringify(names)); return values ? summary.of(values) : null; };
}

// In words, where the second line begins to need less or more than the first.
function crossingWords(along, lines, figure, valueOf) {
  const [first, other] = lines.values;
  const both = along.values.map(at => ({at, a: valueOf(at, first), b: valueOf(at, other)})).filter(({a, b}) => a !== null && b !== null && a !== b);
  if (!both.length) return "";
  const less = ({a, b}) => (b < a ? other : first);
  const changes = both.filter((entry, i) => i && less(entry) !== less(both[i - 1]));
  if (!changes.length) return `${less(both[0])} has the lower ${figure.title} at every ${along.title} where both have one.`;
  return `${less(both[0])} has the lower ${figure.title} at first; ${changes.map(entry => `from ${along.title} ${entry.at} on, ${less(entry)}`).join("; ")}.`;
}

function crossoverOfSweepCard(sweep, keys) {
  const figures = figuresIn(sweep.points);
  let figure = telling(sweep.points, "energy_j"), along = keys.find(key => key.numeric) ?? keys[0];
  let lines = keys.find(key => key !== along && key.values.length <= 6) ?? null, summary = summaries[0];
  const words = h("p.caption");
  const picks = redraw => [pick("figure", figures, figure, one => { figure = one; redraw(); }), pick("along", keys, along, key => { along = key; redraw(); }),
    pick("a line for each", [null, ...keys.filter(key => key.values.length <= 6)], lines, key => { lines = key; redraw(); }),
    pick("of the other points", summaries, summary, one => { summary = one; redraw(); })];
  const card = pickedCard("Crossover", "A figure along one key; where two lines cross, the better choice changes.", 380, picks, () => {
    const split = lines === along ? null : lines, valueOf = groupedFigure(sweep, figure, [along, split], summary), names = split ? split.values : [""];
    const all = names.flatMap(name => along.values.map(at => valueOf(at, name))).filter(value => value !== null);
    const scale = figureScale(figure, all), log = wantsLog(all);
    words.textContent = split?.values.length === 2 ? crossingWords(along, split, figure, valueOf) : "";
    return {
      type: "line",
      data: {labels: along.values, datasets: names.map((name, i) => ({
        label: split ? String(name) : figure.title, data: along.values.map(at => { const value = valueOf(at, name); return value === null ? null : value / scale.factor; }),
        borderColor: runColour(i), backgroundColor: runColour(i), borderDash: runDashes[i % runDashes.length], borderWidth: 2, pointStyle: runShapes[i % runShapes.length],
        pointRadius: along.values.length > 30 ? 2.5 : 4, spanGaps: true}))},
      options: {
        scales: {x: axis(along.title, {type: "category", grid: {display: false}, ticks: {padding: 6, maxRotation: 60, autoSkip: true}}),
                 y: axis(scale.title, log ? {type: "logarithmic", ticks: {padding: 6, callback: logTick}} : {grace: "8%", ticks: {padding: 6, maxTicksLimit: 7}})},
        plugins: {legend: {...legendBelow, display: Boolean(split), labels: {usePointStyle: true, padding: 14, boxHeight: 8}},
                  tooltip: tooltip(item => ` ${item.dataset.label}: ${figure.show(item.raw * scale.factor)}`, items => `${along.title} ${items[0].label}`)},
        interaction: {mode: "index", intersect: false},
      },
    };
  });
  card.append(words);
  return card;
}

// ---- a figure over two keys ----------------------------------------------------------------------------------------------

// From pale to strong on a light page, from dim to bright on a dark one.
function heatColour(share) {
  const [from, to] = dark ? [[38, 48, 60], [126, 205, 255]] : [[226, 238, 248], [0, 72, 122]];
  return `rgb(${from.map((part, i) => Math.round(part + (to[i] - part) * share)).join(",")})`;
}
const heatInk = share => (dark ? (share > 0.55 ? "#10151a" : "#e4e8ed") : share > 0.5 ? "#ffffff" : "#1d232b");

function heatMapCard(sweep, keys) {
  const figures = figuresIn(sweep.points);
  const bits = title => keys.find(key => key.title.startsWith(title));
  let figure = telling(sweep.points, "error", ...sweep.objectives), across = bits("mantissa bits") ?? keys[0];
  let up = bits("exponent bits") ?? keys.find(key => key !== across) ?? keys[0], summary = summaries[0];
  const picks = redraw => [pick("figure", figures, figure, one => { figure = one; redraw(); }), pick("across", keys, across, key => { across = key; redraw(); }),
    pick("up", keys, up, key => { up = key; redraw(); }), pick("of the other points", summaries, summary, one => { summary = one; redraw(); })];
  // Each row is a set of bars of the height one, stacked.
  return pickedCard("Heat map", "A figure over two keys; the stronger the colour, the larger.", 420, picks, () => {
    const valueOf = groupedFigure(sweep, figure, [across, up], summary);
    const all = across.values.flatMap(x => up.values.map(y => valueOf(x, y))).filter(value => value !== null);
    const log = wantsLog(all), level = log ? Math.log : value => value, least = level(Math.min(...all)), span = level(Math.max(...all)) - least;
    const share = value => (span > 0 ? (level(value) - least) / span : 0.5);
    const numbers = {
      id: "numbers",
      afterDatasetsDraw(chart) {
        const {ctx} = chart;
        ctx.save();
        ctx.font = `11px ${Chart.defaults.font.family}`;
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        chart.data.datasets.forEach((set, row) => chart.getDatasetMeta(row).data.forEach((bar, i) => {
          const value = set.values[i];
          if (value === null) return;
          const text = figure.show(value);
          if (ctx.measureText(text).width > bar.width - 4 || Math.abs(bar.base - bar.y) < 13) return;
          ctx.fillStyle = heatInk(share(value));
          ctx.fillText(text, bar.x, (bar.y + bar.base) / 2);
        }));
        ctx.restore();
      },
    };
    return {
      type: "bar",
      data: {labels: across.values, datasets: up.values.map((y, row) => {
        const values = across.values.map(x => valueOf(x, y));
        return {label: String(y), values, data: across.values.map(() => 1), stack: "all", barPercentage: 1, categoryPercentage: 1, borderWidth: 1, borderSkipped: false,
                borderColor: ink("card"), backgroundColor: values.map(value => (value === null ? ink("band") : heatColour(share(value)))), row};
      })},
      options: {
        scales: {
          x: axis(across.title, {stacked: true, grid: {display: false}, ticks: {padding: 4, maxRotation: 60}}),
          y: axis(up.title, {stacked: true, min: 0, max: up.values.length, grid: {display: false}, afterBuildTicks: scale => { scale.ticks = up.values.map((_, row) => ({value: row + 0.5})); },
                             ticks: {padding: 6, autoSkip: false, callback: value => String(up.values[Math.floor(value)])}}),
        },
        plugins: {legend: {display: false}, tooltip: tooltip(item => (item.dataset.values[item.dataIndex] === null ? " no point" : ` ${figure.title} ${figure.show(item.dataset.values[item.dataIndex])}`),
                                                             items => `${across.title} ${items[0].label}, ${up.title} ${items[0].dataset.label}`)},
      },
      plugins: [numbers],
    };
  });
}
