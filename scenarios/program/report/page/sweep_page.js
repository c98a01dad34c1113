// The page of a sweep.

const leastOf = (points, name) => points.filter(point => point.status === "completed" && isFigure(point[name])).sort((a, b) => a[name] - b[name])[0];
const valuesText = (sweep, point) => sweep.axes.filter(axis => point.values[axis] !== undefined)
  .map(axis => (axis === "scenario" ? fileStem(point.values[axis]) : `${shortKey(axis)} ${point.values[axis]}`)).join(", ");

function sweepTiles(sweep) {
  const wanted = figure => (figure.name === "error" || sweep.objectives.includes(figure.name)) && varies(sweep.points, figure.name);
  const tiles = sweepFigures.filter(wanted).map(figure => {
    const best = leastOf(sweep.points, figure.name);
    return best ? tile(`least ${figure.title}`, figure.show(best[figure.name]), valuesText(sweep, best)) : null;
  });
  return h("div.tiles", tiles);
}

// The answer: the cheapest point that is about as exact as the most exact one.
function sweepSentence(sweep) {
  const exact = leastOf(sweep.points, "error");
  if (!exact) return null;
  if (!varies(sweep.points, "error")) return h("p.answer", `Every point comes to an error of ${percent(exact.error, 2)}.`);
  const bound = exact.error + 0.01;
  const cheap = leastOf(sweep.points.filter(point => isFigure(point.error) && point.error <= bound), "energy_j");
  if (!cheap) return null;
  if (cheap === exact) return h("p.answer", "The most exact point, ", h("b", valuesText(sweep, exact)), `, with an error of ${percent(exact.error, 2)}, is also the cheapest within one point of it: ${quantity(exact.energy_j, "J")}.`);
  return h("p.answer", "Within one point of the least error, ", percent(exact.error, 2), ", ", h("b", valuesText(sweep, cheap)), ` needs the least energy: ${quantity(cheap.energy_j, "J")} at an error of ${percent(cheap.error, 2)}, `
    + `${digits(cheap.energy_j / exact.energy_j)} times that of the most exact point.`);
}

const countWords = sweep => {
  const count = status => sweep.points.filter(point => point.status === status).length, more = ["diverged", "failed", "missing"].filter(count);
  const replayed = sweep.points.filter(point => point.how === "replay").length;
  return [`${sweep.search} of ${whole(sweep.points.length)} points`, `${whole(count("completed"))} completed`, replayed ? `${whole(replayed)} of them replayed` : "",
          ...more.map(status => `${whole(count(status))} ${status}`)].filter(Boolean).join(", ");
};

function pointsTable(title, sweep, points, sorted) {
  const link = (folder, point) => (point.page ? h("a", {href: point.page}, folder) : folder);
  return table(title, [
    {title: "point", right: true, value: point => point.point},
    ...sweep.axes.map(axis => ({title: shortKey(axis), mono: true, value: point => point.values[axis] ?? ""})),
    ...figuresIn(sweep.points).map(figure => ({title: figure.title, right: true, value: point => point[figure.name], show: value => (isFigure(value) ? figure.show(value) : "–")})),
    ...(points.every(point => point.pareto) ? [] : [{title: "status", value: point => point.status}, {title: "how", value: point => point.how},
      {title: "front", value: point => (point.pareto ? "yes" : "")}]), {title: "folder", value: point => point.folder, show: link}], points, sorted);
}

function sweepPage({sweep, file, version}) {
  const themes = startThemes(), keys = sweepKeys(sweep), drawn = sweep.points.some(point => figuresIn([point]).length);
  const failed = sweep.points.filter(point => point.message), front = sweep.points.filter(point => point.pareto);
  const objectives = sweepFigures.filter(figure => sweep.objectives.includes(figure.name)).map(figure => figure.title).join(", ");
  const content = [
    drawn ? section("front", "Pareto front", null, paretoCard(sweep, keys), pointsTable(`Front of ${objectives}`, sweep, front)) : null,
    drawn && keys.length ? section("keys", "Along the keys", "Points that agree in the keys shown are summed up by their median, or another of them.",
      crossoverOfSweepCard(sweep, keys), keys.length > 1 ? heatMapCard(sweep, keys) : null) : null,
    failed.length ? section("failures", "Points that failed", null, table("Failures", [
      {title: "point", right: true, value: point => point.point}, {title: "values", mono: true, value: point => valuesText(sweep, point)}, {title: "why", wrap: true, value: point => point.message}], failed)) : null,
    section("points", "All points", "A click on a column's head sorts. A run's page: ulpsim report FOLDER.", pointsTable("Points", sweep, sweep.points)),
    section("setup", "Sweep file", null, h("pre", file))];
  document.title = `${sweep.name} · ulpsim`;
  document.getElementById("page").replaceChildren(
    h("header", h("div.line", h("h1", sweep.name), h("div.chips", themes.button)), h("p.quiet", countWords(sweep)), contents()),
    sweepSentence(sweep) ?? "", sweepTiles(sweep), ...content.filter(Boolean), h("footer", h("p", `ulpsim ${version}`)));
  return themes;
}
