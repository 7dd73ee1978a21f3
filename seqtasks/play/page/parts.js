// Parts that views are made of. Text is only ever set as text.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "weight") made.style.setProperty("--weight", value);
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

const SIGNATURES = { iVBO: "png", "/9j/": "jpeg", R0lG: "gif" };
// The address of an image in base64.
export const pictured = (image) => `data:image/${SIGNATURES[image.slice(0, 4)] ?? "bmp"};base64,${image}`;

export const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

// Control characters and marks as one can see them.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff]/g;
export const visible = (piece) => piece.replace(HIDDEN, "") || (piece.includes("\n") ? "⏎" : "·");

// A piece as a label, without the mark of the beginning of a word; and pieces as a text.
export const label = (piece) => (piece.trim() ? visible(piece.replace(/^▁/, "")) || "▁" : piece && "␣");
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

export const nats = (weight) => `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(2)}`;

export function matrix(table) {
  const most = table.signed ? Math.max(1e-9, ...table.weights.flat().map(Math.abs)) : 1;
  const head = element("tr", {}, element("td"), ...table.columns.map((piece) => element("th", { scope: "col" }, label(piece))));
  const rows = table.rows.map((piece, i) => element("tr", {}, element("th", { scope: "row" }, label(piece)),
    ...table.weights[i].map((weight) => element("td", {
      weight: Math.abs(weight) / most, class: table.signed && weight < 0 ? "against" : null,
    }, Math.abs(weight) < 0.005 ? "" : table.signed ? nats(weight) : String(Math.round(100 * weight))))));
  const what = table.signed ? "What each piece adds to log p of a row, in nats" : `The ${table.kind} weights of each row, in percent`;
  const caption = element("caption", {}, what);
  return element("div", { class: "frame", tabindex: "0" },
    element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows)));
}

// The pieces as a text, shaded by weights; of signed ones, those below zero have a line and colour of their own.
export function flow(pieces, weights, signed = false, said = (weight) => `${nats(weight)} nats`,
  most = Math.max(1e-9, ...weights.map(Math.abs))) {
  const marked = pieces.some((piece) => piece.startsWith("▁"));
  // Where blanks are pieces, all are characters.
  const characters = pieces.some((piece) => piece && !piece.trim());
  // A word joiner stands where a mark was glued to a word.
  const spaced = (piece, i) => !characters && (piece === "</s>"
    || ((!marked || piece.startsWith("▁")) && !/^▁?\u2060/.test(piece) && !pieces[i - 1]?.endsWith("\u2060")));
  return element("p", { class: signed ? "flow signed" : "flow", dir: "auto" }, ...pieces.flatMap((piece, i) => [
    i && spaced(piece, i) ? " " : "",
    element("span", {
      weight: Math.abs(weights[i]) / most, class: signed && weights[i] < -0.02 * most ? "against" : null,
      title: signed ? said(weights[i]) : percent(weights[i]),
    }, label(piece)),
  ]));
}

// Details that ask only when they are opened, and then draw what `ask` returns; the state `name` tells that they are.
export function opened(summary, name, { get, set }, ask, draw) {
  const made = element("details", { class: "unasked", open: Boolean(get(name)), ontoggle: async () => {
    set({ [name]: made.open ? "1" : "" });
    if (!made.open || !made.classList.contains("unasked")) return;
    made.classList.remove("unasked");
    const found = await ask();
    if (found) made.append(...draw(found));
    else made.classList.add("unasked");
  } }, element("summary", {}, summary));
  return made;
}

// The hypotheses that a search kept, step by step from left to right, if the model can be asked.
export function searched(tools) {
  if (!tools.model.searches) return [];
  return [opened("The search as a tree", "tree", tools, () => tools.ask("tree", { prefix: tools.prefix }), (nodes) => [
    element("p", { class: "note" }, "Each column is a step; log p so far stands below each piece. × was dropped there. "
      + "Numbers rank what was left, with log p for each piece; the answer is 1, and its pieces are bold and framed."),
    element("div", { class: "frame", tabindex: "0", "aria-label": "The tree of the search" }, branches(nodes))])];
}

function branches(nodes) {
  const next = nodes.map(() => []), firsts = [], best = new Set();
  nodes.forEach(({ parent }, i) => (parent === null ? firsts : next[parent]).push(i));
  for (let i = nodes.findIndex(({ rank }) => rank === 1); i >= 0 && i !== null; i = nodes[i].parent) best.add(i);
  // What leads to a better rank stands higher.
  const ranks = nodes.map(({ rank }) => rank ?? Infinity);
  for (let i = nodes.length - 1; i >= 0; i--) ranks[i] = Math.min(ranks[i], ...next[i].map((k) => ranks[k]));
  const tree = element("div", { class: "tree" });
  let row = 0;
  const place = (made, column, from, to) => {
    made.style.gridColumn = column;
    made.style.gridRow = `${from} / ${to}`;
    tree.append(made);
  };
  const draw = (numbers, column, above) => [...numbers].sort((i, k) => ranks[i] - ranks[k] || nodes[k].logp - nodes[i].logp).forEach((i, order) => {
    const { piece, logp, rank, score } = nodes[i], from = order ? ++row : row ||= 1;
    if (order && above) place(element("i", { class: "branch", "aria-hidden": "true" }), column, above, from + 1);
    const end = rank ? element("b", {}, ` ${rank}. ${score.toFixed(2)}`) : next[i].length ? null : element("b", { title: "dropped" }, " ×");
    place(element("span", { class: `node${best.has(i) ? " best" : ""}${order || !above ? "" : " on"}` },
      element("span", {}, label(piece)), end, element("small", {}, logp.toFixed(2))), column, from, from + 1);
    draw(next[i], column + 1, from);
  });
  draw(firsts, 1, 0);
  return tree;
}

// Makes the pieces of an answer buttons that offer what else is likely in their place, if the model can be asked.
export function exchangeable(rows, buttons, tools) {
  const choices = element("div", { class: "choices", hidden: true });
  async function offer(i) {
    const found = await tools.ask("choices", { prefix: tools.prefix });
    if (!found) return;
    buttons.forEach((button, k) => button.setAttribute("aria-pressed", k === i));
    const offered = found[i].likeliest.filter(([piece]) => piece !== "</s>" && piece !== rows[i]);
    choices.replaceChildren(element("span", {}, `Instead of "${label(rows[i])}":`), ...offered.map(([piece, share]) =>
      element("button", { type: "button", onclick: () => tools.pin(written([...rows.slice(0, i), piece])) },
        `${label(piece)} `, element("small", {}, percent(share)))));
    choices.hidden = false;
    choices.querySelector("button")?.focus();
  }
  if (tools.model.pins) buttons.forEach((button, i) => button.addEventListener("click", () => offer(i)));
  return choices;
}

// Says that the answer begins as chosen, and offers to let it be free again.
export function pinned(tools) {
  return tools.prefix ? [element("p", { class: "note" }, "Begins with ", element("b", { dir: "auto" }, tools.prefix), ", as chosen. ",
    element("button", { type: "button", class: "free", onclick: () => tools.pin("") }, "Let it choose"))] : [];
}

// Lights up, for the button that is pointed at or has the focus, those on the other side by weights[target][source].
export function lit(source, target, weights) {
  const show = (buttons, shares) => {
    const most = Math.max(1e-9, ...shares);
    buttons.forEach((button, i) => {
      button.style.setProperty("--weight", shares[i] / most);
      button.title = percent(shares[i]);
    });
  };
  const clear = () => [...source, ...target].forEach((button) => {
    button.style.removeProperty("--weight");
    button.removeAttribute("title");
  });
  target.forEach((button, i) => over(button, () => show(source, weights[i]), clear));
  source.forEach((button, j) => over(button, () => show(target, weights.map((row) => row[j])), clear));
}

// Calls `light` while the pointer is over a button or it has the focus, and `clear` after.
export function over(button, light, clear) {
  for (const name of ["mouseenter", "focus"]) button.addEventListener(name, () => { clear(); light(); });
  for (const name of ["mouseleave", "blur"]) button.addEventListener(name, clear);
}
