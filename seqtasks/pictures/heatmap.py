"""An attention table as a heat map: source pieces along the top, predicted pieces down the side."""

import math

from seqtasks.pictures.canvas import LINE, QUIET, blues, encode, new_figure, style, text_width
from seqtasks.pictures.fonts import BASE, families_for
from seqtasks.pictures.pieces import BOUNDARY, display_width, elide, visible

LONGEST_LABEL = 28
SLANT = math.radians(45)
# Inches that the words in the corner and the colour scale take.
CORNER, SCALE = 0.85, 1.6


def as_picture(table, suffix):
    """Returns `table` as the bytes of a `.png` or `.svg` picture, which grows with the number of pieces.

    The scale runs from 0 to 1 in every picture, so that two pictures can be compared. An SVG keeps its pieces as text
    for the viewer's fonts to draw; a PNG is drawn with installed fonts, and a warning names what none of them has.
    """
    rows, columns = [_label(piece) for piece in table.rows], [_label(piece) for piece in table.columns]
    families = families_for("".join(rows + columns)) if suffix == ".png" else [BASE, "sans-serif"]
    with style(families=families):
        return encode(_draw(table, rows, columns), suffix)


def _label(piece):
    # Set at this size the word-boundary mark is a heavy bar; the low macron is the same mark drawn thin.
    return elide(visible(piece), columns=LONGEST_LABEL).replace(BOUNDARY, "\N{MODIFIER LETTER LOW MACRON}")


def _draw(table, rows, columns):
    long = max(len(rows), len(columns)) > 40
    cell, size = (0.27, 9.5) if long else (0.38, 12.5)
    widths = [_label_width(column, size) for column in columns]
    flat = all(width < 0.95 * cell for width in widths)
    wide, high = max(len(columns), 1) * cell, max(len(rows), 1) * cell

    left = max([_label_width(row, size) for row in rows] + [CORNER]) + 0.35
    lean, rise = (0.5, 0.0) if flat else (math.cos(SLANT), math.sin(SLANT))
    ends = [(number + 0.5) * cell + lean * width for number, width in enumerate(widths)]
    right = max([*ends, wide, SCALE]) - wide + 0.3
    top = max([rise * width for width in widths] + [0.4]) + 0.35
    total_width, total_height = left + wide + right, top + high + 0.8

    figure = new_figure(total_width, total_height)

    def box(x, y, width, height):
        return (x / total_width, y / total_height, width / total_width, height / total_height)

    axes = figure.add_axes(box(left, 0.8, wide, high))
    _draw_cells(axes, table)
    _draw_labels(axes, rows, columns, size=size, flat=flat)
    for text, above in (("source \N{RIGHTWARDS ARROW}", 0.36), ("prediction \N{DOWNWARDS ARROW}", 0.12)):
        x, y, _, _ = box(left - 0.1, 0.8 + high + above, 0, 0)
        figure.text(x, y, text, ha="right", color=QUIET, fontsize=10)
    _draw_scale(figure.add_axes(box(left, 0.42, SCALE, 0.1)), table.kind)
    return figure


def _draw_cells(axes, table):
    axes.set_xlim(0, max(len(table.columns), 1))
    axes.set_ylim(max(len(table.rows), 1), 0)
    for edge in axes.spines.values():
        edge.set_color(LINE)
        edge.set_visible(bool(table.rows))
    if table.rows:
        axes.pcolormesh(table.weights, cmap=blues(), vmin=0, vmax=1, edgecolors=LINE, linewidth=0.5)
    else:
        axes.text(0.15, 0.5, "nothing was predicted", color=QUIET, va="center", fontsize=10.5)


def _draw_labels(axes, rows, columns, *, size, flat):
    # A piece such as "$x$" is text, never mathematics.
    plain = {"parse_math": False, "fontsize": size}
    axes.tick_params(length=0, pad=6, top=False, labeltop=True, labelbottom=False)
    slanted = {"rotation": 45, "rotation_mode": "anchor", "ha": "left", "va": "center"}
    place = {"ha": "center", "va": "baseline"} if flat else slanted
    axes.set_xticks([number + 0.5 for number in range(len(columns))], columns, **place, **plain)
    axes.set_yticks([number + 0.5 for number in range(len(rows))], rows, **plain)


def _draw_scale(axes, kind):
    steps = 40
    axes.pcolormesh([[(step + 0.5) / steps for step in range(steps)]], cmap=blues(), vmin=0, vmax=1)
    axes.set_xticks([0, steps / 2, steps], ["0", "0.5", "1"], fontsize=9, color=QUIET)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=3)
    axes.set_title(f"{kind} weight", fontsize=9, color=QUIET, loc="left", pad=4, parse_math=False)
    for edge in axes.spines.values():
        edge.set_color(LINE)


def _label_width(label, size):
    """Returns the width of `label` in inches, at least one em for each wide character.

    An SVG is drawn by fonts that nobody can measure here; the estimate keeps its labels inside the picture.
    """
    return max(text_width(label, size=size), display_width(label) / 2 * size / 72)
