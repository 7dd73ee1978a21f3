// Code: the program, and what each node and each copied word looked at in the sentence.
import { element, heading, label, lit, matrix, ranking, searched } from "../parts.js";

export function draw(place, found, tools) {
  place.append(element("pre", { class: "answer program", tabindex: "0", "aria-label": "The program" }, found.text));
  if (found.table && found.table.rows.length) place.append(...nodes(found.table));
  if (found.alternatives.length) {
    place.append(heading("Best programs, with log p for each action"), element("div", { class: "program" }, ranking(found.alternatives)));
  }
  place.append(...searched(tools));
  if (found.table) place.append(element("details", {}, element("summary", {}, "Matrix"), matrix(found.table)));
}

// A row is set in under its father.
function nodes({ columns, rows, weights, fathers, copied }) {
  const depths = [];
  const source = columns.map((word) => element("button", { type: "button" }, label(word)));
  const made = rows.map((row, number) => {
    depths.push(fathers[number] < 0 ? 0 : depths[fathers[number]] + 1);
    const button = element("button", { type: "button" }, row,
      copied[number] >= 0 && element("small", {}, " copied"));
    const item = element("li", {}, button);
    item.style.setProperty("--depth", depths[number]);
    return { button, item };
  });
  lit(source, made.map(({ button }) => button), weights);
  return [heading("Sentence: hover or focus a word to see what it became"), element("p", { class: "pieces source", dir: "auto" }, ...source),
    heading("Tree: hover or focus a node to see what it looked at"),
    element("ul", { class: "nodes pieces program" }, ...made.map(({ item }) => item))];
}
