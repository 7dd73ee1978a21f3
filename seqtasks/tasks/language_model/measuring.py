"""How much a text surprises a language model: -log p of each of its pieces, in nats, and summed by line."""

import numpy as np
import tensorflow as tf

from seqtasks.batches.planning import pad, plan_answers
from seqtasks.batches.streams import lines
from seqtasks.scores.language import line_scores
from seqtasks.tasks.language_model.scorer import characters_of
from seqtasks.text import EOS, PAD

# Steps of a text that are read in one go, lines that are read together.
_STEPS, _TOGETHER = 500, 64


def stream_nats(ids, predictable, *, measure, state, rows=1, progress=None):
    """Measures a text that is read on and on, EOS standing before it.

    Args:
        ids: (n,) ints.
        predictable: (size,) bool, false for pieces that the model never predicts; they count nothing.
        measure: (given, wanted (rows, steps) int32, state) -> losses of the wanted pieces that are not PAD, row by row,
            and the state.
        state: what is known before anything is read, of `rows` rows.
        rows: as how many stretches, side by side, the text is read; what stands before a stretch is then not known.
        progress: called with the pieces of a row done after each part.

    Returns:
        (n,) float64.
    """
    sides = np.concatenate([[EOS], ids[:-1]]), np.where(predictable[ids], ids, PAD)
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


def line_nats(ids, lengths, predictable, *, measure, state, most, progress=None):
    """Measures lines that each begin anew; arguments are those of `stream_nats`, and:

    Args:
        lengths: (lines,) ints, pieces of each line, its EOS counted.
        state: function from a number of rows to what is known before anything is read.
        most: pieces of a line that are read together; the rest begins anew.
        progress: called with the pieces done after each batch.

    Returns:
        (n,) float64.
    """
    examples, found = lines(ids, lengths, most), np.zeros(len(ids))
    for chosen in plan_answers(examples.lengths[:, 0], _TOGETHER):
        given, wanted, _ = examples.batch(chosen)
        real, wanted, nats = wanted != PAD, np.where(predictable[wanted], wanted, PAD), np.zeros(wanted.shape)
        losses, _ = measure(given, wanted, state(len(chosen)))
        nats[wanted != PAD] = losses.numpy()
        # What an example predicts stands where it starts, as the EOS before the text is not among the ids.
        places = examples.starts[chosen, np.newaxis] + np.arange(wanted.shape[1])
        found[places[real]] = nats[real]
        if progress:
            progress(int(real.sum()))
    return found


def nats_by_line(text, rows, ids, lengths, nats, *, settings):
    """Sums nats by line; returns predictions as scores.language has them.

    Args:
        text: the Text that the ids are by.
        rows: the lines.
        ids: (n,) ints, those of the rows, EOS after each.
        lengths: (rows,) ints, how many ids each row has.
        nats: (n,), -log p of each.
        settings: the section `text` of the settings.
    """
    starts, scored = np.cumsum(lengths) - lengths, text.predictable[ids]
    unscored = np.add.reduceat((~scored).astype(int), starts)
    pieces, hidden = lengths - unscored, unscored.copy()
    if text.pieces.kind != "characters":
        for number in np.flatnonzero(unscored):
            (strings,) = text.pieces.pieces(tf.constant([rows[int(number)]["text"]])).to_list()
            sizes = [*(len(string.decode().replace("▁", "")) for string in strings), 1]
            hidden[number] = np.array(sizes) @ ~scored[starts[number] :][: lengths[number]]
    columns = np.add.reduceat(nats, starts), pieces, np.array(characters_of(rows, settings)) - hidden
    return [line_scores(*line) for line in zip(*columns, strict=True)]
