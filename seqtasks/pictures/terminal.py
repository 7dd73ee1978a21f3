"""An attention table as monospaced text."""

from seqtasks.pictures.pieces import display_width, elide, visible

SHADES = " ░▒▓█"
CELL = 5
LONGEST_ROW, LONGEST_COLUMN = 24, 14


def as_text(table, *, width=80):
    """Returns `table` as lines of text, at most `width` terminal columns wide where one column of weights fits.

    A cell is a shade and the weight in percent, `·` below 5. Source pieces that do not fit beside each
    other go on in a next block below. Wide East-Asian characters count two columns and combining marks none.
    """
    rows = [elide(visible(piece), columns=LONGEST_ROW) for piece in table.rows]
    columns = [elide(visible(piece), columns=LONGEST_COLUMN) for piece in table.columns]
    side = max(map(display_width, rows), default=0)
    blocks = [_block(table, rows, columns, side, block) for block in _blocks(columns, width - side)]
    if not table.rows:
        blocks.append("(nothing was predicted)")
    return "\n\n".join(blocks)


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
    lines = [" " * side + "".join(_right(columns[number], size) for number, size in zip(block, widths, strict=True))]
    for row, weights in zip(rows, table.weights[:, block], strict=True):
        cells = (_right(_cell(float(weight)), size) for weight, size in zip(weights, widths, strict=True))
        lines.append(_right(row, side) + "".join(cells))
    return "\n".join(lines)


def _column_width(column):
    return max(display_width(column), CELL) + 1


def _cell(weight):
    if weight < 0.05:
        return "·"
    shade = SHADES[min(len(SHADES) - 1, int(weight * len(SHADES)))]
    return f"{shade * 2}{round(100 * weight):>3}"


def _right(text, width):
    return " " * (width - display_width(text)) + text
