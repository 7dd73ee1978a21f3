// The page: the state is in the address, each chosen model answers the input in a panel of its own.
import { element, opened, pictured } from "./parts.js";

const token = document.querySelector("meta[name=token]").content;
const [first, second, typed, text, drop, file, examples, differ, status, panels] =
  ["first", "second", "typed", "text", "drop", "file", "examples", "differ", "status", "panels"].map((id) => document.getElementById(id));
const views = {};
// An image that was chosen, in base64; it is too large for the address, which has the number of an example instead.
let models = [], shown = [], waiting = null, chosen = null;

const state = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

function setState(changes) {
  const next = new URLSearchParams({ ...state(), ...changes });
  for (const [key, value] of [...next]) if (value === "") next.delete(key);
  history.replaceState(null, "", `#${next}`);
}

async function asked(route, body, signal) {
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const headers = { "Content-Type": "application/json", "X-Seqtasks-Token": token };
  for (;;) {
    const answer = await fetch(`api/${route}`, { ...options, headers, signal });
    if (answer.ok) return answer;
    if (answer.status !== 503) throw new Error((await answer.json()).error);
    await new Promise((done) => setTimeout(done, 300));
  }
}

const ask = async (route, body, signal) => (await asked(route, body, signal)).json();

// Calls `each` with every text of an answer that comes in lines.
async function stream(route, body, signal, each) {
  const reader = (await asked(route, body, signal)).body.pipeThrough(new TextDecoderStream()).getReader();
  for (let left = "";;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (left + value).split("\n");
    left = lines.pop();
    lines.forEach((line) => each(JSON.parse(line).text));
  }
}

function told(error) {
  if (error.name !== "AbortError") status.textContent = error.message;
}

// Panels

function panel(slot, number) {
  const model = models[number];
  const score = Object.entries(model.score).map(([name, value]) => `${name.replaceAll("_", " ")} ${Math.round(100 * value) / 100}`);
  const view = element("div", { class: "view" });
  const made = element("section", { "aria-busy": "false", "aria-label": model.name },
    element("h2", {}, model.name),
    element("p", { class: "facts" }, [model.task, model.kind, model.corpus, ...score].filter(Boolean).join(" · ")),
    view,
    element("p", { class: "tools" }, element("button", { type: "button", class: "save", onclick: () => save(made, model) },
      "Save as HTML")));
  return { slot, number, model, made, view, calls: null, found: null };
}

async function refresh(one) {
  one.calls?.abort();
  one.calls = new AbortController();
  const { signal } = one.calls, prefix = state()[`pin${one.slot}`] || "";
  const input = given(one.model);
  if (input === null) return;
  one.made.setAttribute("aria-busy", "true");
  try {
    views[one.model.task] ??= await import(`./views/${one.model.task}.js`);
    const body = { model: one.number, text: input };
    const found = await ask("answer", { ...body, prefix }, signal);
    const tools = {
      model: one.model, text: input, prefix,
      ask: (route, more) => ask(route, { ...body, ...more }, signal).catch(told),
      stream: (route, more, stop, each) =>
        stream(route, { ...body, ...more }, AbortSignal.any([signal, stop]), each).catch(told),
      get: (name) => state()[name], set: setState, type,
      pin: (beginning) => { setState({ [`pin${one.slot}`]: beginning }); refresh(one); },
    };
    one.found = found;
    one.view.replaceChildren();
    if (found.unexplained) one.view.append(element("p", { class: "note" }, found.unexplained));
    const notes = [];
    if (found.cut) notes.push(`too long: its ${found.unread} was not read`);
    if (found.unknown > 0) notes.push(`${Math.round(100 * found.unknown)} % is not in the vocabulary`);
    if (notes.length) one.view.append(element("p", { class: "note" }, `The ${one.model.reads.slice(0, -1)}: ${notes.join("; ")}.`));
    views[one.model.task].draw(one.view, found, tools);
    status.textContent = "";
    differences();
  } catch (error) {
    told(error);
    if (error.name === "AbortError") return;
    if (error.message.includes("prefix") && prefix) { setState({ [`pin${one.slot}`]: "" }); refresh(one); }
  }
  one.made.setAttribute("aria-busy", "false");
}

// Words of two answers that are not in their longest common subsequence are marked.
function differences() {
  if (shown.length < 2 || shown.some((one) => !one.found || one.found.entities)) return;
  const words = shown.map((one) => one.found.text.split(" ")), [a, b] = words;
  const best = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    }
  }
  const same = [new Set(), new Set()];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) { same[0].add(i++); same[1].add(j++); }
    else if (best[i + 1][j] >= best[i][j + 1]) i++;
    else j++;
  }
  shown.forEach((one, side) => one.view.querySelector(".answer")?.replaceChildren(...words[side].flatMap((word, i) =>
    [i ? " " : "", same[side].has(i) ? word : element("mark", {}, word)])));
}

// What a model reads: the text, or an image in base64; null if there is none.
function given(model) {
  if (model.reads === "texts") return state().text || "";
  return chosen ?? models[Number(state().a) || 0].examples[Number(state().example) || 0] ?? null;
}

async function save(made, model) {
  const style = await (await fetch("page.css")).text();
  const copy = made.cloneNode(true);
  copy.querySelectorAll(".tools, .choices, .free, .options, .unasked").forEach((part) => part.remove());
  copy.querySelectorAll("details").forEach((part) => part.setAttribute("open", ""));
  // As text, since the policy of this page forbids style sheets inside it.
  const body = element("main", {}, model.reads === "texts" && element("p", { dir: "auto", class: "flow" }, text.value), copy);
  const parts = ["<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n", element("title", {}, model.name).outerHTML,
    "\n<style>\n", style, "</style>\n", body.outerHTML, "\n"];
  const blob = new Blob(parts, { type: "text/html" });
  const link = element("a", { href: URL.createObjectURL(blob), download: `${model.task}.html` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Start and changes

function arrange() {
  const { a = "0", b = "" } = state();
  const number = /^\d+$/.test(a) && models[a] ? Number(a) : 0, { reads } = models[number];
  const beside = models.map((model, i) => i).filter((i) => models[i].reads === reads);
  second.replaceChildren(element("option", { value: "" }, "nothing"),
    ...beside.map((i) => element("option", { value: i }, models[i].name)));
  first.value = number;
  second.value = beside.includes(Number(b || -1)) ? b : "";
  typed.hidden = reads !== "texts";
  drop.hidden = reads !== "images";
  shown.forEach((one) => one.calls?.abort());
  shown = [number, ...second.value ? [Number(second.value)] : []].map((one, slot) => panel(slot, one));
  panels.replaceChildren(...shown.map((one) => one.made));
  examples.replaceChildren(...models[number].examples.map((example, i) => offered(example, i, reads, () => look(null, i))));
  differ.replaceChildren(...differing());
  shown.forEach(refresh);
}

// An example to click.
const offered = (example, i, reads, choose) => (reads === "texts"
  ? element("button", { type: "button", dir: "auto", onclick: () => type(example) },
    example.length > 120 ? `${example.slice(0, 60)}…` : example)
  : element("button", { type: "button", onclick: choose }, element("img", { src: pictured(example), alt: `Example ${i + 1}` })));

// Of two runs of one corpus, the examples whose answers differ most.
function differing() {
  const [one, other] = shown.map(({ model }) => model);
  if (!other || one === other || one.task !== other.task || !one.fingerprint || one.fingerprint !== other.fingerprint) return [];
  const asks = () => ask("differing", { model: shown[0].number, other: shown[1].number }).catch(told);
  return [opened("Dev examples where the two differ most", "differ", { get: (name) => state()[name], set: setState }, asks, (found) => [
    element("p", { class: "note" }, (found.kept ? `Of the ${found.of} dev examples whose answers evaluate kept, `
      : `Of the ${found.of} dev examples that the first run keeps, both answered now, `)
      + `${found.differing} have answers that differ; first those that differ most, by ${found.by}.`),
    element("p", { class: "examples" }, ...found.inputs.map((input, i) => offered(input, i, one.reads, () => look(input))))])];
}

function type(input) {
  if (text.value !== input) text.value = input;
  setState({ text: input, pin0: "", pin1: "" });
  shown.forEach(refresh);
}

// Shows an image in base64, or the example of a number.
function look(image, example) {
  chosen = image;
  setState({ example: image ? "" : example, pin0: "", pin1: "" });
  shown.forEach(refresh);
}

async function load(blob) {
  if (!blob) return;
  const reader = new FileReader();
  reader.onload = () => look(reader.result.replace(/^[^,]*,/, ""));
  reader.onerror = () => told(reader.error);
  reader.readAsDataURL(blob);
}

file.addEventListener("change", () => load(file.files[0]));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (!drop.hidden) load(event.dataTransfer.files[0]);
});
text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => type(text.value), 80);
});
first.addEventListener("change", () => {
  const before = shown[0].model, { task, reads, examples: [example] } = models[first.value];
  // An example of another task gives way to one of this task.
  const anew = reads === "texts" && example && task !== before.task && before.examples.includes(text.value);
  if (anew) text.value = example;
  setState({ a: first.value, pin0: "", ...anew && { text: example } });
  chosen = null;
  arrange();
});
second.addEventListener("change", () => { setState({ b: second.value, pin1: "" }); arrange(); });
addEventListener("hashchange", () => { text.value = state().text || ""; arrange(); });

try {
  models = await ask("models");
  first.append(...models.map((model, i) => element("option", { value: i }, model.name)));
  const writer = models.find((model) => model.reads === "texts" && model.examples.length);
  if (state().text === undefined && writer) setState({ text: writer.examples[0] });
  text.value = state().text || "";
  arrange();
} catch (error) { told(error); }
