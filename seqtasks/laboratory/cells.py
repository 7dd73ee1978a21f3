"""Single units of a language model and the properties of a text that they follow (Karpathy et al., 2015, sec. 4.2)."""

from dataclasses import dataclass

import numpy as np

from seqtasks import corpora
from seqtasks.errors import UsageError
from seqtasks.laboratory.properties import properties_of_pieces
from seqtasks.laboratory.ranking import Ranking, rank
from seqtasks.pictures.cells.fragment import as_fragment
from seqtasks.pictures.cells.page import SUFFIXES, as_html
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import write_atomically

# Default number of pieces to read, and number of rows encoded at once.
_PIECES, _ROWS = 2000, 1000


@dataclass(frozen=True)
class Cells:
    """A text and the activations of a network's units while reading it.

    Attributes:
        cell: "lstm", "gru" or "rnn".
        units: number of units in a layer.
        pieces: the text, a tuple of str as they are written; a line end is "\\n".
        activations: (pieces, layers * units) float32, after each piece, layer by layer: tanh(c) of an LSTM, else h.
        properties: {name: (pieces,) in [0, 1]}, see properties.py.
        absent: names of the properties that are constant over the text.
        rankings: {name: Ranking} of the other properties, by largest absolute r; those not above chance come last.
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
        """Number of layers."""
        return self.activations.shape[1] // self.units

    @property
    def scales(self):
        """Divisors (layers * units,) that bring each unit's activations into [-1, 1]; 1 except for rectified units."""
        return np.maximum(np.abs(self.activations).max(axis=0), 1)

    def _repr_html_(self) -> str:
        """Returns what a notebook shows: a table of units, and the text in the colours of the best."""
        return as_fragment(self)

    def save(self, path, *, title="cells"):
        """Writes a page in which the text can be coloured by any unit to `path`, `.html`, under a title.

        Raises UsageError for another suffix, StorageError if the file cannot be written.
        """
        checked_suffix(path, SUFFIXES)
        write_atomically(path, as_html(self, title).encode())

    def place(self, number):
        """Returns (layer, unit) of a column of the activations, both counted from 1."""
        return int(number) // self.units + 1, int(number) % self.units + 1


def rows_to_read(run, input_file=None, *, text=None):
    """Returns the rows of a file of running text, of a text, or of the test split of a run's corpus (a RunFolder).

    Raises RunError for a run of another task, an ensemble, or a network without recurrence; CorpusError with
    `file:line` for a text that cannot be read.
    """
    run.must_write("showing cells")
    run.must_be_single("showing cells")
    run.must_recur("showing cells")
    section = run.settings.corpus
    if text is not None:
        return [{"text": line} for line in text.split("\n")]
    if input_file is not None:
        return corpora.read_rows(input_file, section)
    return corpora.load_configured(section, run=run.path, instead=", or give a text with --input").split("test")


def read_cells(task, rows, *, length=None):
    """Reads a text with a network and ranks its units by how closely they follow properties of the text.

    Args:
        task: a language-model task with its text and a built model.
        rows: the lines of the text, [{"text": str}, ...].
        length: maximum number of pieces to read, from the beginning; None is 2,000.

    Returns:
        Cells. The state is carried as in training: through the whole text, or from zero at each line.

    Raises UsageError for a length below 1.
    """
    length = _PIECES if length is None else length
    if length < 1:
        raise UsageError(f"length: received {length}; allowed: a number of pieces, 1 or more")
    given, begins, pieces = _pieces(task, rows, length)
    activations, encoder = record(task.model, given, begins)[1:], task.model.encoder
    properties = properties_of_pieces(pieces)
    absent = tuple(name for name, values in properties.items() if values.min() == values.max())
    rankings = {name: rank(activations, values) for name, values in properties.items() if name not in absent}
    strongest = sorted(rankings, key=lambda name: (not rankings[name].is_found, -abs(rankings[name].correlations[0])))
    rankings = {name: rankings[name] for name in strongest}
    return Cells(encoder.cell, encoder.units, pieces, activations, properties, absent, rankings)


def _pieces(task, rows, most):
    """Returns the ids of EOS and `most` pieces, (1 + most,); where the state is reset, bool; and the written pieces."""
    import tensorflow as tf

    from seqtasks.text import EOS

    ids, strings, begins = [EOS], ["\n"], [True]
    for start in range(0, len(rows), _ROWS):
        lines = tf.constant([row["text"] for row in rows[start : start + _ROWS]])
        ends = tf.ones_like(lines[:, tf.newaxis], tf.int32)
        found = tf.concat([task.text.pieces.encode(lines), EOS * ends], axis=1)
        ids += found.values.numpy().tolist()
        named = tf.concat([task.text.pieces.pieces(lines), tf.fill(ends.shape, "\n")], axis=1)
        strings += named.values.numpy().tolist()
        places = np.concatenate([np.arange(1, length + 1) for length in found.row_lengths().numpy()])
        begins += (task.by_line & (places % task.text.most == 0)).tolist()
        if len(ids) > most:
            break
    ids, strings, begins = np.array(ids[: most + 1]), tf.constant(strings[: most + 1]), np.array(begins[: most + 1])
    # How a piece is written depends on the piece before it.
    before = task.text.pieces.written(strings[:-1])
    both = task.text.pieces.written(tf.strings.join([strings[:-1], strings[1:]]))
    pairs = zip(before.numpy().tolist(), both.numpy().tolist(), strict=True)
    pieces = tuple(pair.decode()[len(one.decode()) :] for one, pair in pairs)
    return ids, begins | (task.by_line & (ids == EOS)), pieces


def record(model, ids, begins):
    """Returns the activations of a language model's units after each piece, read one by one.

    Args:
        model: a layers.language_model.LanguageModel.
        ids: (steps,) ints.
        begins: (steps,) bool, true where the state is reset to zero before a piece.

    Returns:
        (steps, layers * units) float32, tanh(c) of an LSTM, else h.
    """
    return recorder(model)(ids, begins)


def recorder(model):
    """Returns a function of ids and begins to activations, as of `record`, whose graph is made once."""
    import tensorflow as tf

    from seqtasks.layers.recurrent.loop import onwards

    encoder = model.encoder

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], kind) for kind in (tf.int32, tf.bool)])
    def read(ids, begins):
        goes_on = tf.cast(~begins, encoder.compute_dtype)

        def body(t, state, found):
            state = tf.nest.map_structure(lambda part: goes_on[t] * part, state)
            _, state = encoder.step(model.inputs(ids[t, tf.newaxis]), state)
            return t + 1, state, found.write(t, encoder.activations(state)[0])

        steps, size = tf.size(ids), len(encoder.layers) * encoder.units
        found = tf.TensorArray(encoder.compute_dtype, steps, element_shape=[size])
        return onwards(steps, body, (encoder.zero_state(1), found))[-1].stack()

    return lambda ids, begins: read(tf.constant(ids, tf.int32), tf.constant(begins, tf.bool)).numpy().astype(np.float32)
