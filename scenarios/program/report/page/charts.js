// Charts on Chart.js: a card each, drawn again when the theme changes.

const charts = [];

// build() gives Chart.js's configuration in the present theme's colours. A card without a title is named for readers of
// the screen by `label`.
function chartCard(title, caption, height, build, wide = false, label = title) {
  const canvas = h("canvas", {role: "img", "aria-label": label});
  const card = h(wide ? "div.card.wide" : "div.card", title && h("h3", title), caption && h("p.caption", caption),
                 h("div.plot", {style: `height:${height}px`}, canvas));
  charts.push({canvas, build, chart: null});
  return card;
}

function drawCharts() {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  Chart.defaults.color = ink("quiet");
  Chart.defaults.borderColor = ink("line");
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  for (const entry of charts) redraw(entry);
}

function redraw(entry) {
  entry.chart?.destroy();
  entry.chart = new Chart(entry.canvas, entry.build());
}
const redrawIn = card => redraw(charts.find(entry => card.contains(entry.canvas)));

const axis = (title, more = {}) => ({title: {display: Boolean(title), text: title}, grid: {color: ink("line"), drawTicks: false},
                                     ticks: {padding: 6}, border: {display: false}, ...more});
const tooltip = (label, title) => ({callbacks: {label, ...(title ? {title} : {})}, backgroundColor: dark ? "#e4e8ed" : "#1d232b",
                                    titleColor: dark ? "#14181d" : "#fff", bodyColor: dark ? "#14181d" : "#fff", padding: 8, cornerRadius: 6,
                                    boxPadding: 4});
const legendBelow = {position: "bottom", align: "start", labels: {boxWidth: 11, boxHeight: 11, padding: 14, useBorderRadius: true, borderRadius: 3}};

// Of a logarithmic axis: the decades, and where they are few also what is 2 and 5 times them.
function logTick(value, _, ticks) {
  const lead = value / 10 ** Math.floor(Math.log10(value) + 1e-9), few = ticks.at(-1).value / ticks[0].value < 300;
  if (![1, ...(few ? [2, 5] : [])].some(wanted => Math.abs(lead - wanted) < 1e-6)) return "";
  return value >= 1e4 ? quantity(value, "") : String(Number(value.toPrecision(2)));
}

// Vertical dashed lines with a word at their heads: [{x, text}] in values of the x axis.
const eventLines = lines => ({
  id: "events",
  afterDatasetsDraw(chart) {
    const {ctx, chartArea: area, scales: {x}} = chart;
    ctx.save();
    ctx.font = `11px ${Chart.defaults.font.family}`;
    ctx.strokeStyle = ctx.fillStyle = ink("text");
    ctx.setLineDash([4, 3]);
    ctx.lineWidth = 1;
    let row = 0, free = -Infinity;
    for (const line of lines) {
      const at = x.getPixelForValue(line.x);
      if (!(at >= area.left - 1 && at <= area.right + 1)) continue;
      ctx.globalAlpha = 0.75;
      ctx.beginPath();
      ctx.moveTo(at, area.top);
      ctx.lineTo(at, area.bottom);
      ctx.stroke();
      const width = ctx.measureText(line.text).width, left = at + width + 8 > area.right;
      const start = left ? Math.max(area.left, at - 5 - width) : at + 5;
      row = start < free ? row + 1 : 0;
      free = Math.max(free, start + width + 8);
      ctx.globalAlpha = 1;
      ctx.fillStyle = ink("card");
      ctx.fillRect(start - 2, area.top + row * 15, width + 4, 15);
      ctx.fillStyle = ink("text");
      ctx.fillText(line.text, start, area.top + 11 + row * 15);
    }
    ctx.restore();
  },
});

// A name beside each point that has one (textOf), at whichever side is free; none where no side is.
const pointNames = textOf => ({
  id: "names",
  afterDatasetsDraw(chart) {
    const {ctx, chartArea: area} = chart, taken = [];
    const points = chart.data.datasets.flatMap((set, d) => chart.getDatasetMeta(d).data.map((point, i) => ({x: point.x, y: point.y, text: textOf(set.data[i])})))
      .filter(point => point.text);
    const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    for (const {x, y} of points) taken.push({left: x - 5, right: x + 5, top: y - 5, bottom: y + 5});
    ctx.save();
    ctx.font = `11px ${Chart.defaults.font.family}`;
    ctx.fillStyle = ink("text");
    ctx.textBaseline = "middle";
    for (const {x, y, text} of points) {
      const width = ctx.measureText(text).width;
      const places = [[x + 8, y], [x - 8 - width, y], [x - width / 2, y - 13], [x - width / 2, y + 13], [x + 6, y - 11], [x + 6, y + 11]];
      for (const [left, middle] of places) {
        const box = {left, right: left + width, top: middle - 6, bottom: middle + 6};
        if (left < area.left || box.right > area.right + 4 || taken.some(other => meets(box, other))) continue;
        taken.push(box);
        ctx.fillText(text, left, middle);
        break;
      }
    }
    ctx.restore();
  },
});

// A text at the end of each horizontal bar (of a stack: of the whole).
const barLabels = texts => ({
  id: "labels",
  afterDatasetsDraw(chart) {
    const {ctx, scales: {x}} = chart;
    ctx.save();
    ctx.font = `12px ${Chart.defaults.font.family}`;
    ctx.fillStyle = ink("text");
    ctx.textBaseline = "middle";
    texts.forEach((text, i) => {
      let end = x.left, y = null;
      chart.data.datasets.forEach((set, d) => {
        const bar = chart.getDatasetMeta(d).data[i];
        if (!bar || set.data[i] === null) return;
        y = bar.y;
        end = Math.max(end, bar.x);
      });
      if (y !== null) ctx.fillText(text, end + 6, y);
    });
    ctx.restore();
  },
});

// Horizontal bars, the largest on top, each stacked by component. rows: [{name, total, parts: {component: value}}]
function componentBars(title, caption, rows, unit, {mono = false, total = sum(rows.map(row => row.total)), wide = false} = {}) {
  const sorted = [...rows].filter(row => row.total > 0).sort((a, b) => b.total - a.total);
  const components = componentOrder(new Set(sorted.flatMap(row => Object.keys(row.parts))));
  const largest = sorted[0]?.total ?? 0, axisOf = axisUnit(largest, unit);
  return chartCard(title, caption, 46 + 25 * sorted.length, () => ({
    type: "bar",
    data: {
      labels: sorted.map(row => row.name),
      datasets: components.map(component => ({
        label: plainComponent(component), data: sorted.map(row => (row.parts[component] ?? 0) / axisOf.factor),
        backgroundColor: componentColour(component), stack: "all", barThickness: 15,
      })),
    },
    options: {
      indexAxis: "y", layout: {padding: {right: 124}},
      scales: {
        x: axis(axisOf.unit, {stacked: true, max: largest / axisOf.factor, ticks: {maxTicksLimit: 6, padding: 6, includeBounds: false}}),
        y: {stacked: true, grid: {display: false}, border: {display: false},
            ticks: {color: ink("text"), autoSkip: false, font: mono ? {family: "ui-monospace, 'DejaVu Sans Mono', monospace", size: 11} : undefined}},
      },
      plugins: {legend: {display: false},
                tooltip: {...tooltip(item => ` ${item.dataset.label}: ${quantity(item.raw * axisOf.factor, unit)}`), filter: item => item.raw > 0}},
      interaction: {mode: "index", axis: "y", intersect: false},
    },
    plugins: [barLabels(sorted.map(row => `${quantity(row.total, unit)}  ·  ${percent(row.total / total)}`))],
  }), wide, title ?? "Energy");
}

// Themes: as the system says until a button is pressed; a printed page is light.
function startThemes() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const apply = wanted => {
    dark = wanted;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    paintComponents();
    drawCharts();
  };
  const button = h("button", {type: "button", onclick: () => { chosen = !dark; apply(chosen); }}, "Light / dark");
  system.addEventListener("change", () => { if (chosen === null) apply(system.matches); });
  let before = false;
  addEventListener("beforeprint", () => {
    before = dark;
    document.querySelectorAll("details").forEach(part => { part.open = true; });
    apply(false);
    charts.forEach(entry => entry.chart.resize());
  });
  addEventListener("afterprint", () => apply(before));
  return {button, start: () => apply(system.matches)};
}
