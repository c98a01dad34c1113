const data = JSON.parse(document.getElementById("data").textContent);
const themes = data.kind === "run" ? runPage(data.runs[0]) : comparisonPage(data);
themes.start();
