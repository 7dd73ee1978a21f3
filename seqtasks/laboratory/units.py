"""Single units of a language model: followed through a text, and held at a value while it writes."""

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.laboratory.cells import recorder


class Units:
    """The units of a recurrent language-model task; layers and units count from 1."""

    def __init__(self, task):
        """Takes a task with a built model."""
        self._task, self._record = task, recorder(task.model)
        encoder = task.model.encoder
        self._shape = len(encoder.layers), encoder.units

    def follow(self, text, layer, unit):
        """Returns the pieces of a text, a list of str, and the activation of a unit after each, a list of floats.

        They are as in `cells`, in [-1, 1]: those of a rectified unit are shares of its largest one. The state is zero
        before the text. Raises UsageError if there is no such unit.
        """
        import tensorflow as tf

        chosen = self._chosen(layer, unit)
        texts, generator = tf.constant([text]), self._task.generator
        ids, _ = generator.given(texts)
        pieces = [piece.decode() for piece in generator.pieces_read(texts)[0].numpy()]
        values = self._record(ids[0].numpy(), np.zeros(len(pieces), bool))[:, chosen.reshape(-1)][:, 0]
        return pieces[1:], (values / max(1, np.abs(values).max()))[1:].tolist()

    def held(self, layer, unit, value):
        """Returns what `LanguageModeling.write` takes to hold a unit; raises UsageError for another unit or value."""
        import tensorflow as tf

        if value is None or not -1 <= value <= 1:
            raise UsageError(f"value: received {value}; allowed: a number from -1 to 1")
        return tf.constant(self._chosen(layer, unit)), tf.constant(value, tf.float32)

    def _chosen(self, layer, unit):
        """Returns (layers, units) bool, true for this unit alone."""
        for name, number, most in zip(("layer", "unit"), (layer, unit), self._shape, strict=True):
            if not isinstance(number, int) or not 1 <= number <= most:
                raise UsageError(f"{name}: received {number}; allowed: a whole number from 1 to {most}")
        chosen = np.zeros(self._shape, bool)
        chosen[layer - 1, unit - 1] = True
        return chosen
