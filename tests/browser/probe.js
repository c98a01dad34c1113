// Put behind a page by the test: waits until it has drawn, works its buttons, and leaves what it saw in <pre id="probe">.
addEventListener("load", () => setTimeout(() => {
  // Pixels that are coloured, as data are and axes are not. They are read from a copy: reading a chart's own canvas makes the
  // browser write a hint to the console.
  const copy = document.createElement("canvas"), copied2d = copy.getContext("2d", {willReadFrequently: true});
  const coloured = canvas => {
    if (!canvas.width || !canvas.height) return 0;
    copy.width = canvas.width;
    copy.height = canvas.height;
    copied2d.drawImage(canvas, 0, 0);
    const {data} = copied2d.getImageData(0, 0, copy.width, copy.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 40 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 40) ++count;
    return count;
  };
  const canvases = () => [...document.querySelectorAll("canvas")].map(canvas => ({label: canvas.getAttribute("aria-label"), coloured: coloured(canvas)}));

  const written = [];
  const fillText = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...where) { written.push(String(text)); return fillText.call(this, text, ...where); };
  const axes = {};
  for (const button of document.querySelectorAll(".choice button")) {
    written.length = 0;
    button.click();
    axes[button.textContent] = {canvases: canvases(), written: [...written]};
  }

  // Each word of each list, one after the other.
  const lists = [];
  for (const list of document.querySelectorAll("select")) {
    const canvas = list.closest(".card").querySelector("canvas"), before = list.selectedIndex;
    for (let i = 0; i < list.options.length; ++i) {
      list.selectedIndex = i;
      list.dispatchEvent(new Event("change"));
      lists.push({label: `${list.closest("label").textContent}: ${list.options[i].textContent}`, coloured: coloured(canvas)});
    }
    list.selectedIndex = before;
    list.dispatchEvent(new Event("change"));
  }

  // What a chart says where the hand rests on its first point.
  const hovers = {};
  for (const {canvas, chart} of typeof charts === "undefined" ? [] : charts) {
    const datasetIndex = chart.data.datasets.findIndex(set => set.data.some(value => value !== null));
    if (datasetIndex < 0) continue;
    const {x, y} = chart.getDatasetMeta(datasetIndex).data[0];
    chart.tooltip.setActiveElements([{datasetIndex, index: 0}], {x, y});
    chart.update();
    hovers[canvas.getAttribute("aria-label")] = [...chart.tooltip.title, ...chart.tooltip.body.flatMap(part => part.lines)].join("\n");
    chart.tooltip.setActiveElements([], {x: 0, y: 0});
    chart.update();
  }

  const copied = [];
  copyText = text => copied.push(text);
  const tables = [...document.querySelectorAll(".card:has(table)")].map(card => {
    const copy = () => { copied.length = 0; card.querySelector("button").click(); return copied[0]; };
    const unsorted = copy();
    const sorted = [...card.querySelectorAll("th")].map(head => { head.click(); return copy(); });
    return {title: card.querySelector("h3").textContent, unsorted, sorted};
  });

  const first = canvases();
  [...document.querySelectorAll("header button")].at(-1).click();
  const other = {theme: document.documentElement.dataset.theme, background: getComputedStyle(document.documentElement).backgroundColor, canvases: canvases()};
  const probe = document.createElement("pre");
  probe.id = "probe";
  probe.textContent = JSON.stringify({title: document.title, text: document.getElementById("page").innerText, canvases: first, axes, lists, hovers, tables, other});
  document.documentElement.replaceChildren(probe);
}, 50));
