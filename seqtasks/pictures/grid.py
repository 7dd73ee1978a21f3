"""A grid of shaded cells with labels along the top and down the side."""

import math

from seqtasks.pictures.canvas import LINE, QUIET, blues, both_ways, new_figure, text_width
from seqtasks.pictures.fonts import BASE, families_for
from seqtasks.pictures.pieces import BOUNDARY, display_width, elide, visible

LONGEST_LABEL = 28
SLANT = math.radians(45)
# Widths in inches of the words in the corner and of the colour scale.
CORNER, SCALE = 0.85, 1.6


def label(text):
    """Returns `text` as it labels a row or column."""
    # Set at this size the word-boundary mark is a heavy bar; the low macron is the same mark drawn thin.
    return elide(visible(text), columns=LONGEST_LABEL).replace(BOUNDARY, "\N{MODIFIER LETTER LOW MACRON}")


def families(labels, suffix):
    """Returns the fonts for a picture: installed ones for a PNG, for an SVG those of the viewer, which keeps text."""
    return families_for("".join(labels)) if suffix == ".png" else [BASE, "sans-serif"]


def draw_grid(shades, rows, columns, *, cell, size, across, down, scale, most=None):
    """Returns (figure, axes); in the axes a cell is 1 by 1, the first at the top left.

    Args:
        shades: (rows, columns) numbers from 0, white, to 1, deep blue.
        rows, columns: labels, see `label`.
        cell: side of a cell in inches.
        size: size of the labels in points.
        across, down: names of the columns and of the rows.
        scale: name of the shades.
        most: for shades of either sign, what the ends of the scale, -1 and 1, stand for.
    """
    widths = [label_width(column, size) for column in columns]
    flat = all(width < 0.95 * cell for width in widths)
    wide, high = max(len(columns), 1) * cell, max(len(rows), 1) * cell

    left = max([label_width(row, size) for row in rows] + [CORNER]) + 0.35
    lean, rise = (0.5, 0.0) if flat else (math.cos(SLANT), math.sin(SLANT))
    ends = [(number + 0.5) * cell + lean * width for number, width in enumerate(widths)]
    right = max([*ends, wide, SCALE]) - wide + 0.3
    top = max([rise * width for width in widths] + [0.4]) + 0.35
    total_width, total_height = left + wide + right, top + high + 0.8

    figure = new_figure(total_width, total_height)

    def box(x, y, width, height):
        return (x / total_width, y / total_height, width / total_width, height / total_height)

    axes = figure.add_axes(box(left, 0.8, wide, high))
    _draw_cells(axes, shades, rows, columns, signed=most is not None)
    _draw_labels(axes, rows, columns, size=size, flat=flat)
    for text, above in ((f"{across} \N{RIGHTWARDS ARROW}", 0.36), (f"{down} \N{DOWNWARDS ARROW}", 0.12)):
        x, y, _, _ = box(left - 0.1, 0.8 + high + above, 0, 0)
        figure.text(x, y, text, ha="right", color=QUIET, fontsize=10)
    _draw_scale(figure.add_axes(box(left, 0.42, SCALE, 0.1)), scale, most)
    return figure, axes


def _draw_cells(axes, shades, rows, columns, *, signed):
    axes.set_xlim(0, max(len(columns), 1))
    axes.set_ylim(max(len(rows), 1), 0)
    for edge in axes.spines.values():
        edge.set_color(LINE)
        edge.set_visible(bool(rows))
    if rows:
        colors = {"cmap": both_ways() if signed else blues(), "vmin": -1 if signed else 0, "vmax": 1}
        axes.pcolormesh(shades, **colors, edgecolors=LINE, linewidth=0.5)


def _draw_labels(axes, rows, columns, *, size, flat):
    # A piece such as "$x$" is text, never mathematics.
    plain = {"parse_math": False, "fontsize": size}
    axes.tick_params(length=0, pad=6, top=False, labeltop=True, labelbottom=False)
    slanted = {"rotation": 45, "rotation_mode": "anchor", "ha": "left", "va": "center"}
    place = {"ha": "center", "va": "baseline"} if flat else slanted
    axes.set_xticks([number + 0.5 for number in range(len(columns))], columns, **place, **plain)
    axes.set_yticks([number + 0.5 for number in range(len(rows))], rows, **plain)


def _draw_scale(axes, name, most):
    steps = 40
    colors, ends = (blues(), ("0", "0.5", "1")) if most is None else (both_ways(), (f"{-most:.1f}", "0", f"{most:.1f}"))
    axes.pcolormesh([[(step + 0.5) / steps for step in range(steps)]], cmap=colors, vmin=0, vmax=1)
    axes.set_xticks([0, steps / 2, steps], ends, fontsize=9, color=QUIET)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=3)
    axes.set_title(name, fontsize=9, color=QUIET, loc="left", pad=4, parse_math=False)
    for edge in axes.spines.values():
        edge.set_color(LINE)


def label_width(text, size):
    """Returns the width in inches of a label of `size` points, at least one em for each wide character.

    The fonts that draw an SVG cannot be measured here; the estimate keeps its labels inside the picture.
    """
    return max(text_width(text, size=size), display_width(text) / 2 * size / 72)
