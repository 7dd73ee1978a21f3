// Translate: source and answer as pieces that light up together, and pieces that can be exchanged.
import { element, exchangeable, heading, label, matrix, over, percent, pinned, ranking } from "../parts.js";

export function draw(place, found, tools) {
  place.append(element("p", { class: "answer", dir: "auto" }, found.text), ...pinned(tools));
  if (found.table && found.table.rows.length) place.append(...lit(found.table, tools));
  place.append(heading("Best answers, with log p for each piece"), ranking(found.alternatives));
  if (found.table) place.append(element("details", {}, element("summary", {}, "Matrix"), matrix(found.table)));
}

function lit(table, tools) {
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
  target.forEach((button, i) => over(button, () => show(source, table.weights[i]), clear));
  source.forEach((button, j) => over(button, () => show(target, table.weights.map((row) => row[j])), clear));
  const hint = tools.model.pins ? "Answer: press a piece to choose another one" : "Answer";
  return [heading("Source: hover or focus a piece to see what it became"), element("p", { class: "pieces source", dir: "auto" }, ...source),
    heading(hint), element("p", { class: "pieces target", dir: "auto" }, ...target), exchangeable(table.rows, target, tools)];
}
