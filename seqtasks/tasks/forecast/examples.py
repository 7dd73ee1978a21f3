"""The examples of the forecast task: chunks of parallel streams of a table, whose state is carried on."""

import numpy as np
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.sequences import Lengths
from seqtasks.batches.streams import StreamsPlan, streams


class TableExamples(Examples):
    """Chunks of a table in which each step predicts the next; see batches/streams.py.

    A batch is the standardized vectors, what is known beforehand of the step behind each, the next vectors, all (rows,
    steps, ...) float32, the lengths and whether a chunk begins from a zero state (rows,) int32; and of the steps behind
    the chunk what is known beforehand of the next and the vectors (rows, rollout, ...). Vectors are NaN where they are
    missing or behind the end.
    """

    def __init__(self, values, future, settings, *, zero_state):
        """Takes standardized values (rows, channels) and features (rows, features) of a table, float32.

        `zero_state` is a function from a number of rows to a model's zero state.
        """
        training = settings.training
        self.rollout, channels, features = training.rollout, values.shape[1], future.shape[1]
        self._rows, self._zero_state = len(values), zero_state
        behind = ((0, training.chunk + training.rollout), (0, 0))
        self._values = np.pad(values, behind, constant_values=np.nan)
        self._future = np.pad(future, behind)
        self.stretches = streams(None, len(values) - 1, training.batch_size, training.chunk)
        super().__init__(
            (),
            Lengths(self.stretches),
            signature=(
                *(tf.TensorSpec([None, None, size]) for size in (channels, features, channels)),
                *(tf.TensorSpec([None], tf.int32) for _ in range(2)),
                *(tf.TensorSpec([None, None, size]) for size in (features, channels)),
            ),
            batch_size=training.batch_size,
            seed=settings.seed,
        )

    def plan(self, epoch):
        return StreamsPlan(len(self), self._batch_size)

    def batch(self, chosen):
        starts, lengths, begins = self.stretches.bounds(np.asarray(chosen))
        places = starts[:, np.newaxis] + np.arange(lengths.max(initial=1))
        real = np.arange(places.shape[1]) < lengths[:, np.newaxis]
        behind = (starts + lengths)[:, np.newaxis] + np.arange(self.rollout)

        def of(table, places, missing):
            return np.where(real[..., np.newaxis], table[places], np.float32(missing))

        return (
            of(self._values, places, np.nan),
            of(self._future, places + 1, 0),
            of(self._values, places + 1, np.nan),
            lengths.astype(np.int32),
            begins.astype(np.int32),
            self._future[behind + 1],
            self._values[behind + 1],
        )

    def first_state(self):
        """The state of all layers before each stream's first chunk."""
        return tf.nest.flatten(self._zero_state(self._batch_size))
