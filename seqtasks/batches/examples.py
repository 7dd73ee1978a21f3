"""Examples to train on: their lengths, the batches of an epoch, a batch as arrays."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqtasks.batches.planning import plan_epoch


class Examples:
    """Independent examples in memory.

    Attributes:
        lengths: (examples, sides) ints; the last side is the predicted one, in whose pieces speed is measured.
        signature: tf.TensorSpecs of the arrays of a batch.
        untrained_loss: loss of the untrained model, from which the smoothed loss starts; None takes the first batch's.
    """

    untrained_loss: float | None = None

    def __init__(
        self, items: Sequence, lengths: np.ndarray, *, collate: Callable, signature: tuple, batch_size: int, seed: int
    ):
        """Takes the examples, and `collate`, from a list of them to a tuple of arrays (rows, ...), padded."""
        self.items, self.lengths, self.signature = items, lengths, signature
        self._collate, self._batch_size, self._seed = collate, batch_size, seed

    def __len__(self) -> int:
        return len(self.lengths)

    def plan(self, epoch: int) -> Sequence[np.ndarray]:
        """Returns the batches of an epoch as arrays of example numbers, which depend only on seed and epoch."""
        return plan_epoch(self.lengths, self._batch_size, seed=self._seed, epoch=epoch)

    def batch(self, chosen: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Returns the chosen examples as a tuple of padded arrays (rows, ...) for a task's `loss`."""
        return self._collate([self.items[i] for i in chosen])

    def first_state(self) -> list[Any]:
        """Returns the initial value of the state carried from one batch to the next, a list of tensors (rows, ...).

        It is empty if examples are independent.
        """
        return []
