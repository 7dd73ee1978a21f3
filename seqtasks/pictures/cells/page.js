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
  const shown = piece === "\n" ? "line end" : piece === "\t" ? "tab" : piece.trim() ? `“${piece}”` : "blank";
  tip.textContent = `${shown}  ${signed(value, 2)}`;
  const box = event.target.getClientRects()[0];
  tip.style.left = Math.min(box.left, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = (box.top > 40 ? box.top - tip.offsetHeight - 4 : box.bottom + 4) + "px";
});
at("text").addEventListener("pointerleave", () => { tip.hidden = true; });
addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

if (buttons.length) show(+buttons[0].dataset.unit, +buttons[0].dataset.property);
else show(0);
