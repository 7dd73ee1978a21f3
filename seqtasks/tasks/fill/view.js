// Fill: each gap in its place in the sentence, with bars of the words that may fill it.
import { bars, element, flow, heading } from "../parts.js";

const SHOWN = 8;

export function draw(place, found, tools) {
  place.append(element("p", { class: "answer", dir: "auto" }, found.text));
  if (!found.gaps.length) {
    place.append(element("p", { class: "note" }, "Mark a gap by ___ to have it filled."));
    return;
  }
  if (found.glued) place.append(element("p", { class: "note" }, "A gap is a whole word, but letters are attached to one."));
  place.append(heading("Each gap, with the likeliest words and their probabilities"),
    element("div", { class: "gaps", dir: "auto" }, ...filled([...tools.text], found)));
  if (found.table) {
    found.table.rows.forEach((word, i) => place.append(heading(`What "${word}" is based on (${found.table.kind})`),
      flow(found.table.columns, found.table.weights[i], found.table.signed)));
  }
}

// Places count characters, which are not the units of JavaScript's strings.
function filled(letters, { gaps, candidates }) {
  const parts = [];
  let place = 0;
  gaps.forEach(({ begin, end }, i) => {
    parts.push(element("span", {}, letters.slice(place, begin).join("")),
      element("div", { class: "gap", role: "group", "aria-label": `Gap ${i + 1}` }, bars(candidates[i].slice(0, SHOWN))));
    place = end;
  });
  return [...parts, element("span", {}, letters.slice(place).join(""))];
}
