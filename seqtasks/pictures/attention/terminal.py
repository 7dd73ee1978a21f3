"""An attention table as monospaced text."""

from seqtasks.pictures.attention import tiles, traces
from seqtasks.pictures.attention.words import lines_of, strengths, strongest, words_of
from seqtasks.pictures.pieces import display_width, elide, visible

SHADES = " ░▒▓█"
CELL = 5
LONGEST_ROW, LONGEST_COLUMN = 24, 14
# Backgrounds and inks among the 256 colours, from little to much weight, visible on black and on white.
_COLORS = ((187, 16), (222, 16), (208, 16), (160, 231))
# The same of what speaks against the answer, which is underlined too.
_AGAINST = ((152, 16), (117, 16), (75, 16), (25, 231))


def as_text(table, *, width=80, color=False):
    """Returns `table` as lines of text, at most `width` terminal columns wide if one column of weights fits.

    In a grid a cell is a shade and the weight in percent, `·` below 5. Source pieces that do not fit beside each
    other continue in another block below. Wide East-Asian characters count two columns and combining marks none.

    In a text, words with large weights, relative to the largest of the row, have a coloured background, or without
    `color` up to three pairs of brackets; those that speak against the answer have another colour and are underlined,
    or have braces. Attributions are in nats. Of a series the channels are drawn, and each row has its steps shaded. Of
    an image each piece has a block of shades, relative to its largest
    weight.
    """
    if table.layout == "text":
        return _shaded_texts(table, width, _colored if color else _bracketed)
    if table.layout == "image":
        return tiles.as_text(table, width=width) or "(nothing was predicted)"
    if table.layout == "series":
        mark = (lambda strength: _colored(" ", strength)[0]) if color else None
        return traces.as_text(table, width=width, colored=mark) if table.rows else "(nothing was predicted)"
    rows = [elide(visible(piece), columns=LONGEST_ROW) for piece in table.rows]
    columns = [elide(visible(piece), columns=LONGEST_COLUMN) for piece in table.columns]
    side = max(map(display_width, rows), default=0)
    blocks = [_block(table, rows, columns, side, block) for block in _blocks(columns, width - side)]
    if not table.rows:
        blocks.append("(nothing was predicted)")
    return "\n\n".join(blocks)


def _shaded_texts(table, width, mark):
    words, texts = words_of(table), []
    for row, weights in zip(table.rows, table.weights, strict=True):
        marked = [mark(text, strength) for (_, text), strength in zip(words, strengths(weights), strict=True)]
        sizes = [display_width(text) + brackets for (_, text), (_, brackets) in zip(words, marked, strict=True)]
        texts.append(f"{elide(visible(row), columns=LONGEST_ROW)} ({strongest(words, weights, signed=table.signed)})")
        for line in lines_of(words, sizes, space=1, width=width):
            shown = "".join(" " * words[number][0] + marked[number][0] for number in line)
            texts[-1] += "\n" + shown.removeprefix(" ")
    return "\n\n".join(texts) or "(nothing was predicted)"


def _colored(text, strength):
    """Returns the marked text and the number of terminal columns that the marks take."""
    level = round(abs(strength) * len(_COLORS))
    if not level:
        return text, 0
    background, ink = (_COLORS if strength > 0 else _AGAINST)[level - 1]
    line = "4;" if strength < 0 else ""
    return f"\x1b[{line}48;5;{background};38;5;{ink}m{text}\x1b[0m", 0


def _bracketed(text, strength):
    level = round(3 * abs(strength))
    left, right = "[]" if strength > 0 else "{}"
    return left * level + text + right * level, 2 * level


def _blocks(columns, room):
    """Returns lists of column numbers that fit beside each other in `room` terminal columns."""
    blocks, used = [], 0
    for number, column in enumerate(columns):
        needed = _column_width(column)
        if not blocks or used + needed > room:
            blocks.append([])
            used = 0
        blocks[-1].append(number)
        used += needed
    return blocks


def _block(table, rows, columns, side, block):
    widths = [_column_width(columns[number]) for number in block]
    cell = _signed_cell if table.signed else _cell
    lines = [" " * side + "".join(_right(columns[number], size) for number, size in zip(block, widths, strict=True))]
    for row, weights in zip(rows, table.weights[:, block], strict=True):
        cells = (_right(cell(float(weight)), size) for weight, size in zip(weights, widths, strict=True))
        lines.append(_right(row, side) + "".join(cells))
    return "\n".join(lines)


def _column_width(column):
    return max(display_width(column), CELL) + 1


def _cell(weight):
    if weight < 0.05:
        return "·"
    shade = SHADES[min(len(SHADES) - 1, int(weight * len(SHADES)))]
    return f"{shade * 2}{round(100 * weight):>3}"


def _signed_cell(weight):
    if abs(weight) < 0.05:
        return "·"
    return f"{weight:+.{2 if abs(weight) < 9.995 else 1 if abs(weight) < 99.95 else 0}f}"


def _right(text, width):
    return " " * (width - display_width(text)) + text
