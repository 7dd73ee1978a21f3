"""What a notebook shows of cells: the units that follow properties of the text, and the text in their colours."""

from itertools import groupby

from seqtasks.pictures import notebook
from seqtasks.pictures.cells.terminal import BLUE, RED, about, units_of

# Number of pieces that are coloured, and of the shades of a colour.
_PIECES, _SHADES = 800, 8


def as_fragment(cells):
    """Returns HTML of `cells`, a laboratory.cells.Cells, without the script of its page.

    A table as in a terminal, and for each property the beginning of the text in the colours of its best unit.
    """
    rows = [
        (name, f"{ranking.chance:.2f}", "  ".join(units_of(cells, ranking))) for name, ranking in cells.rankings.items()
    ]
    parts = [notebook.table(("property", "chance", "units as layer.unit, and r"), rows)]
    if cells.absent:
        parts.append(notebook.note(f"constant in this text: {', '.join(cells.absent)}"))
    parts.append(notebook.note(about(cells)))
    parts += [
        notebook.folded(_title(cells, *one), _text(cells, one[1].numbers[0]), opened=not place)
        for place, one in enumerate(cells.rankings.items())
    ]
    return notebook.block(*parts)


def _title(cells, name, ranking):
    layer, unit = cells.place(ranking.numbers[0])
    return f"{name}: layer {layer} unit {unit}, r = {ranking.correlations[0]:+.2f}; blue is -1, red +1"


def _text(cells, number):
    """Returns the beginning of the text; neighbouring pieces of the same shade are one element."""
    values = cells.activations[:_PIECES, number] / cells.scales[number]
    shades = [round(_SHADES * float(value)) for value in values]
    parts = []
    for shade, run in groupby(zip(shades, cells.pieces[:_PIECES], strict=True), key=lambda pair: pair[0]):
        text = notebook.shown("".join(piece for _, piece in run))
        red, green, blue = RED if shade > 0 else BLUE
        color = f"rgb({red} {green} {blue} / {abs(shade) / _SHADES:g})"
        parts.append(f'<span style="background: {color}">{text}</span>' if shade else text)
    return notebook.paragraph(notebook.Markup("".join(parts)), style="font-family: monospace")
