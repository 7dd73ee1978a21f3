"""A flowing text whose words are shaded by their weights."""

from seqtasks.pictures.attention.words import lines_of, note_of, strengths, strongest, words_of
from seqtasks.pictures.canvas import INK, QUIET, blues, encode, new_figure, oranges, style, text_width
from seqtasks.pictures.grid import families, label
from seqtasks.pictures.pieces import display_width

# Inches and points.
WIDTH, MARGIN, LINE_HEIGHT, SPACE, SIZE = 7.5, 0.3, 0.3, 0.08, 12.5


def as_picture(table, suffix):
    """Returns `table` as the bytes of a `.png` or `.svg` picture with the source once for each row.

    The darkest word of a row has the largest weight, which is written above the row; one that speaks against the answer
    is orange and underlined. An SVG keeps its words as text for
    the viewer's fonts to draw; a PNG is drawn with installed fonts, and a warning names characters that none has.
    """
    words, rows = words_of(table), [label(row) for row in table.rows]
    with style(families=families([*rows, *(text for _, text in words)], suffix)):
        return encode(_draw(table, rows, words), suffix)


def _draw(table, rows, words):
    sizes = [_width(text) for _, text in words]
    lines = lines_of(words, sizes, space=SPACE, width=WIDTH)
    # For each row a heading, its lines and some space; below them all a line that explains the shades.
    height = max(1, len(rows)) * (len(lines) + 1.8) * LINE_HEIGHT + 2 * MARGIN
    figure = new_figure(WIDTH + 2 * MARGIN, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-MARGIN, WIDTH + MARGIN)
    axes.set_ylim(height - MARGIN, -MARGIN)
    axes.axis("off")
    y = 0.5 * LINE_HEIGHT
    for row, weights in zip(rows, table.weights, strict=True):
        _draw_words(axes, 0, y, [(row, INK), (f"({strongest(words, weights, signed=table.signed)})", QUIET)])
        y = _draw_lines(axes, y + 1.2 * LINE_HEIGHT, lines, words, sizes, strengths(weights)) + 0.6 * LINE_HEIGHT
    note = note_of(table) if rows else "nothing was predicted"
    axes.text(0, y, note, color=QUIET, fontsize=9, va="center_baseline", parse_math=False)
    return figure


def _draw_words(axes, x, y, texts):
    for text, color in texts:
        axes.text(x, y, text, color=color, fontsize=SIZE, va="center_baseline", parse_math=False)
        x += _width(text) + 2 * SPACE


def _draw_lines(axes, y, lines, words, sizes, shades):
    """Returns the y below the lines."""
    from matplotlib.patches import Rectangle

    for line in lines:
        x = 0.0
        for number in line:
            spaced, text = words[number]
            x += SPACE * (spaced and number != line[0])
            shade, colors = abs(shades[number]), blues() if shades[number] > 0 else oranges()
            color = "white" if shade > 0.5 else INK
            if shade > 0.02:
                box = {"color": colors(shade), "linewidth": 0}
                axes.add_patch(Rectangle((x, y - 0.43 * LINE_HEIGHT), sizes[number], 0.86 * LINE_HEIGHT, **box))
            if shades[number] < -0.02:
                axes.plot([x, x + sizes[number]], [y + 0.32 * LINE_HEIGHT] * 2, color=color, linewidth=0.8)
            axes.text(x, y, text, color=color, fontsize=SIZE, va="center_baseline", parse_math=False)
            x += sizes[number]
        y += LINE_HEIGHT
    return y


def _width(text):
    """Returns inches, one em for each wide character, which the fonts of an SVG's viewer may draw."""
    wide = display_width(text) - len(text)
    # Measured large, because small letters are placed on whole pixels and a line is made of many words.
    return max(text_width(text, size=10 * SIZE) / 10, wide * SIZE / 72)
