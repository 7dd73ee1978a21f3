// Caption: the image as the model sees it, lit where it looked for the word under the pointer or with the focus.
import { element, exchangeable, heading, label, over, pictured, pinned, ranking, searched } from "../parts.js";

export function draw(place, found, tools) {
  const { table } = found;
  place.append(element("p", { class: "answer", dir: "auto" }, found.text), ...pinned(tools));
  if (!table) {
    place.append(element("img", { class: "seen", src: pictured(tools.text), alt: "The image" }));
  } else if (table.rows.length) place.append(...looked(table, tools));
  place.append(heading("Best captions, with log p for each piece"), ranking(found.alternatives), ...searched(tools));
}

function looked(table, tools) {
  const [down, across] = table.grid;
  const cells = table.columns.map((name) => element("i", { title: name }));
  const veil = element("div", { class: "veil", "aria-hidden": "true" }, ...cells);
  veil.style.setProperty("--across", across);
  veil.style.setProperty("--down", down);
  const words = table.rows.map((piece) => element("button", { type: "button" }, label(piece)));
  const said = element("p", { class: "note", "aria-live": "polite" }, "Hover or focus a word to see where it comes from.");
  const show = (i) => {
    const most = Math.max(1e-9, ...table.weights[i]);
    cells.forEach((cell, k) => cell.style.setProperty("--weight", 1 - table.weights[i][k] / most));
    const best = table.weights[i].indexOf(Math.max(...table.weights[i]));
    said.textContent = `"${label(table.rows[i])}": most at ${table.columns[best]} (${Math.round(100 * table.weights[i][best])} % of the ${table.kind}).`;
  };
  const clear = () => cells.forEach((cell) => cell.style.removeProperty("--weight"));
  words.forEach((word, i) => over(word, () => show(i), clear));
  const image = element("img", { src: pictured(table.image), alt: "The image as the model sees it" });
  return [element("div", { class: "seen" }, image, veil), said,
    heading(tools.model.pins ? "Caption: press a piece to choose another one" : "Caption"),
    element("p", { class: "pieces target", dir: "auto" }, ...words), exchangeable(table.rows, words, tools)];
}
