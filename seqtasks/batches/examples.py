"""Examples to train on: their lengths, the batches of an epoch, a batch as arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqtasks.batches.planning import POOLED, plan_epoch
from seqtasks.batches.sequences import Sequences


class Examples:
    """Independent examples, in memory or in files.

    Attributes:
        columns: what an example consists of, as Sequences or as an array (examples,).
        lengths: Lengths, or an array, of ints (examples, sides); the last side is the predicted one, in whose pieces
            speed is measured.
        signature: tf.TensorSpecs of the arrays of a batch.
        order: in which order of planning.py an epoch is read.
        untrained_loss: loss of the untrained model, from which the smoothed loss starts; None takes the first batch's.
    """

    untrained_loss: float | None = None

    def __init__(self, columns: Sequence, lengths: Any, *, signature: tuple, batch_size: int, seed: int):
        self.columns, self.lengths, self.signature = columns, lengths, signature
        self.order, self._batch_size, self._seed = POOLED, batch_size, seed

    def __len__(self) -> int:
        return len(self.lengths)

    def plan(self, epoch: int) -> Sequence[np.ndarray]:
        """Returns the batches of an epoch as arrays of example numbers, which depend only on seed and epoch."""
        return plan_epoch(self.lengths, self._batch_size, seed=self._seed, epoch=epoch, order=self.order)

    def batch(self, chosen: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Returns the chosen examples as a tuple of padded arrays (rows, ...) for a task's `loss`."""
        numbers = np.asarray(chosen)
        return tuple(
            column.padded(numbers) if isinstance(column, Sequences) else column[numbers] for column in self.columns
        )

    def first_state(self) -> list[Any]:
        """Returns the initial value of the state carried from one batch to the next, a list of tensors (rows, ...).

        It is empty if examples are independent.
        """
        return []
