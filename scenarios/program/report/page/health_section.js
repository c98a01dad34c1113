// Number formats at work: what rounding did to the values of each role and layer, an epoch at a time.
// results.health: {level, every, tensors: [{epoch, role, layer, format, values, overflowed, underflowed, subnormal, updates,
// vanished, effective_descent, mean_error_ulp, range, exponents: {first, counts}, ...}]}

const tensorName = tensor => `${tensor.role.replaceAll("_", " ")} ${layerName(tensor.layer)}`;
const shareText = value => (value === null ? "–" : value === 0 ? "0" : value < 1e-4 ? value.toExponential(1) : percent(value, 2));

function healthTable(tensors) {
  const share = (part, whole) => tensor => (tensor[whole] > 0 && typeof tensor[part] === "number" ? tensor[part] / tensor[whole] : null);
  const ulp = value => (value === null || value === undefined ? "–" : value.toFixed(4));
  const columns = [
    {title: "role", value: tensor => tensor.role.replaceAll("_", " ")}, {title: "layer", value: tensor => layerName(tensor.layer)},
    {title: "format", mono: true, value: tensor => tensor.format},
    {title: "values", right: true, value: tensor => tensor.values, show: value => quantity(value, "")},
    {title: "overflowed", right: true, value: share("overflowed", "values"), show: shareText},
    {title: "underflowed", right: true, value: share("underflowed", "values"), show: shareText},
    {title: "subnormal", right: true, value: share("subnormal", "values"), show: shareText},
    {title: "updates vanished", right: true, value: share("vanished", "updates"), show: shareText},
    {title: "effective descent", right: true, value: tensor => tensor.effective_descent ?? null, show: value => percent(value, 2)},
    {title: "mean error (ulp)", right: true, value: tensor => tensor.mean_error_ulp ?? null, show: ulp},
  ].filter(column => tensors.some(tensor => { const value = column.value(tensor); return value !== null && value !== ""; }));
  return table("Overflow, underflow, vanished updates", columns, tensors);
}

// Exponents of the values of one role and layer, with the format's range behind: what lies outside of it is lost, what lies in
// the pale part has lost digits.
function histogramCard(name, tensorOf) {
  const range = () => tensorOf().range, counts = () => tensorOf().exponents;
  const bounds = () => {
    const {first, counts: bins} = counts(), limits = range();
    // A format that is much wider than its values is shown as far as they go and a little further.
    return {least: Math.max(Math.min(first, limits?.min_exponent ?? first), first - 12),
            most: Math.min(Math.max(first + bins.length - 1, limits?.max_exponent ?? -Infinity), first + bins.length + 11)};
  };
  const band = {
    id: "band",
    beforeDatasetsDraw(chart) {
      const limits = range();
      if (!limits) return;
      const {ctx, chartArea: area, scales: {x}} = chart, {least} = bounds(), half = (x.getPixelForValue(1) - x.getPixelForValue(0)) / 2;
      const fill = (from, to, alpha) => {
        const left = Math.max(area.left, x.getPixelForValue(from - least) - half), right = Math.min(area.right, x.getPixelForValue(to - least) + half);
        if (!(right > left)) return;
        ctx.globalAlpha = alpha;
        ctx.fillRect(left, area.top, right - left, area.bottom - area.top);
      };
      ctx.save();
      ctx.fillStyle = ink("range");
      fill(limits.min_normal_exponent, limits.max_exponent, 1);
      fill(limits.min_exponent, limits.min_normal_exponent - 1, 0.45);
      ctx.restore();
    },
  };
  return chartCard(name, null, 190, () => {
    const {first, counts: bins} = counts(), {least, most} = bounds(), total = tensorOf().values, limits = range();
    const exponents = [...Array(most - least + 1).keys()].map(i => least + i);
    const colour = exponent => (!limits || (exponent >= limits.min_normal_exponent && exponent <= limits.max_exponent) ? runColour(0)
      : exponent >= limits.min_exponent && exponent < limits.min_normal_exponent ? shade(activityColours.dependency) : runColour(1));
    return {
      type: "bar",
      data: {labels: exponents, datasets: [{data: exponents.map(exponent => 100 * (bins[exponent - first] ?? 0) / total), backgroundColor: exponents.map(colour),
                                            barPercentage: 1, categoryPercentage: 0.92}]},
      options: {
        scales: {x: axis(`exponent of two, ${tensorOf().format}`, {grid: {display: false}, ticks: {padding: 6, maxTicksLimit: 9, maxRotation: 0}}),
                 y: axis("%", {ticks: {padding: 6, maxTicksLimit: 4}})},
        plugins: {legend: {display: false}, tooltip: tooltip(item => ` ${item.raw.toFixed(3)} % at 2^${item.label}`, () => "")},
      },
      plugins: [band],
    };
  });
}

// A share of each layer over the epochs; layers for which it is null have no line.
function shareCard(title, caption, tensors, epochs, valueOf) {
  const names = [...new Set(tensors.filter(tensor => valueOf(tensor) !== null).map(tensorName))];
  if (!names.length || epochs.length < 2) return null;
  return chartCard(title, caption, 260, () => ({
    type: "line",
    data: {datasets: names.map((name, i) => ({
      label: name, data: tensors.filter(tensor => tensorName(tensor) === name && valueOf(tensor) !== null).map(tensor => ({x: tensor.epoch, y: 100 * valueOf(tensor)})),
      borderColor: runColour(i), backgroundColor: runColour(i), borderDash: runDashes[i % runDashes.length], borderWidth: 2,
      pointStyle: runShapes[i % runShapes.length], pointRadius: epochs.length > 40 ? 0 : 4}))},
    options: {
      scales: {x: axis("epoch", {type: "linear", grid: {display: false}, ticks: {padding: 6, precision: 0, maxTicksLimit: 8}}), y: axis("%", {ticks: {padding: 6, maxTicksLimit: 6}})},
      plugins: {legend: {...legendBelow, labels: {usePointStyle: true, padding: 14, boxHeight: 8}},
                tooltip: tooltip(item => ` ${item.dataset.label}: ${item.raw.y.toPrecision(3)} %`, items => `epoch ${items[0].raw.x}`)},
    },
  }));
}

function healthSection(run) {
  const tensors = run.results.health?.tensors ?? [];
  if (!tensors.length) return null;
  const epochs = [...new Set(tensors.map(tensor => tensor.epoch))].sort((a, b) => a - b);
  let epoch = epochs.at(-1);
  const inEpoch = () => tensors.filter(tensor => tensor.epoch === epoch);
  const drawn = inEpoch().filter(tensor => tensor.exponents?.counts?.length);
  // The tensor of the chosen epoch; of the last one, where the schedule left it out of that.
  const cards = drawn.map(shown => histogramCard(tensorName(shown), () =>
    inEpoch().find(tensor => tensorName(tensor) === tensorName(shown) && tensor.exponents?.counts?.length) ?? shown));
  const tableOf = h("div", healthTable(inEpoch()));
  const choose = name => {
    epoch = Number(name);
    tableOf.replaceChildren(healthTable(inEpoch()));
    cards.forEach(redrawIn);
  };
  const few = epochs.length > 12 ? epochs.filter((_, i) => i % Math.ceil(epochs.length / 12) === 0 || i === epochs.length - 1) : epochs;
  const time = h("div.grid",
    shareCard("Effective descent", "The share of each intended update that the rounding of the weights left standing.", tensors, epochs, tensor => tensor.effective_descent ?? null),
    shareCard("Underflowed", "The share of the values that rounding made zero.", tensors.filter(tensor => tensor.underflowed > 0), epochs,
              tensor => (tensor.values > 0 ? tensor.underflowed / tensor.values : null)));
  return section("health", "Number formats at work",
    "Shares of the values that each role rounded. In the histograms the shaded band is what the format holds as normal numbers, its paler part what it holds as subnormal ones.",
    epochs.length > 1 ? h("div.choose", h("span.quiet.small", "epoch "), choice("epoch", few.map(String), String(epoch), choose)) : null,
    tableOf, cards.length ? h("div.grid.thirds", cards) : null, time.children.length ? time : null);
}
