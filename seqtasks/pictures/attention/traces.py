"""A series: its channels as lines, one below the other, on a ground that is shaded by the weights of the steps."""

from html import escape

import numpy as np

from seqtasks.pictures.attention.words import strengths
from seqtasks.pictures.canvas import INK, LINE, QUIET, blues, both_ways, encode, new_figure, style
from seqtasks.pictures.grid import families, label
from seqtasks.pictures.pieces import elide, visible
from seqtasks.series.line import vectors_of

# Inches: width of a series, height of a channel, space left and right of it, above each panel and below the last.
WIDTH, LANE, LEFT, RIGHT, HEAD, FOOT = 8.0, 0.16, 1.1, 0.2, 0.42, 0.45
LOWEST = 0.8
# Channels that are drawn, and shown in a terminal.
MOST, FEW = 32, 8
# Units of the drawing in a page: its width, and the height of a channel.
_WIDE, _HIGH = 1000, 22
_SPARKS, _FOR, _AGAINST = "▁▂▃▄▅▆▇█", " ░▒▓█", " -=≡#"

HTML_STYLE = """
.traces { width: 100%; max-width: 60rem; height: auto; display: block; border-radius: 4px;
  box-shadow: 0 0 0 1px var(--line); }
.traces rect { fill: rgb(var(--heat) / var(--weight)); }
.traces rect.against { fill: rgb(var(--against) / var(--weight)); }
.traces polyline { fill: none; stroke: var(--ink); stroke-width: 1.2; vector-effect: non-scaling-stroke; }
.traces path { stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
.names { color: var(--quiet); font-size: .85rem; }
"""


def lanes_of(table, most=MOST):
    """Returns the values of channels (channels, steps), each between 0 and 1, 0.5 if constant, NaN where missing."""
    values = vectors_of(table.columns, len(table.channels)).T[:most]
    if not values.size:
        return values
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=1, keepdims=True)
    high = np.where(known, values, -np.inf).max(axis=1, keepdims=True)
    size = np.where(high > low, high - low, 1)
    return np.where(high > low, (values - low) / size, np.where(known, 0.5, np.nan))


def heading_of(table, row):
    """Returns what a row is: its steps, and what the weights of the strongest ones are, as text."""
    (first, end), weights = table.spans[row], table.weights[row]
    where = f"step {first + 1:,}" if end == first + 1 else f"steps {first + 1:,} to {end:,}"
    if table.signed:
        most = [
            f"{what}: step {place + 1:,}, {weights[place]:+.2f}"
            for what, place in (("for", weights.argmax()), ("against", weights.argmin()))
            if (weights[place] > 0 if what == "for" else weights[place] < 0)
        ]
        return f"{where}; " + "; ".join([*most, f"together {weights.sum():+.2f} nats"])
    return f"{where}; most: step {weights.argmax() + 1:,}, {100 * float(weights.max()):.1f} %"


def note_of(table):
    """Returns a sentence that explains the ground."""
    hidden = len(table.channels) - MOST
    more = f" {hidden:,} more channels are not drawn." if hidden > 0 else ""
    if table.signed:
        return (
            "Blue steps speak for the label, orange ones against it: what each adds to log p, in nats (integrated "
            f"gradients).{more}"
        )
    return f"The darker the ground of a step, the more {table.kind} weight it has.{more}"


def as_picture(table, suffix):
    """Returns a table of the layout "series" as the bytes of a `.png` or `.svg` picture, a panel for each row.

    The ground is shaded relative to the largest weight of the row; dashed lines are the ends of its own steps. Each
    channel fills a strip of its own from its smallest value to its largest.
    """
    names = [label(name) for name in table.channels[:MOST]]
    rows = [label(row) for row in table.rows]
    with style(families=families([*names, *rows], suffix)):
        return encode(_draw(table, rows, names), suffix)


def _draw(table, rows, names):
    lanes = lanes_of(table)
    tall = max(LOWEST, LANE * len(names))
    height = max(1, len(rows)) * (tall + HEAD) + FOOT
    width = LEFT + WIDTH + RIGHT
    figure = new_figure(width, height)
    for number, row in enumerate(rows):
        bottom = height - (number + 1) * (tall + HEAD)
        axes = figure.add_axes((LEFT / width, bottom / height, WIDTH / width, tall / height))
        _draw_panel(axes, table, number, lanes, names)
        y = (bottom + tall + 0.1) / height
        shown = figure.text(LEFT / width, y, row, fontsize=12.5, parse_math=False)
        place = LEFT / width + shown.get_window_extent().width / figure.dpi / width + 0.12 / width
        figure.text(place, y, f"({heading_of(table, number)})", color=QUIET, fontsize=9, parse_math=False)
    note = note_of(table) if rows else "nothing was predicted"
    figure.text(LEFT / width, 0.15 / height, note, color=QUIET, fontsize=9, parse_math=False)
    return figure


def _draw_panel(axes, table, number, lanes, names):
    count, steps = lanes.shape
    shades, (first, end) = strengths(table.weights[number]), table.spans[number]
    colors = {"cmap": both_ways(), "vmin": -1.4} if table.signed else {"cmap": blues(), "vmin": 0}
    # Not up to the darkest, so that lines are seen.
    axes.imshow(shades[np.newaxis], aspect="auto", extent=(0, steps, 0, count), vmax=1.4, **colors)
    places = np.arange(steps) + 0.5
    for lane, values in enumerate(lanes):
        axes.plot(places, count - 1 - lane + 0.1 + 0.8 * values, color=INK, linewidth=0.8, solid_capstyle="round")
    if (first, end) != (0, steps):
        for edge in (first, end):
            axes.axvline(edge, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xlim(0, steps)
    axes.set_ylim(0, count)
    axes.tick_params(length=0, labelsize=8, labelcolor=QUIET)
    axes.set_yticks(count - 0.5 - np.arange(count), names, parse_math=False)
    axes.set_xticks([])
    for edge in axes.spines.values():
        edge.set_color(LINE)


def as_html(table):
    """Returns the series once for each row as HTML; a step has its values and its weight as a tooltip."""
    lanes, parts = lanes_of(table), []
    lines = "".join(map(_line, range(len(lanes)), lanes))
    for number, row in enumerate(table.rows):
        head = f'<span dir="auto">{escape(visible(row))}</span> <small>{escape(heading_of(table, number))}</small>'
        parts.append(f"<h2>{head}</h2>\n{_svg(table, number, len(lanes), lines)}")
    names = ", ".join(escape(visible(name)) for name in table.channels[:MOST])
    return "\n".join(
        [*parts, f'<p class="names">Channels from the top: {names}.</p>', f"<p>{escape(note_of(table))}</p>"]
    )


def _svg(table, number, count, lines):
    high, wide = count * _HIGH, _WIDE / len(table.columns)
    grounds = []
    for step, (weight, share) in enumerate(zip(table.weights[number], strengths(table.weights[number]), strict=True)):
        amount = f"{weight:+.3f} nats" if table.signed else f"{100 * float(weight):.2f} %"
        title = escape(f"step {step + 1:,}: {amount}; {elide(visible(table.columns[step]), columns=80)}", quote=True)
        tone = ' class="against"' if share < 0 else ""
        grounds.append(
            f'<rect{tone} x="{step * wide:.2f}" y="0" width="{wide:.2f}" height="{high}" '
            f'style="--weight:{0.7 * abs(share):.3g}"><title>{title}</title></rect>'
        )
    first, end = table.spans[number]
    edges = (
        ""
        if end - first == len(table.columns)
        else f'<path d="M{first * wide:.2f} 0V{high}M{end * wide:.2f} 0V{high}"/>'
    )
    return (
        f'<svg class="traces" viewBox="0 0 {_WIDE} {high}" preserveAspectRatio="none" role="img">'
        f'{"".join(grounds)}<g pointer-events="none">{lines}{edges}</g></svg>'
    )


def _line(lane, values):
    """Returns the stretches of a channel between missing values as SVG."""
    wide, parts, stretch = _WIDE / len(values), [], []
    for step, value in enumerate([*values, np.nan]):
        if np.isfinite(value):
            y = _HIGH * (lane + 0.9 - 0.8 * value)
            # The first step has a width too, so that a single one is seen.
            stretch += [f"{(step + 0.1) * wide:.1f},{y:.1f}"] * (not stretch) + [f"{(step + 0.5) * wide:.1f},{y:.1f}"]
        elif stretch:
            parts.append(f'<polyline points="{" ".join(stretch)}"/>')
            stretch = []
    return "".join(parts)


def as_text(table, *, width, colored=None):
    """Returns the channels as bars, the first eight, and below them for each row the shades of its steps.

    Where there are more steps than places in a line, a place stands for several: the mean of their values, the sum of
    their weights. `colored` is a function of a text and a strength to the text in colour; without it, weights against
    the label are dashes.
    """
    names = [elide(visible(name), columns=12) for name in table.channels[:FEW]]
    side = max([*map(len, names), 0]) + 1
    parts = np.array_split(np.arange(len(table.columns)), max(1, min(len(table.columns), width - side)))
    lines = []
    for name, values in zip(names, lanes_of(table, FEW), strict=True):
        known = (values[part][np.isfinite(values[part])] for part in parts)
        means = [one.mean() if one.size else None for one in known]
        bars = (" " if mean is None else _SPARKS[min(7, int(8 * mean))] for mean in means)
        lines.append(f"{name:>{side - 1}} {''.join(bars)}")
    hidden = len(table.channels) - FEW
    lines += [f"{'':>{side}}({hidden:,} more channels)"] if hidden > 0 else []
    for number, row in enumerate(table.rows):
        shades = strengths(np.array([table.weights[number][part].sum() for part in parts]))
        first, end = table.spans[number]
        inside = "".join("─" if part[0] < end and part[-1] >= first else " " for part in parts)
        lines += ["", f"{elide(visible(row), columns=24)} ({heading_of(table, number)})"]
        mark = colored or _shade
        lines += [" " * side + "".join(mark(shade) for shade in shades), " " * side + inside.rstrip()]
    return "\n".join(lines)


def _shade(strength):
    return (_FOR if strength > 0 else _AGAINST)[round(4 * abs(strength))]
