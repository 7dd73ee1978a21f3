"""An attention table as a heat map: source pieces along the top, predicted pieces down the side."""

import numpy as np

from seqtasks.pictures.attention.words import strengths
from seqtasks.pictures.canvas import QUIET, encode, style
from seqtasks.pictures.grid import draw_grid, families, label


def as_picture(table, suffix):
    """Returns `table` as the bytes of a `.png` or `.svg` picture, which grows with the number of pieces.

    The scale runs from 0 to 1 in every picture, so that two pictures can be compared; of attributions it ends with the
    largest, in nats. An SVG keeps its pieces as text for the viewer's fonts to draw; a PNG is drawn with installed
    fonts, and a warning names characters that none has.
    """
    rows, columns = [label(piece) for piece in table.rows], [label(piece) for piece in table.columns]
    long = max(len(rows), len(columns)) > 40
    with style(families=families(rows + columns, suffix)):
        figure, axes = draw_grid(
            strengths(table.weights) if table.signed else table.weights,
            rows,
            columns,
            cell=0.27 if long else 0.38,
            size=9.5 if long else 12.5,
            across="source",
            down="prediction",
            scale="added to log p, in nats" if table.signed else f"{table.kind} weight",
            most=float(np.abs(table.weights).max(initial=0)) if table.signed else None,
        )
        if not rows:
            axes.text(0.15, 0.5, "nothing was predicted", color=QUIET, va="center", fontsize=10.5)
        return encode(figure, suffix)
