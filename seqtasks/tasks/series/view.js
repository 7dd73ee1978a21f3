// Series: its channels as lines, one below the other, on ground that is shaded by what each step adds to a label.
import { bars, element, heading } from "../parts.js";

const WIDE = 1000, HIGH = 22, MOST = 32;

export function draw(place, found) {
  place.append(element("p", { class: "answer", dir: "auto" }, found.text));
  if (found.alternatives.length > 1) place.append(heading("Labels"), bars(found.alternatives));
  const { table } = found;
  if (!table || !table.rows.length) return;
  const lines = lanes(table.columns, table.channels.slice(0, MOST));
  table.rows.forEach((row, i) => {
    const [first, end] = table.spans[i];
    place.append(heading(`What "${row}" is based on, steps ${first + 1} to ${end} (${table.kind})`),
      picture(table, i, lines));
  });
  place.append(element("p", { class: "note" }, `Channels from the top: ${table.channels.slice(0, MOST).join(", ")}.`));
}

// For each channel a number between 0 and 1 for each step, null where it is missing.
function lanes(steps, channels) {
  const values = steps.map((step) => step.split(",").map((field) => (field.trim() ? Number(field) : NaN)));
  return channels.map((_, channel) => {
    const own = values.map((step) => step[channel]), known = own.filter(Number.isFinite);
    const low = Math.min(...known), size = Math.max(...known) - low;
    return own.map((value) => (Number.isFinite(value) ? (size ? (value - low) / size : 0.5) : null));
  });
}

function svg(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function picture(table, row, lines) {
  const weights = table.weights[row], most = Math.max(1e-9, ...weights.map(Math.abs)), wide = WIDE / weights.length;
  const [first, end] = table.spans[row], high = lines.length * HIGH;
  const grounds = weights.map((weight, i) => svg("rect", { x: i * wide, y: 0, width: wide, height: high,
    fill: weight < 0 ? "#c2570c" : "#084594", "fill-opacity": (0.6 * Math.abs(weight)) / most },
    svg("title", {}, `step ${i + 1}: ${weight}; ${table.columns[i]}`)));
  const drawn = lines.map((values, lane) => svg("path", { d: values.map((value, i) => (value === null ? ""
    : `${i && values[i - 1] !== null ? "L" : "M"}${(i + 0.5) * wide} ${HIGH * (lane + 0.9 - 0.8 * value)}`)).join("") }));
  const edges = svg("path", { d: `M${first * wide} 0V${high}M${end * wide} 0V${high}`, "stroke-dasharray": "4 3" });
  const over = svg("g", { fill: "none", stroke: "currentColor", "pointer-events": "none" }, ...drawn, edges);
  return svg("svg", { viewBox: `0 0 ${WIDE} ${high}`, width: "100%", role: "img",
    "aria-label": `the series, shaded for ${table.rows[row]}` }, ...grounds, over);
}
