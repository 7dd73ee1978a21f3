"""Training examples of a language model: chunks of parallel streams of a text, or single lines."""

from collections.abc import Sequence

import numpy as np

from seqtasks.batches.planning import pad
from seqtasks.text import EOS


class Stretches:
    """Stretches of a text, the examples of a language model: each piece predicts the next."""

    def __init__(self, ids, count, bounds):
        """Takes the text, (n,) ids, the number of examples, and a function from numbers of examples to their `bounds`.

        They are the start of each in the text, its length, and whether it begins from a zero state; all (rows,).
        """
        self.ids, self.bounds, self._count = ids, bounds, count

    def __len__(self):
        return self._count

    def lengths_of(self, chosen):
        """Returns the number of pieces that each of the chosen examples predicts, (rows,) ints."""
        return self.bounds(np.asarray(chosen))[1]

    def batch(self, chosen):
        """Returns the chosen examples: ids and the next pieces (n, steps), and whether they begin as 0 or 1; int32."""
        starts, lengths, begins = self.bounds(np.asarray(chosen))
        parts = [self.ids[start:end] for start, end in zip(starts, starts + lengths + 1, strict=True)]
        return (
            pad([part[:-1] for part in parts]),
            pad([part[1:] for part in parts]),
            begins.astype(np.int32),
        )


def streams(ids, count, rows, chunk):
    """Cuts a text, the first `count` of some ids, into `rows` streams of equal length, and these into chunks.

    There must be more ids than rows. Example `number * rows + row` is a chunk of a row: see `StreamsPlan`. The
    remainder at the end of the text, fewer pieces than there are rows, is not read.
    """
    length = (count - 1) // rows

    def bounds(chosen):
        number, row = np.divmod(chosen, rows)
        first = chunk * number
        return first + length * row, np.minimum(chunk, length - first), first == 0

    return Stretches(ids, -(-length // chunk) * rows, bounds)


class StreamsPlan(Sequence):
    """The batches of an epoch of `count` examples of `streams`: the first chunk of each row, the second, ..."""

    def __init__(self, count, rows):
        self._count, self._rows = count, rows

    def __len__(self):
        return self._count // self._rows

    def __getitem__(self, batch):
        if not 0 <= batch < len(self):
            raise IndexError(batch)
        return np.arange(batch * self._rows, (batch + 1) * self._rows)


def lines(ids, lengths, most):
    """Cuts a text into lines, each read after the EOS of the line before; lines above `most` pieces are cut into parts.

    Args:
        ids: (n,) ids, EOS after each line.
        lengths: (lines,) ints, number of pieces of each line, its EOS included.
    """
    parts = -(-lengths // most)
    number = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    starts = np.repeat(np.cumsum(lengths) - lengths, parts) + most * number
    sizes = np.minimum(most, np.repeat(lengths, parts) - most * number)
    return Stretches(
        np.concatenate([np.array([EOS], ids.dtype), ids]),
        len(starts),
        lambda chosen: (starts[chosen], sizes[chosen], np.ones(len(chosen), bool)),
    )
