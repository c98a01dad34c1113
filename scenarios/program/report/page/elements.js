// Parts of a page: elements, sections, cards, tables that sort and copy.

// h("p.quiet", {title: "x"}, "text", element, ...)
function h(tag, ...rest) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const part of rest.flat(Infinity)) {
    if (part === null || part === undefined || part === false) continue;
    if (part instanceof Node) element.append(part);
    else if (typeof part === "object") {
      for (const [key, value] of Object.entries(part)) {
        if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
        else if (key === "style") element.style.cssText = value;
        else element.setAttribute(key, value);
      }
    } else element.append(String(part));
  }
  return element;
}

const sections = [];
function section(id, title, intro, ...content) {
  sections.push([id, title]);
  return h("section", {id}, h("h2", title), intro && h("p.quiet", intro), content);
}
const contents = () => h("nav", {"aria-label": "contents"}, sections.map(([id, title]) => h("a", {href: `#${id}`}, title)));

const tile = (name, value, note) => h("div.tile", h("div.name", name), h("div.value", value), h("div.note", note ?? " "));
const facts = pairs => h("dl.facts", pairs.filter(([, value]) => value).map(([name, value]) => [h("dt", name), h("dd", value)]));

// Buttons of which one is pressed.
function choice(label, names, chosen, change) {
  const buttons = names.map(name =>
    h("button", {type: "button", "aria-pressed": String(name === chosen), onclick: () => {
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(names[i] === name)));
      change(name);
    }}, name));
  return h("div.choice", {role: "group", "aria-label": label}, buttons);
}

async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // a page that was opened from a file may lack the clipboard
    const area = h("textarea", {style: "position:fixed;opacity:0"});
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1200);
}

const csvField = text => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

// columns: {title, value: row => number or text, show: value => text, right, mono, wrap}. A click on a head sorts; the button
// copies every row as CSV in the order shown, numbers at full precision.
function table(title, columns, rows, sorted) {
  const order = [...rows];
  const body = h("tbody");
  const fill = () => body.replaceChildren(...order.map(row => h("tr", columns.map(column => {
    const value = column.value(row);
    const classes = [column.right && "right", column.mono && "mono", column.wrap && "wrap"].filter(Boolean);
    return h(["td", ...classes].join("."), column.show ? column.show(value, row) : value ?? "–");
  }))));
  let by = null, descending = false;
  const heads = columns.map((column, i) => h(column.right ? "th.right" : "th", {scope: "col", onclick: () => sort(i)}, column.title));
  const sort = i => {
    descending = by === i ? !descending : Boolean(columns[i].right);
    by = i;
    const key = columns[i].value;
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a ?? "").localeCompare(String(b ?? "")));
    order.sort((a, b) => (descending ? -1 : 1) * compare(key(a), key(b)));
    heads.forEach((head, j) => (j === i ? head.setAttribute("aria-sort", descending ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
    fill();
  };
  if (sorted === undefined) fill();
  else sort(sorted);
  const csv = () => [columns.map(column => column.title), ...order.map(row => columns.map(column => column.value(row) ?? ""))]
    .map(fields => fields.map(field => csvField(String(field))).join(",")).join("\n") + "\n";
  const button = h("button", {type: "button", onclick: () => copyText(csv(), button)}, "Copy as CSV");
  return h("div.card.wide", h("div.bar", h("h3", title), button), h("div.table", h("table", h("thead", h("tr", heads)), body)));
}
