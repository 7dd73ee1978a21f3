"""An image, and once more for each piece of its caption, bright where the weights of the piece lie."""

import base64
import io
import textwrap
from html import escape

import numpy as np

from seqtasks.pictures.attention.words import JOINER, strengths
from seqtasks.pictures.canvas import INK, LINE, QUIET, encode, new_figure, style
from seqtasks.pictures.grid import families, label
from seqtasks.pictures.pieces import BOUNDARY, display_width, elide, visible

# Inches: side of a tile, space between tiles, space for a label, margin; and points of a label.
TILE, GAP, LABEL, MARGIN, SIZE = 1.45, 0.16, 0.36, 0.2, 12.5
# Inches: width of a character of the note, height of its lines.
NOTE = 0.07, 0.15
ACROSS = 6
# Opacity of the veil where there is no weight.
VEIL = 0.92
_SHADES = " ░▒▓█"

HTML_STYLE = """
.tiles { display: flex; flex-wrap: wrap; gap: 1rem .8rem; }
figure { margin: 0; width: 9rem; }
figure > div { position: relative; width: 9rem; aspect-ratio: 1; border-radius: 4px; overflow: hidden;
  background-size: 100% 100%; background-image: var(--image); box-shadow: 0 0 0 1px var(--line);
  transition: transform .15s; }
figure:hover > div { transform: scale(2); z-index: 3; }
figure:nth-child(-n+2):hover > div { transform-origin: top left; }
figure i { opacity: 1; position: absolute; background: rgb(255 255 255 / var(--veil)); }
figcaption { padding-bottom: .25rem; font-size: 1.05rem; white-space: pre; overflow: hidden; text-overflow: ellipsis; }
figcaption small { color: var(--quiet); }
"""


def png_of(image):
    """Returns pixels (height, width, 3) uint8 as the bytes of a PNG image."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG")
    return content.getvalue()


def pixels_of(content):
    """Returns the pixels (height, width, 3) uint8 of a PNG image; raises ValueError if it is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        return np.array(Image.open(io.BytesIO(content)).convert("RGB"))
    except UnidentifiedImageError:
        raise ValueError("image is not a PNG image in base64") from None


def as_picture(table, suffix):
    """Returns a table of the layout "image" as the bytes of a `.png` or `.svg` picture, six tiles in a row.

    In each tile the image is covered by a white veil, which is thinner the more weight a place has, relative to the
    largest of the piece; between the middles of cells it is smoothed.
    """
    labels = [label(_plain(piece)) for piece in table.rows]
    with style(families=families(labels, suffix)):
        return encode(_draw(table, labels), suffix)


def _draw(table, labels):
    tiles = 1 + len(labels)
    across, down = min(tiles, ACROSS), -(-tiles // ACROSS)
    width = across * (TILE + GAP) - GAP + 2 * MARGIN
    note = f"Bright is where the {table.kind} weight lies, relative to its largest value for the word."
    note = textwrap.wrap(note, int((width - 2 * MARGIN) / NOTE[0]))
    height = down * (TILE + GAP + LABEL) - GAP + 2 * MARGIN + 0.15 + NOTE[1] * len(note)
    figure = new_figure(width, height)
    for number in range(tiles):
        left = MARGIN + number % ACROSS * (TILE + GAP)
        bottom = height - MARGIN - (number // ACROSS + 1) * (TILE + GAP + LABEL) + GAP
        axes = figure.add_axes((left / width, bottom / height, TILE / width, TILE / height))
        axes.imshow(table.image, interpolation="lanczos", extent=(0, 1, 1, 0))
        text, color = ("image", QUIET) if number == 0 else (labels[number - 1], INK)
        if number:
            shares = strengths(table.weights[number - 1]).reshape(table.grid)
            veil = np.ones((*table.grid, 4))
            veil[..., 3] = VEIL * (1 - shares)
            axes.imshow(veil, interpolation="bicubic", extent=(0, 1, 1, 0))
        axes.set_title(text, fontsize=SIZE, color=color, pad=4, parse_math=False)
        axes.set_xticks([])
        axes.set_yticks([])
        for edge in axes.spines.values():
            edge.set_color(LINE)
    figure.text(MARGIN / width, 0.12 / height, "\n".join(note), color=QUIET, fontsize=9, parse_math=False)
    return figure


def as_html(table):
    """Returns the tiles of a table as HTML; a cell has its percent as a tooltip, and a tile grows under the mouse."""
    image = base64.b64encode(png_of(table.image)).decode()
    figures = ["<figure><figcaption>image</figcaption><div></div></figure>"]
    for piece, weights in zip(table.rows, table.weights, strict=True):
        most = f"<small>{100 * float(weights.max()):.0f} %</small>"
        figures.append(
            f'<figure><figcaption><span dir="auto">{escape(visible(_plain(piece)))}</span> {most}</figcaption>'
            f"<div>{_cells(table, weights)}</div></figure>"
        )
    note = f"Bright is where the {escape(visible(table.kind))} weight lies; the percent is that of the strongest cell."
    return (
        f'<div class="tiles" style="--image: url(data:image/png;base64,{image})">\n' + "\n".join(figures) + "\n</div>\n"
        f"<p>{note}</p>"
    )


def _plain(piece):
    """Returns a piece without the marks of its place in a text, which a caption shows by itself."""
    return piece.removeprefix(BOUNDARY).strip(JOINER) or piece


def _cells(table, weights):
    height, width = table.grid
    cells = []
    for number, (weight, share) in enumerate(zip(weights, strengths(weights), strict=True)):
        row, column = divmod(number, width)
        place = f"left:{100 * column / width:g}%;top:{100 * row / height:g}%"
        size = f"width:{100 / width:g}%;height:{100 / height:g}%"
        title = f"{escape(table.columns[number], quote=True)}: {100 * float(weight):.2f} %"
        cells.append(f'<i style="{place};{size};--veil:{VEIL * (1 - share):.3g}" title="{title}"></i>')
    return "".join(cells)


def as_text(table, *, width):
    """Returns a block of shades for each piece, relative to its largest weight, as many beside each other as fit."""
    height, columns = table.grid
    blocks = []
    for piece, weights in zip(table.rows, table.weights, strict=True):
        levels = (strengths(weights) * (len(_SHADES) - 1)).round().astype(int).reshape(height, columns)
        name = elide(visible(_plain(piece)), columns=2 * columns)
        lines = [name + " " * (2 * columns - display_width(name))]
        blocks.append(lines + ["".join(2 * _SHADES[level] for level in row) for row in levels])
    across = max(1, (width + 2) // (2 * columns + 2))
    groups = [blocks[i : i + across] for i in range(0, len(blocks), across)]
    return "\n\n".join("\n".join("  ".join(line).rstrip() for line in zip(*group, strict=True)) for group in groups)
