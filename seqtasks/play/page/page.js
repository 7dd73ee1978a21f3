// The page: the state is in the address, each chosen model answers the text in a panel of its own.
import { element } from "./parts.js";

const token = document.querySelector("meta[name=token]").content;
const [first, second, text, examples, status, panels] =
  ["first", "second", "text", "examples", "status", "panels"].map((id) => document.getElementById(id));
const views = {};
let models = [], shown = [], waiting = null;

const state = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

function setState(changes) {
  const next = new URLSearchParams({ ...state(), ...changes });
  for (const [key, value] of [...next]) if (value === "") next.delete(key);
  history.replaceState(null, "", `#${next}`);
}

async function ask(route, body, signal) {
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const headers = { "Content-Type": "application/json", "X-Seqtasks-Token": token };
  for (;;) {
    const answer = await fetch(`api/${route}`, { ...options, headers, signal });
    if (answer.status !== 503) {
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.error);
      return found;
    }
    await new Promise((done) => setTimeout(done, 300));
  }
}

function told(error) {
  if (error.name !== "AbortError") status.textContent = error.message;
}

// Panels

function panel(slot, number) {
  const model = models[number];
  const score = Object.entries(model.score).map(([name, value]) => `${name} ${Math.round(1e4 * value) / 1e4}`);
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
  const { signal } = one.calls, asked = state(), prefix = asked[`pin${one.slot}`] || "";
  const input = asked.text || "";
  one.made.setAttribute("aria-busy", "true");
  try {
    views[one.model.task] ??= await import(`./views/${one.model.task}.js`);
    const body = { model: one.number, text: input };
    const found = await ask("answer", { ...body, prefix }, signal);
    const tools = {
      model: one.model, text: input, prefix,
      ask: (route, more) => ask(route, { ...body, ...more }).catch(told),
      pin: (beginning) => { setState({ [`pin${one.slot}`]: beginning }); refresh(one); },
    };
    one.found = found;
    one.view.replaceChildren();
    if (found.unexplained) one.view.append(element("p", { class: "note" }, found.unexplained));
    const notes = [];
    if (found.cut) notes.push(`too long: its ${found.unread} was not read`);
    if (found.unknown > 0) notes.push(`${Math.round(100 * found.unknown)} % is not in the vocabulary`);
    if (notes.length) one.view.append(element("p", { class: "note" }, `The text: ${notes.join("; ")}.`));
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

async function save(made, model) {
  const style = await (await fetch("page.css")).text();
  const copy = made.cloneNode(true);
  copy.querySelectorAll(".tools, .choices, .free").forEach((part) => part.remove());
  copy.querySelectorAll("details").forEach((part) => part.setAttribute("open", ""));
  // As text, since the policy of this page forbids style sheets inside it.
  const body = element("main", {}, element("p", { dir: "auto", class: "flow" }, text.value), copy);
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
  const chosen = [a, b].filter((number) => /^\d+$/.test(number)).map(Number).filter((number) => models[number]);
  if (!chosen.length) chosen.push(0);
  first.value = chosen[0];
  second.value = chosen[1] ?? "";
  shown.forEach((one) => one.calls?.abort());
  shown = chosen.map((number, slot) => panel(slot, number));
  panels.replaceChildren(...shown.map((one) => one.made));
  examples.replaceChildren(...models[chosen[0]].examples.map((example) =>
    element("button", { type: "button", dir: "auto", onclick: () => type(example) }, example)));
  shown.forEach(refresh);
}

function type(input) {
  if (text.value !== input) text.value = input;
  setState({ text: input, pin0: "", pin1: "" });
  shown.forEach(refresh);
}

text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => type(text.value), 80);
});
first.addEventListener("change", () => { setState({ a: first.value, pin0: "" }); arrange(); });
second.addEventListener("change", () => { setState({ b: second.value, pin1: "" }); arrange(); });
addEventListener("hashchange", () => { text.value = state().text || ""; arrange(); });

try {
  models = await ask("models");
  const options = () => models.map((model, i) => element("option", { value: i }, model.name));
  first.append(...options());
  second.append(element("option", { value: "" }, "nothing"), ...options());
  if (state().text === undefined && models[0].examples.length) setState({ text: models[0].examples[0] });
  text.value = state().text || "";
  arrange();
} catch (error) { told(error); }
