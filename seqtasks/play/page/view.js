// The view of a task that has none of its own: answers with their scores, and the explanation.
import { bars, element, flow, heading, matrix, ranking } from "../parts.js";

export function draw(place, found) {
  place.append(element("p", { class: "answer", dir: "auto" }, found.text));
  const scores = found.alternatives.map(([, score]) => score);
  if (scores.length > 1) {
    const shares = scores.every((score) => score >= 0 && score <= 1);
    place.append(heading("Answers"), shares ? bars(found.alternatives) : ranking(found.alternatives));
  }
  const table = found.table;
  if (table && table.layout === "text") {
    table.rows.forEach((row, i) => place.append(heading(`What "${row}" is based on (${table.kind})`),
      flow(table.columns, table.weights[i], table.signed)));
  } else if (table) {
    place.append(heading("What it is based on"), matrix(table));
  }
}
