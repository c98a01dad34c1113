const data = JSON.parse(document.getElementById("data").textContent);
const pages = {run: () => runPage(data.runs[0]), comparison: () => comparisonPage(data), sweep: () => sweepPage(data)};
const themes = pages[data.kind]();
themes.start();
