// What a quality costs: joules until a training loss was first reached, and where one run overtakes the first.

const costGroups = ["logic", "sram", "dram", "channel", "host"];

// Energy of an epoch with each group at the low (0) or high (1) of its uncertainty: bit g of `corner`.
function cornerEnergy(run, epoch, corner) {
  const factors = run.results.energy.uncertainty;
  return sum(costGroups.map((group, g) => epoch.energy_by_group[group] * factors[group][corner >> g & 1 ? "high" : "low"]));
}
const firstReaching = (run, loss) => run.epochs.find(epoch => epoch.train_loss !== null && epoch.train_loss <= loss);

// b's energy over a's until both reached a loss: nominal, and the extremes over all corners.
function energyRatio(a, b, loss) {
  const from = firstReaching(a, loss), to = firstReaching(b, loss);
  if (!from || !to || !(from.energy_j > 0)) return null;
  const corners = [...Array(2 ** costGroups.length).keys()].map(corner => cornerEnergy(b, to, corner) / cornerEnergy(a, from, corner));
  return {loss, nominal: to.energy_j / from.energy_j, low: Math.min(...corners), high: Math.max(...corners)};
}

// Every loss at which an epoch of some run ended, the largest first.
const reachedLosses = runs => [...new Set(runs.flatMap(run => run.epochs.map(epoch => epoch.train_loss)).filter(loss => loss !== null && Number.isFinite(loss)))]
  .sort((a, b) => b - a);

// The losses to compare two runs at. Of those that lie closer together than a fiftieth of the range only the highest is kept,
// the worse of two nearly equal qualities: just below it one of the runs has ended an epoch more by chance.
function comparedLosses(runs) {
  const losses = reachedLosses(runs), gap = (losses[0] - losses.at(-1)) / 50, kept = [];
  for (const loss of losses) if (!kept.length || kept.at(-1) - loss > gap) kept.push(loss);
  return kept;
}

// In words, where a run begins to need less or more energy than the first; between two reached losses nothing is known.
function crossoverWords(first, other, ratios) {
  const side = ratio => (ratio.high < 1 ? other.name : ratio.low > 1 ? first.name : null);
  const certain = ratios.map(ratio => ({loss: ratio.loss, who: side(ratio)})).filter(entry => entry.who);
  if (!certain.length) return `Which of ${first.name} and ${other.name} needs less energy lies within cost uncertainty at every loss that both reached.`;
  const changes = certain.filter((entry, i) => i && entry.who !== certain[i - 1].who);
  if (!changes.length) return `At every training loss that both reached and that the cost figures decide, ${certain[0].who} needs less energy${certain[0].who === first.name ? ` than ${other.name}` : ` than ${first.name}`}.`;
  return changes.map(change => `From a training loss of ${change.loss.toFixed(4)} on, ${change.who} needs less energy${change.who === first.name ? ` than ${other.name}` : ` than ${first.name}`}.`).join(" ");
}

function energyToQualityCard(runs) {
  const points = runs.map(run => reachedLosses([run]).map(loss => ({x: loss, y: firstReaching(run, loss).energy_j})));
  const {factor, unit} = axisUnit(Math.max(0, ...points.flat().map(point => point.y)), "J");
  return chartCard("Energy to a training loss", "Joules until an epoch first ended at or below the loss; better qualities are further right.", 320, () => ({
    type: "line",
    data: {datasets: runs.map((run, i) => ({label: run.name, data: points[i].map(({x, y}) => ({x, y: y / factor})), borderColor: runColour(i), backgroundColor: runColour(i),
      borderDash: runDashes[i % runDashes.length], borderWidth: 2, stepped: "after", pointStyle: runShapes[i % runShapes.length], pointRadius: points[i].length > 40 ? 0 : 4}))},
    options: {
      scales: {x: axis("training loss", {type: "linear", reverse: true, grace: "3%", grid: {display: false}, ticks: {padding: 6, maxTicksLimit: 7}}),
               y: axis(unit, {min: 0, ticks: {padding: 6, maxTicksLimit: 6}})},
      plugins: {legend: {...legendBelow, labels: {usePointStyle: true, padding: 14, boxHeight: 8}},
                tooltip: tooltip(item => ` ${item.dataset.label}: ${quantity(item.raw.y * factor, "J")}`, items => `loss ${items[0].raw.x.toFixed(4)}`)},
    },
  }));
}

function crossoverCard(runs, ratiosOf) {
  const one = {id: "one", beforeDatasetsDraw({ctx, chartArea: area, scales: {y}}) {
    const at = y.getPixelForValue(1);
    ctx.save();
    ctx.strokeStyle = ink("text");
    ctx.setLineDash([4, 3]);
    ctx.beginPath();
    ctx.moveTo(area.left, at);
    ctx.lineTo(area.right, at);
    ctx.stroke();
    ctx.restore();
  }};
  const all = ratiosOf.flat(), low = Math.min(1, ...all.map(ratio => ratio.low)) / 1.1, high = Math.max(1, ...all.map(ratio => ratio.high)) * 1.1;
  return chartCard(`Times the energy of ${runs[0].name}`, "To the same training loss; the band spans every corner of the cost figures, and where it crosses 1 no winner is called.", 320, () => ({
    type: "line",
    data: {datasets: runs.slice(1).flatMap((run, i) => {
      const colour = runColour(i + 1), ratios = ratiosOf[i], edge = key => ratios.map(ratio => ({x: ratio.loss, y: ratio[key]}));
      const band = {borderWidth: 0, stepped: "after", pointRadius: 0, pointHitRadius: 0, backgroundColor: colour + "33", isBand: true};
      return [{label: run.name, data: edge("nominal"), borderColor: colour, backgroundColor: colour, borderWidth: 2, stepped: "after", pointStyle: runShapes[(i + 1) % runShapes.length], pointRadius: 4, ratios},
              {...band, label: "", data: edge("low"), fill: "+1"}, {...band, label: "", data: edge("high"), fill: false}];
    })},
    options: {
      scales: {x: axis("training loss", {type: "linear", reverse: true, grace: "3%", grid: {display: false}, ticks: {padding: 6, maxTicksLimit: 7}}),
               y: axis(`times ${runs[0].name}`, {min: low, max: high, ticks: {padding: 6, maxTicksLimit: 6, includeBounds: false}})},
      plugins: {legend: {...legendBelow, display: runs.length > 2, labels: {usePointStyle: true, padding: 14, boxHeight: 8, filter: item => item.text !== ""}},
                tooltip: {...tooltip(item => { const {nominal, low: least, high: most} = item.dataset.ratios[item.dataIndex]; return ` ${item.dataset.label}: ${digits(nominal)} [${digits(least)}, ${digits(most)}]`; },
                                     items => (items.length ? `loss ${items[0].raw.x.toFixed(4)}` : "")), filter: item => !item.dataset.isBand}},
    },
    plugins: [one],
  }));
}

function crossoverSection(runs) {
  if (!runs.every(run => run.epochs.every(epoch => epoch.energy_by_group))) return null;
  const ratiosOf = runs.slice(1).map(run => comparedLosses([runs[0], run]).map(loss => energyRatio(runs[0], run, loss)).filter(Boolean));
  if (!ratiosOf.every(ratios => ratios.length)) return null;
  return section("crossover", "Energy to quality", runs.slice(1).map((run, i) => crossoverWords(runs[0], run, ratiosOf[i])).join(" "),
    h("div.grid", energyToQualityCard(runs), crossoverCard(runs, ratiosOf)));
}
