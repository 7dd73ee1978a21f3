"""What single units of a language model's network follow in a text (Karpathy, Johnson and Li, 2015, section 4.2)."""

from dataclasses import dataclass

import numpy as np

from seqtasks import corpora
from seqtasks.errors import UsageError
from seqtasks.laboratory.properties import properties_of_pieces
from seqtasks.laboratory.ranking import Ranking, rank
from seqtasks.pictures.cells.page import as_html
from seqtasks.pictures.notebook import framed

# Pieces that are read unless told, rows that are turned into pieces together.
_PIECES, _ROWS = 2000, 1000


@dataclass(frozen=True)
class Cells:
    """A text as the units of a network saw it.

    Attributes:
        cell: "lstm", "gru" or "rnn".
        units: how many a layer has.
        pieces: the text, a tuple of str as they are written; a line end is "\\n".
        activations: (pieces, layers * units) float32, after each piece, layer by layer: tanh(c) of an LSTM, else h.
        properties: {name: (pieces,) in [0, 1]}, see properties.py.
        absent: names of properties that the text does not have, or has everywhere.
        rankings: {name: Ranking} of the others, by their largest |r|; those within chance last.
    """

    cell: str
    units: int
    pieces: tuple[str, ...]
    activations: np.ndarray
    properties: dict[str, np.ndarray]
    absent: tuple[str, ...]
    rankings: dict[str, Ranking]

    @property
    def layers(self):
        """How many there are."""
        return self.activations.shape[1] // self.units

    @property
    def scales(self):
        """What each unit's activations are divided by to be in [-1, 1], (layers * units,): 1 but for rectified ones."""
        return np.maximum(np.abs(self.activations).max(axis=0), 1)

    def _repr_html_(self) -> str:
        """Returns the page as a notebook shows it."""
        return framed(as_html(self, "cells"), height=800)

    def place(self, number):
        """Returns (layer, unit) of a column of the activations, both counted from 1."""
        return int(number) // self.units + 1, int(number) % self.units + 1


def rows_to_read(run, input_file=None, *, text=None):
    """Returns the rows of a file of running text, of a text, or of the test split of a run's corpus (a RunFolder).

    Raises RunError for a run of another task, CorpusError for a text that cannot be read, with `file:line`.
    """
    run.must_write("looking at cells")
    section = run.settings.corpus
    if text is not None:
        return [{"text": line} for line in text.split("\n")]
    if input_file is not None:
        return corpora.read_rows(input_file, section)
    return corpora.load_configured(section, run=run.path, instead=", or give a text with --input").split("test")


def read_cells(task, rows, *, length=None):
    """Reads a text with a network and ranks its units by what they follow.

    Args:
        task: a language model, with its text and built.
        rows: the lines of the text, [{"text": str}, ...].
        length: pieces that are read at most, from the beginning; None is 2,000.

    Returns:
        Cells. The state is carried through the text as in training: on and on, or from zero at each line.

    Raises UsageError for a length below 1.
    """
    length = _PIECES if length is None else length
    if length < 1:
        raise UsageError(f"length: received {length}; it is a number of pieces, 1 or more")
    given, begins, pieces = _pieces(task, rows, length)
    activations, encoder = record(task.model, given, begins)[1:], task.model.encoder
    properties = properties_of_pieces(pieces)
    absent = tuple(name for name, values in properties.items() if values.min() == values.max())
    told = {name: values for name, values in properties.items() if name not in absent}
    rankings = {name: rank(activations, values) for name, values in told.items()}
    strongest = sorted(rankings, key=lambda name: (not rankings[name].is_found, -abs(rankings[name].correlations[0])))
    rankings = {name: rankings[name] for name in strongest}
    return Cells(encoder.cell, encoder.units, pieces, activations, properties, absent, rankings)


def _pieces(task, rows, most):
    """Returns what the network is given, EOS and `most` pieces, (1 + most,); where it begins anew; and the pieces."""
    import tensorflow as tf

    from seqtasks.text import EOS

    ids, said, begins = [EOS], ["\n"], [True]
    for start in range(0, len(rows), _ROWS):
        lines = tf.constant([row["text"] for row in rows[start : start + _ROWS]])
        ends = tf.ones_like(lines[:, tf.newaxis], tf.int32)
        found = tf.concat([task.text.pieces.encode(lines), EOS * ends], axis=1)
        ids += found.values.numpy().tolist()
        said += tf.concat([task.text.pieces.pieces(lines), tf.fill(ends.shape, "\n")], axis=1).values.numpy().tolist()
        places = np.concatenate([np.arange(1, length + 1) for length in found.row_lengths().numpy()])
        begins += (task.by_line & (places % task.text.most == 0)).tolist()
        if len(ids) > most:
            break
    ids, said, begins = np.array(ids[: most + 1]), tf.constant(said[: most + 1]), np.array(begins[: most + 1])
    # How a piece is written depends on the one before.
    before, both = task.text.pieces.written(said[:-1]), task.text.pieces.written(tf.strings.join([said[:-1], said[1:]]))
    pairs = zip(before.numpy().tolist(), both.numpy().tolist(), strict=True)
    pieces = tuple(pair.decode()[len(one.decode()) :] for one, pair in pairs)
    return ids, begins | (task.by_line & (ids == EOS)), pieces


def record(model, ids, begins):
    """Returns the activations of a language model's units after each of some pieces, which are read one by one.

    Args:
        model: a layers.language_model.LanguageModel.
        ids: (steps,) ints.
        begins: (steps,) bool, true where the state before a piece is zero.

    Returns:
        (steps, layers * units) float32, tanh(c) of an LSTM, else h.
    """
    import tensorflow as tf

    from seqtasks.layers.recurrent.loop import onwards

    encoder = model.encoder

    @tf.function(autograph=False)
    def read(ids, goes_on):
        def body(t, state, found):
            state = tf.nest.map_structure(lambda part: goes_on[t] * part, state)
            _, state = encoder.step(model.inputs(ids[t, tf.newaxis]), state)
            values = [tf.tanh(layer[1]) if encoder.cell == "lstm" else layer[0] for layer in state]
            return t + 1, state, found.write(t, tf.concat(values, axis=1)[0])

        steps, size = tf.size(ids), len(encoder.layers) * encoder.units
        found = tf.TensorArray(encoder.compute_dtype, steps, element_shape=[size])
        return onwards(steps, body, (encoder.zero_state(1), found))[-1].stack()

    goes_on = tf.constant(~np.asarray(begins), encoder.compute_dtype)
    return read(tf.constant(ids, tf.int32), goes_on).numpy().astype(np.float32)
