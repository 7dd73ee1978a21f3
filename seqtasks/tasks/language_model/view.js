// Language model: how likely each piece was and what else was, and a text that is written as it is drawn.
import { bars, element, flow, heading, label, over, percent } from "../parts.js";

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
  const { sampling } = tools.model;
  const number = (name, text, more) => element("label", {}, `${text} `, element("input", { type: "number", name,
    value: tools.get(name) ?? sampling[name] ?? "", ...more, oninput: (event) => tools.set({ [name]: event.target.value }) }));
  const form = element("p", { class: "options" }, number("temperature", "Temperature", { min: 0.05, max: 5, step: 0.05 }),
    number("top_k", "Top k", { min: 1, placeholder: "all" }), number("seed", "Seed", { min: 0 }));
  const output = element("p", { class: "written", dir: "auto" });
  let stop = null;
  const take = element("button", { type: "button", hidden: true, onclick: () => tools.type((tools.text + output.textContent).slice(0, 2000)) }, "Look at its pieces");
  const write = element("button", { type: "button", class: "write", onclick: async () => {
    if (stop) { stop.abort(); return; }
    stop = new AbortController();
    output.textContent = "";
    write.textContent = "Stop";
    const values = [...form.querySelectorAll("input")].filter((input) => input.value !== "").map((input) => [input.name, Number(input.value)]);
    await tools.stream("write", Object.fromEntries(values), stop.signal, (part) => { output.textContent += part; });
    stop = null;
    write.textContent = "Write on";
    take.hidden = !output.textContent;
  } }, "Write on");
  return [form, element("p", { class: "tools" }, write, take), output];
}
