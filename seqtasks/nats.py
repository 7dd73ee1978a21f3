"""How much a text surprises a language model: -log p of each of its pieces, in nats."""

import numpy as np

from seqtasks.batching import pad, plan_answers
from seqtasks.streams import Lines
from seqtasks.text import EOS, PAD

# Steps of a text that are read in one go, lines that are read together.
_STEPS, _TOGETHER = 500, 64


def of_stream(ids, said, *, measure, state, rows=1, progress=None):
    """Measures a text that is read on and on, EOS standing before it.

    Args:
        ids: (n,) ints.
        said: (size,) bool, false for pieces that the model never says; they count nothing.
        measure: (given, wanted (rows, steps) int32, state) -> losses of the wanted pieces that are not PAD, row by row,
            and the state.
        state: what is known before anything is read, of `rows` rows.
        rows: as how many stretches, side by side, the text is read; what stands before a stretch is then not known.
        progress: called with the pieces of a row done after each part.

    Returns:
        (n,) float64.
    """
    sides = np.concatenate([[EOS], ids[:-1]]), np.where(said[ids], ids, PAD)
    stretches = [np.array_split(side, rows) for side in sides]
    given, wanted = map(pad, stretches)
    given, found = np.where(given == PAD, EOS, given), np.zeros(wanted.shape)
    for first in range(0, given.shape[1], _STEPS):
        part = slice(first, first + _STEPS)
        losses, state = measure(given[:, part], wanted[:, part], state)
        found[:, part][wanted[:, part] != PAD] = losses.numpy()
        if progress:
            progress(len(given[0, part]))
    return np.concatenate([row[: len(stretch)] for row, stretch in zip(found, stretches[0], strict=True)])


def of_lines(lines, said, *, measure, state, most, progress=None):
    """Measures lines that each begin anew; arguments are those of `of_stream`.

    Args:
        lines: list of (n,) ids that end with EOS.
        state: function from a number of rows to what is known before anything is read.
        most: pieces of a line that are read together; the rest begins anew.
        progress: called with the pieces done after each batch.

    Returns:
        (n,) float64, all lines one after the other.
    """
    lines = Lines([line[:-1] for line in lines], most)
    found = [None] * len(lines)
    for chosen in plan_answers(lines.lengths[:, 0], _TOGETHER):
        given, wanted, _ = lines.batch(chosen)
        real, wanted, nats = wanted != PAD, np.where(said[wanted], wanted, PAD), np.zeros(wanted.shape)
        losses, _ = measure(given, wanted, state(len(chosen)))
        nats[wanted != PAD] = losses.numpy()
        for number, row, here in zip(chosen, nats, real, strict=True):
            found[number] = row[here]
        if progress:
            progress(int(real.sum()))
    return np.concatenate(found)
