// Language model: how likely each piece was and what else was, and a text that is written as it is drawn.
import { bars, element, flow, heading, label, opened, over, percent } from "../parts.js";

export function draw(place, found, tools) {
  if (!found.places) {
    place.append(element("p", { class: "answer", dir: "auto" }, found.text));
    const { table } = found;
    if (table) place.append(heading("What the next piece is based on"), flow(table.columns, table.weights[0]));
    return;
  }
  place.append(...writer(tools), heading("Each piece, marked the stronger the less it was expected"), ...likely(found.places));
}

function likely(places) {
  const shown = element("div", { class: "likely" });
  const buttons = places.map(({ piece, probability }, i) => {
    const free = i === places.length - 1;
    const surprise = free ? 0 : Math.min(1, -Math.log2(Math.max(probability, 1e-9)) / 12);
    return element("button", { type: "button", weight: surprise, class: free ? "next" : null,
      title: free ? "what comes next" : percent(probability) }, free ? "?" : label(piece));
  });
  const show = (i) => {
    const { piece, probability, likeliest } = places[i];
    const free = i === places.length - 1;
    shown.replaceChildren(heading(free ? "What may come next" : `In the place of "${label(piece)}" (${percent(probability)})`),
      bars(likeliest.map(([one, share]) => [label(one), share])));
    buttons.forEach((button, k) => button.setAttribute("aria-pressed", k === i));
  };
  buttons.forEach((button, i) => over(button, () => show(i), () => {}));
  show(places.length - 1);
  return [element("p", { class: "pieces dense", dir: "auto" }, ...buttons), shown];
}

function writer(tools) {
  const { sampling, units } = tools.model;
  const field = (name, text, before, more, change) => element("label", {}, `${text} `, element("input", { type: "number", name,
    value: tools.get(name) ?? before ?? "", ...more, oninput: (event) => { tools.set({ [name]: event.target.value }); change?.(); } }));
  const form = element("p", { class: "options" }, field("temperature", "Temperature", sampling.temperature, { min: 0.05, max: 5, step: 0.05 }),
    field("top_k", "Top k", sampling.top_k, { min: 1, placeholder: "all" }), field("seed", "Seed", sampling.seed, { min: 0 }));
  const numbers = (part) => Object.fromEntries([...part.querySelectorAll("input")].filter((input) => input.value !== "")
    .map((input) => [input.name, Number(input.value)]));
  const colours = element("div", { class: "colours" });
  const chosen = () => { const { layer, unit } = numbers(held); return { layer: layer ?? null, unit: unit ?? null }; };
  const colour = async () => {
    const found = await tools.ask("unit", chosen());
    if (found) colours.replaceChildren(coloured(found));
    return found;
  };
  const again = () => { if (colours.firstChild) colour(); };
  const held = element("p", { class: "options" }, ...units ? [field("layer", "Layer", 1, { min: 1, max: units.layers }, again),
    field("unit", "Unit", 1, { min: 1, max: units.units }, again),
    field("hold", "Hold it at", "", { min: -1, max: 1, step: 0.25, placeholder: "free" })] : []);
  const output = element("p", { class: "written", dir: "auto" });
  let stop = null;
  const take = element("button", { type: "button", hidden: true, onclick: () => tools.type((tools.text + output.textContent).slice(0, 2000)) }, "Look at its pieces");
  const write = element("button", { type: "button", class: "write", onclick: async () => {
    if (stop) { stop.abort(); return; }
    stop = new AbortController();
    output.textContent = "";
    write.textContent = "Stop";
    const { hold } = numbers(held), clamp = hold === undefined ? {} : { clamp: { ...chosen(), value: hold } };
    await tools.stream("write", { ...numbers(form), ...clamp }, stop.signal, (part) => { output.textContent += part; });
    stop = null;
    write.textContent = "Write on";
    take.hidden = !output.textContent;
  } }, "Write on");
  const single = units ? [heading("A single unit: what it follows, and what it does when it is held while the text is written on"), held,
    opened("The text in the colours of this unit", "colours", tools, colour, () => [colours])] : [];
  return [form, element("p", { class: "tools" }, write, take), output, ...single];
}

function coloured({ pieces, values }) {
  const said = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  return element("div", {}, flow(pieces, values, true, said, 1), element("p", { class: "note" },
    element("span", { class: "key", weight: 1 }, "above 0"), " ", element("span", { class: "key against", weight: 1 }, "below 0"),
    " after each piece; the stronger the colour, the nearer to 1 or −1."));
}
