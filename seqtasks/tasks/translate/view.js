// Translate: source and answer as pieces that light up together, and pieces that can be exchanged.
import { element, exchangeable, heading, label, lit, matrix, pinned, ranking, searched } from "../parts.js";

export function draw(place, found, tools) {
  place.append(element("p", { class: "answer", dir: "auto" }, found.text), ...pinned(tools));
  if (found.table && found.table.rows.length) place.append(...looked(found.table, tools));
  place.append(heading("Best answers, with log p for each piece"), ranking(found.alternatives));
  place.append(...searched(tools));
  if (found.table) place.append(element("details", {}, element("summary", {}, "Matrix"), matrix(found.table)));
}

function looked(table, tools) {
  const source = table.columns.map((piece) => element("button", { type: "button" }, label(piece)));
  const target = table.rows.map((piece) => element("button", { type: "button" }, label(piece)));
  lit(source, target, table.weights);
  const hint = tools.model.pins ? "Answer: press a piece to choose another one" : "Answer";
  return [heading("Source: hover or focus a piece to see what it became"), element("p", { class: "pieces source", dir: "auto" }, ...source),
    heading(hint), element("p", { class: "pieces target", dir: "auto" }, ...target), exchangeable(table.rows, target, tools)];
}
