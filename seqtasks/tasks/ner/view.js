// NER: the text with its entities, a legend, what each word leans on, and the tags to copy.
import { element, heading, matrix, percent, visible } from "../parts.js";

const hue = (kind) => [...kind].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);

export function draw(place, found, tools) {
  const kinds = [...new Set(found.entities.map((entity) => entity.type))].sort();
  place.append(element("p", { class: "answer", dir: "auto" }, ...marked(tools.text, found.entities)));
  if (kinds.length) {
    place.append(element("ul", { class: "legend", "aria-label": "Legend" }, ...kinds.map((kind) => {
      const count = found.entities.filter((entity) => entity.type === kind).length;
      return element("li", {}, tagged(element("span", { class: "entity" }, kind), kind), ` ${count}`);
    })));
  }
  const conll = found.words.map((word, i) => `${word}\t${found.tags[i]}\n`).join("");
  place.append(element("p", { class: "tools" }, copier("Copy as CoNLL", conll),
    copier("Copy as JSON", JSON.stringify({ text: tools.text, entities: found.entities }))));
  const rows = found.words.map((word, i) => element("tr", {}, element("th", { scope: "row", dir: "auto" }, visible(word)),
    element("td", {}, found.tags[i]), element("td", {}, percent(found.probabilities[i]))));
  place.append(element("details", {}, element("summary", {}, "Tags and their probabilities"),
    element("div", { class: "frame", tabindex: "0" }, element("table", {}, element("tbody", {}, ...rows)))));
  if (found.table) {
    place.append(element("details", {}, element("summary", {}, "What each word leans on"), matrix(found.table)));
  }
}

const tagged = (made, kind) => { made.style.setProperty("--hue", hue(kind)); return made; };

// Places count characters, which are not the units of JavaScript's strings.
function marked(text, entities) {
  const letters = [...text], parts = [];
  let place = 0;
  for (const { type, begin, end, probability } of entities) {
    parts.push(letters.slice(place, begin).join(""), tagged(element("span", { class: "entity", tabindex: "0",
      title: `${type}, ${percent(probability)}` }, letters.slice(begin, end).join(""),
      element("small", {}, `${type} ${percent(probability)}`)), type));
    place = end;
  }
  return [...parts, letters.slice(place).join("")];
}

function copier(name, text) {
  const button = element("button", { type: "button", onclick: async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = `${name}: done`;
  } }, name);
  return button;
}
