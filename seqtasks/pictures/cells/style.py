"""How a page of cells looks, and what it does when a unit is chosen."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b2733; --quiet: #5f6c79; --line: #e3e8ee; --raised: #f5f7f9;
  --minus: 104 160 232; --plus: 238 118 106; --rule: 27 39 51; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #10151b; --ink: #dfe6ee; --quiet: #8b98a6; --line: #26303a; --raised: #18202a;
    --minus: 36 92 164; --plus: 160 52 50; --rule: 223 230 238; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
  font-family: system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif; }
header { position: sticky; top: 0; z-index: 1; padding: 1rem 2rem .75rem; background: var(--paper);
  border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
small { color: var(--quiet); font-weight: 400; font-size: .85rem; }
.picker { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; }
.picker p { margin: 0; }
label { color: var(--quiet); }
button, select, input { font: inherit; color: var(--ink); background: var(--raised); border: 1px solid var(--line);
  border-radius: 6px; padding: .15rem .6rem; }
input { width: 5.5rem; }
button { cursor: pointer; }
button:hover { border-color: var(--quiet); }
:focus-visible { outline: 2px solid rgb(var(--minus)); outline-offset: 1px; }
#said { flex: 1 1 16rem; font-variant-numeric: tabular-nums; }
.scale { display: flex; align-items: center; gap: .4rem; color: var(--quiet); font-size: .85rem;
  font-variant-numeric: tabular-nums; }
.ramp { width: 9rem; height: .8rem; border-radius: 4px; border: 1px solid var(--line);
  background: linear-gradient(to right, rgb(var(--minus)), var(--paper), rgb(var(--plus))); }
main { display: grid; grid-template-columns: minmax(0, 1fr) 19rem; gap: 2rem; padding: 1.25rem 2rem 3rem;
  max-width: 90rem; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; font-size: .95rem; line-height: 1.75;
  font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Noto Sans Mono", monospace; }
pre span { padding: .12rem 0; background-color: rgb(var(--tone, 0 0 0) / var(--share, 0));
  box-shadow: inset 0 -2px rgb(var(--rule) / var(--held, 0)); }
pre span:hover { outline: 1px solid var(--quiet); }
nav { position: sticky; top: 7rem; align-self: start; max-height: calc(100vh - 8rem); overflow: auto; padding: 2px; }
.end::before { content: "↵"; opacity: .3; }
nav h2 { font-size: .95rem; margin: 0 0 .3rem; }
nav section { margin-bottom: 1.1rem; }
nav button { display: block; width: 100%; margin: 0; padding: .1rem .6rem; text-align: start; border-color: transparent;
  background: none; font-size: .9rem; font-variant-numeric: tabular-nums; }
nav button[aria-pressed="true"] { background: var(--raised); border-color: var(--line); font-weight: 600; }
.faint { color: var(--quiet); }
nav p, noscript p { color: var(--quiet); font-size: .85rem; }
noscript p { margin: 1rem 2rem 0; }
#tip { position: fixed; z-index: 2; padding: .1rem .5rem; border-radius: 6px; background: var(--ink);
  color: var(--paper); font-size: .85rem; white-space: pre; pointer-events: none; font-variant-numeric: tabular-nums; }
@media (max-width: 52rem) {
  main { grid-template-columns: minmax(0, 1fr); }
  header, nav { position: static; max-height: none; }
}
"""

SCRIPT = """
"use strict";
const at = id => document.getElementById(id);
const facts = JSON.parse(at("facts").textContent);
const bytes = id => Int8Array.from(atob(at(id).textContent), character => character.charCodeAt(0));
const activations = bytes("activations"), properties = bytes("properties");
const row = (values, number) => values.subarray(number * facts.steps, (number + 1) * facts.steps);
const spans = [...at("text").children], buttons = [...document.querySelectorAll("nav button")];
const total = facts.scales.length, tip = at("tip");
let unit = 0, property = -1;

const signed = (value, digits) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);
const held = value => value / 127 * facts.scales[unit];

function correlation(one, other) {
  const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
  const means = [mean(one), mean(other)], sums = [0, 0, 0];
  one.forEach((value, i) => {
    const x = value - means[0], y = other[i] - means[1];
    sums[0] += x * y; sums[1] += x * x; sums[2] += y * y;
  });
  return sums[1] * sums[2] ? sums[0] / Math.sqrt(sums[1] * sums[2]) : 0;
}

function show(number, chosen = property) {
  unit = (number + total) % total;
  const values = row(activations, unit), marks = chosen < 0 ? null : row(properties, chosen);
  spans.forEach((span, i) => {
    span.style.setProperty("--tone", values[i] < 0 ? "var(--minus)" : "var(--plus)");
    span.style.setProperty("--share", Math.abs(values[i]) / 127);
    if (chosen !== property) span.style.setProperty("--held", marks[i] / 127);
  });
  property = chosen;
  const is_listed = button => +button.dataset.property === property && +button.dataset.unit === unit;
  for (const button of buttons) button.setAttribute("aria-pressed", is_listed(button));
  const layer = Math.floor(unit / facts.units) + 1, place = unit % facts.units + 1, listed = buttons.find(is_listed);
  at("layer").value = layer;
  at("unit").value = place;
  let said = `layer ${layer} unit ${place}`;
  if (marks) {
    const r = listed ? +listed.dataset.r : correlation(values, marks);
    said += `, ${facts.properties[property]}: r = ${signed(r, 2)}`;
  }
  at("said").textContent = said;
  const most = facts.scales[unit], digits = most === 1 ? 0 : 2;
  at("least").textContent = signed(-most, digits);
  at("most").textContent = signed(most, digits);
  tip.hidden = true;
}

function pick() {
  const place = Math.min(Math.max(Math.round(+at("unit").value) || 1, 1), facts.units);
  show((at("layer").value - 1) * facts.units + place - 1);
}

at("previous").onclick = () => show(unit - 1);
at("next").onclick = () => show(unit + 1);
at("layer").onchange = at("unit").onchange = pick;
for (const button of buttons) button.onclick = () => show(+button.dataset.unit, +button.dataset.property);
document.addEventListener("keydown", event => {
  const moves = { ArrowLeft: -1, ArrowRight: 1 };
  if (!(event.key in moves) || event.altKey || event.ctrlKey || event.metaKey) return;
  if (["INPUT", "SELECT"].includes(event.target.tagName)) return;
  event.preventDefault();
  show(unit + moves[event.key]);
});
at("text").addEventListener("pointerover", event => {
  const number = spans.indexOf(event.target);
  tip.hidden = number < 0;
  if (tip.hidden) return;
  const piece = event.target.textContent, value = held(row(activations, unit)[number]);
  const shown = piece === "\\n" ? "line end" : piece === "\\t" ? "tab" : piece.trim() ? `“${piece}”` : "blank";
  tip.textContent = `${shown}  ${signed(value, 2)}`;
  const box = event.target.getClientRects()[0];
  tip.style.left = Math.min(box.left, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = (box.top > 40 ? box.top - tip.offsetHeight - 4 : box.bottom + 4) + "px";
});
at("text").addEventListener("pointerleave", () => { tip.hidden = true; });
addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

if (buttons.length) show(+buttons[0].dataset.unit, +buttons[0].dataset.property);
else show(0);
"""
