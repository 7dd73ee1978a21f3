"""-log p of each piece of a text under a language model, in nats, and its sums by line."""

import numpy as np
import tensorflow as tf

from seqtasks.batches.planning import pad, plan_answers
from seqtasks.batches.streams import lines
from seqtasks.scores.language import line_scores
from seqtasks.tasks.language_model.scorer import characters_of
from seqtasks.text import EOS, PAD

# Number of steps of a text read at once, and of lines read at once.
_STEPS, _TOGETHER = 500, 64


def stream_nats(ids, predictable, *, measure, state, rows=1, steps=_STEPS, progress=None):
    """Measures a text that is read as one stream after an EOS.

    Args:
        ids: (n,) ints.
        predictable: (size,) bool, false for pieces that the model never predicts; their nats are 0.
        measure: (given, wanted (rows, steps) int32, state) -> losses of the wanted pieces that are not PAD, row by row,
            and the state.
        state: the initial state of `rows` rows.
        rows: number of stretches that the text is read as, in parallel, each from the initial state.
        steps: number of pieces of a row that are measured at once.
        progress: called with the number of pieces done in a row after each part.

    Returns:
        (n,) float64.
    """
    sides = np.concatenate([[EOS], ids[:-1]]), np.where(predictable[ids], ids, PAD)
    stretches = [np.array_split(side, rows) for side in sides]
    given, wanted = map(pad, stretches)
    given, found = np.where(given == PAD, EOS, given), np.zeros(wanted.shape)
    for first in range(0, given.shape[1], steps):
        part = slice(first, first + steps)
        losses, state = measure(given[:, part], wanted[:, part], state)
        found[:, part][wanted[:, part] != PAD] = losses.numpy()
        if progress:
            progress(len(given[0, part]))
    return np.concatenate([row[: len(stretch)] for row, stretch in zip(found, stretches[0], strict=True)])


def line_nats(ids, lengths, predictable, *, measure, state, most, in_order=False, progress=None):
    """Measures lines that are each read from a zero state; arguments are those of `stream_nats`, and:

    Args:
        lengths: (lines,) ints, number of pieces of each line, its EOS included.
        state: function from a number of rows to their initial state.
        most: maximum number of pieces of a line read at once; the rest starts from a zero state.
        in_order: measure the lines one by one in their order, not those of like length together.
        progress: called with the pieces done after each batch.

    Returns:
        (n,) float64.
    """
    examples, found = lines(ids, lengths, most), np.zeros(len(ids))
    numbers = np.arange(len(examples))
    for chosen in numbers[:, np.newaxis] if in_order else plan_answers(examples.lengths_of(numbers), _TOGETHER):
        given, wanted, _ = examples.batch(chosen)
        real, wanted, nats = wanted != PAD, np.where(predictable[wanted], wanted, PAD), np.zeros(wanted.shape)
        losses, _ = measure(given, wanted, state(len(chosen)))
        nats[wanted != PAD] = losses.numpy()
        # The first prediction of an example has its start as place, as the EOS before the text is not among the ids.
        starts, _, _ = examples.bounds(chosen)
        places = starts[:, np.newaxis] + np.arange(wanted.shape[1])
        found[places[real]] = nats[real]
        if progress:
            progress(int(real.sum()))
    return found


def nats_by_line(text, rows, lines, nats, *, settings):
    """Sums nats by line; returns predictions in the form of scores.language.

    Args:
        text: the Text that gave the ids.
        rows: the lines.
        lines: Sequences of their ids, EOS at the end of each.
        nats: (n,), -log p of each id.
        settings: the section `text` of the settings.
    """
    lengths, scored = lines.lengths, text.predictable[lines.values]
    starts = lines.ends - lengths
    unscored = np.add.reduceat((~scored).astype(int), starts)
    pieces, hidden = lengths - unscored, unscored.copy()
    if text.pieces.kind != "characters":
        for number in np.flatnonzero(unscored):
            (strings,) = text.pieces.pieces(tf.constant([rows[int(number)]["text"]])).to_list()
            sizes = [*(len(string.decode().replace("▁", "")) for string in strings), 1]
            hidden[number] = np.array(sizes) @ ~scored[starts[number] :][: lengths[number]]
    columns = np.add.reduceat(nats, starts), pieces, np.array(characters_of(rows, settings)) - hidden
    return [line_scores(*line) for line in zip(*columns, strict=True)]
