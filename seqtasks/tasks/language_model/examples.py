"""The examples of the language-model task: chunks of streams whose state is carried on, or lines."""

import numpy as np
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.sequences import Lengths
from seqtasks.batches.streams import StreamsPlan, lines, streams
from seqtasks.tasks.language_model.text import refuse_short
from seqtasks.text import PAD

_BATCH = (
    tf.TensorSpec([None, None], tf.int32),
    tf.TensorSpec([None, None], tf.int32),
    tf.TensorSpec([None], tf.int32),
)


class TextExamples(Examples):
    """Stretches of a text in which each piece predicts the next; see batches/streams.py."""

    def __init__(self, read, text, settings, *, zero_state):
        """Takes lines as Sequences, their Text, the task's settings, and a function from rows to a model's zero state.

        Raises CorpusError if there are too few pieces.
        """
        ids, training = read.values, settings.training
        refuse_short(len(ids), settings)
        self.by_line = training.chunk is None
        if self.by_line:
            self.stretches = lines(ids[:], read.lengths, text.most)
        else:
            self.stretches = streams(ids, len(ids) - 1, training.batch_size, training.chunk)
        super().__init__(
            (read,),
            Lengths(self.stretches),
            signature=_BATCH,
            batch_size=training.batch_size,
            seed=settings.seed,
        )
        self._predictable, self._zero_state = text.predictable, zero_state
        self.untrained_loss = _untrained_loss(text.counts[text.predictable], settings.model.initialization)

    def plan(self, epoch):
        return super().plan(epoch) if self.by_line else StreamsPlan(len(self), self._batch_size)

    def batch(self, chosen):
        ids, wanted, begins = self.stretches.batch(np.asarray(chosen))
        # Pieces that are never predicted, as in a run that this one starts from, are not learned.
        return ids, np.where(self._predictable[wanted], wanted, PAD), begins

    def first_state(self):
        """The state of all layers before each stream's first chunk."""
        return [] if self.by_line else tf.nest.flatten(self._zero_state(self._batch_size))


def _untrained_loss(counts, initialization):
    """Returns the loss of the untrained model, in nats a piece, from its initial output bias alone."""
    if initialization == "normal":
        return float(np.log(len(counts)))
    return float(np.log(counts.sum()) - counts @ np.log(counts) / counts.sum())
