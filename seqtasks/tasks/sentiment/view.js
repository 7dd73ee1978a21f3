// Sentiment: all classes, and the words that speak for the answer and against it.
import { bars, element, flow, heading, matrix, nats, percent } from "../parts.js";

export function draw(place, found) {
  const { table, alternatives } = found;
  place.append(element("p", { class: "answer", dir: "auto" }, found.text));
  if (!found.text) {
    place.append(element("p", { class: "note" }, "There is no text to be classified."));
    return;
  }
  place.append(heading(alternatives.length > 1 ? "Classes" : "Class"), bars(alternatives));
  if (!table) return;
  const [weights] = table.weights;
  if (table.signed) {
    const sum = weights.reduce((before, weight) => before + weight, 0);
    place.append(heading(`What speaks for "${found.text}", and what against it`), flow(table.columns, weights, true),
      element("p", { class: "note" }, element("span", { class: "key", weight: 1 }, "for"), " ",
        element("span", { class: "key against", weight: 1 }, "against"),
        ` The text adds ${nats(sum)} to log p of the answer, which has ${percent(alternatives[0][1])}.`));
  } else {
    place.append(heading(`What "${found.text}" is based on (${table.kind})`), flow(table.columns, weights));
  }
  place.append(element("details", {}, element("summary", {}, "Numbers"), matrix(table)));
}
