// Numbers as people read them.

const prefixes = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]];

const digits = (value, count = 3) => {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const decimals = Math.max(0, count - 1 - Math.floor(Math.log10(size * (1 + 1e-9))));
  return value.toFixed(Math.min(decimals, 20));
};

// "2.57 J", "848 mJ".
const quantity = (value, unit) => {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return `0 ${unit}`.trim();
  for (const [factor, prefix] of prefixes)
    if (Math.abs(value) >= factor * 0.9995) return `${digits(value / factor)} ${prefix}${unit}`.trim();
  return `${digits(value / 1e-15)} f${unit}`;
};

// The unit whose values up to `largest` read best, for an axis: {factor, unit}.
const axisUnit = (largest, unit) => {
  for (const [factor, prefix] of prefixes) if (largest >= factor) return {factor, unit: prefix + unit};
  return {factor: 1, unit};
};

const percent = (fraction, decimals = 1) =>
  fraction === null || fraction === undefined || !Number.isFinite(fraction) ? "–" : `${(100 * fraction).toFixed(decimals)} %`;

const bytes = value => {
  for (const [factor, prefix] of [[2 ** 30, "Gi"], [2 ** 20, "Mi"], [2 ** 10, "Ki"]])
    if (value >= factor) return `${digits(value / factor)} ${prefix}B`;
  return `${value} B`;
};

const whole = value => Number(value).toLocaleString("en").replaceAll(",", "\u2009");
const sum = values => values.reduce((total, value) => total + value, 0);

// Rows of a CSV text as objects by column name; fields between quotes may hold commas.
function csvRows(text) {
  const lines = text.split("\n").filter(line => line !== "").map(line => {
    const fields = [""];
    let quoted = false;
    for (const c of line) {
      if (c === '"') quoted = !quoted;
      else if (c === "," && !quoted) fields.push("");
      else fields[fields.length - 1] += c;
    }
    return fields;
  });
  const heads = lines.shift() ?? [];
  return lines.map(fields => Object.fromEntries(heads.map((head, i) => [head, fields[i]])));
}
