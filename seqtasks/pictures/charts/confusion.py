"""A confusion matrix, the counts of predicted classes for each wanted class, as a picture or as a table."""

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.pictures.canvas import INK, QUIET, encode, style, text_width
from seqtasks.pictures.grid import draw_grid, families, label, label_width
from seqtasks.pictures.pieces import visible
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import write_atomically

SUFFIXES = (".png", ".svg", ".tsv")
_SIZE, _LABEL_SIZE = 11, 12.5
# Largest width in inches of a matrix whose cells are as wide as their labels.
_ROOM_FOR_FLAT_LABELS = 5.0


def save_confusion(path, classes, matrix):
    """Writes a confusion matrix: a row for each wanted class, a column for each predicted one.

    In a picture the shade of a cell is its share of the row, and long names are cut; a `.tsv` has them in full.

    Args:
        path: where to write, `.png`, `.svg` or `.tsv`.
        classes: names of the classes.
        matrix: int (classes, classes), (wanted, predicted), such as scores.classification.confusion gives.

    Raises:
        UsageError: there is nothing to draw, or the suffix names no format.
        ValueError: the matrix does not fit the classes.
        StorageError: the file cannot be written.
    """
    suffix, matrix = checked_suffix(path, SUFFIXES), np.asarray(matrix)
    if matrix.shape != (len(classes), len(classes)):
        raise ValueError(f"the matrix is {' x '.join(map(str, matrix.shape))} for {len(classes)} classes")
    if not len(classes):
        raise UsageError(f"There is nothing to draw in '{path}': no examples were scored.")
    if suffix == ".tsv":
        content = _as_tsv(classes, matrix).encode("utf-8")
    else:
        labels = [label(name) for name in classes]
        with style(families=families(labels, suffix)):
            content = encode(_draw(labels, matrix), suffix)
    write_atomically(path, content)


def _as_tsv(classes, matrix):
    names = [visible(name) for name in classes]
    lines = [["wanted \\ predicted", *names]]
    lines += [[name, *map(str, counts)] for name, counts in zip(names, matrix.tolist(), strict=True)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _draw(labels, matrix):
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    cell = max(0.45, text_width(f"{matrix.max():,}", size=_SIZE) + 0.16)
    flat = 1.12 * max(label_width(name, _LABEL_SIZE) for name in labels)
    figure, axes = draw_grid(
        shares,
        labels,
        labels,
        cell=max(cell, flat) if flat * len(labels) < _ROOM_FOR_FLAT_LABELS else cell,
        size=_LABEL_SIZE,
        across="predicted",
        down="wanted",
        scale="share of the row",
    )
    for (row, column), count in np.ndenumerate(matrix):
        color = "white" if shares[row, column] > 0.5 else INK if count else QUIET
        place = {"ha": "center", "va": "center_baseline"}
        axes.text(column + 0.5, row + 0.5, f"{count:,}" if count else "·", color=color, fontsize=_SIZE, **place)
    return figure
