// Translate: source and answer as pieces that light up together, and pieces that can be exchanged.
import { element, heading, label, matrix, percent, ranking, written } from "../parts.js";

export function draw(place, found, tools) {
  place.append(element("p", { class: "answer", dir: "auto" }, found.text));
  if (tools.prefix) {
    place.append(element("p", { class: "note" }, "Begins with ", element("b", { dir: "auto" }, tools.prefix), ", as chosen. ",
      element("button", { type: "button", class: "free", onclick: () => tools.pin("") }, "Let it choose")));
  }
  if (found.table && found.table.rows.length) place.append(...lit(found.table, tools));
  place.append(heading("Best answers, with log p for each piece"), ranking(found.alternatives));
  if (found.table) place.append(element("details", {}, element("summary", {}, "Matrix"), matrix(found.table)));
}

function lit(table, tools) {
  const choices = element("div", { class: "choices", hidden: true });
  const source = table.columns.map((piece) => element("button", { type: "button" }, label(piece)));
  const target = table.rows.map((piece) => element("button", { type: "button" }, label(piece)));
  const show = (buttons, weights) => {
    const most = Math.max(1e-9, ...weights);
    buttons.forEach((button, i) => {
      button.style.setProperty("--weight", weights[i] / most);
      button.title = percent(weights[i]);
    });
  };
  const clear = () => [...source, ...target].forEach((button) => {
    button.style.removeProperty("--weight");
    button.removeAttribute("title");
  });
  const over = (button, light) => {
    for (const name of ["mouseenter", "focus"]) button.addEventListener(name, () => { clear(); light(); });
    for (const name of ["mouseleave", "blur"]) button.addEventListener(name, clear);
  };
  target.forEach((button, i) => over(button, () => show(source, table.weights[i])));
  source.forEach((button, j) => over(button, () => show(target, table.weights.map((row) => row[j]))));
  if (tools.model.pins) {
    target.forEach((button, i) => button.addEventListener("click", () => exchange(table, i, target, choices, tools)));
  }
  const hint = tools.model.pins ? "Answer: press a piece to choose another one" : "Answer";
  return [heading("Source: hover or focus a piece to see what it became"), element("p", { class: "pieces source", dir: "auto" }, ...source),
    heading(hint), element("p", { class: "pieces target", dir: "auto" }, ...target), choices];
}

async function exchange(table, i, target, choices, tools) {
  const found = await tools.ask("choices", { prefix: tools.prefix });
  if (!found) return;
  target.forEach((button, k) => button.setAttribute("aria-pressed", k === i));
  const before = table.rows.slice(0, i);
  const offered = found[i].filter(([piece]) => piece !== "</s>" && piece !== table.rows[i]);
  choices.replaceChildren(element("span", {}, `Instead of "${label(table.rows[i])}":`), ...offered.map(([piece, share]) =>
    element("button", { type: "button", onclick: () => tools.pin(written([...before, piece])) },
      `${label(piece)} `, element("small", {}, percent(share)))));
  choices.hidden = false;
  choices.querySelector("button")?.focus();
}
