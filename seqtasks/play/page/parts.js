// Parts that views are made of. Text is only ever set as text.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "weight") made.style.setProperty("--weight", value);
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

// Control characters and marks as one can see them.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff]/g;
export const visible = (piece) => piece.replace(HIDDEN, "") || (piece.includes("\n") ? "⏎" : "·");

// A piece as a label, without the mark of the beginning of a word; and pieces as a text.
export const label = (piece) => visible(piece.replace(/^▁/, "")) || "▁";
export const written = (pieces) => pieces.join("").replaceAll("▁", " ").replace(/ ?\u2060 ?/g, "").trim();

export const heading = (text) => element("h3", {}, text);

export function bars(pairs) {
  const list = element("dl", { class: "bars" });
  for (const [name, share] of pairs) {
    list.append(element("dt", { dir: "auto" }, name), element("dd", { class: "bar", weight: share, "aria-hidden": "true" }),
      element("dd", {}, percent(share)));
  }
  return list;
}

export function ranking(alternatives) {
  const items = alternatives.map(([text, score]) =>
    element("li", {}, element("span", { dir: "auto" }, text || "(blank)"), " ", element("small", {}, score.toFixed(3))));
  return element("ol", {}, ...items);
}

export function matrix(table) {
  const head = element("tr", {}, element("td"), ...table.columns.map((piece) => element("th", { scope: "col" }, label(piece))));
  const rows = table.rows.map((piece, i) => element("tr", {}, element("th", { scope: "row" }, label(piece)),
    ...table.weights[i].map((weight) => element("td", { weight: Math.max(0, weight) },
      Math.abs(weight) < 0.005 ? "" : String(Math.round(100 * weight))))));
  const caption = element("caption", {}, `${table.kind} weights in percent, one row for each piece of the answer`);
  return element("div", { class: "frame", tabindex: "0" },
    element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows)));
}

export function flow(pieces, weights) {
  const most = Math.max(1e-9, ...weights.map(Math.abs));
  const spaced = !pieces.some((piece) => piece.startsWith("▁"));
  return element("p", { class: "flow", dir: "auto" }, ...pieces.flatMap((piece, i) => [
    spaced || piece.startsWith("▁") ? " " : "",
    element("span", { weight: Math.abs(weights[i]) / most, title: percent(weights[i]) }, label(piece)),
  ]));
}
