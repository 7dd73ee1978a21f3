"""Training examples of a language model: chunks of parallel streams of a text, or single lines."""

import numpy as np

from seqtasks.batches.planning import pad
from seqtasks.text import EOS


class Stretches:
    """Stretches of a text, the examples of a language model: each piece predicts the next.

    Attributes:
        lengths: (examples, 1) int, number of pieces that each example predicts.
    """

    def __init__(self, ids, starts, lengths, begins):
        """Takes the text, (n,) ids, and for each example its start in it, its length, and `begins`, (examples,).

        `begins` is true for examples that start from a zero state.
        """
        self.ids, self.starts, self.lengths, self.begins = ids, starts, lengths[:, np.newaxis], begins

    def __len__(self):
        return len(self.starts)

    def batch(self, chosen):
        """Returns the chosen examples: ids and the next pieces (n, steps), and `begins` as 0 or 1, (n,); int32."""
        ends = self.starts[chosen] + self.lengths[chosen, 0] + 1
        parts = [self.ids[start:end] for start, end in zip(self.starts[chosen], ends, strict=True)]
        return (
            pad([part[:-1] for part in parts]),
            pad([part[1:] for part in parts]),
            self.begins[chosen].astype(np.int32),
        )


def streams(ids, rows, chunk):
    """Cuts a text, (n,) ids, into `rows` streams of equal length, and these into chunks; n must be above `rows`.

    Example `number * rows + row` is a chunk of a row: see `plan_streams`. The remainder at the end of the text, fewer
    pieces than there are rows, is not read.
    """
    length = (len(ids) - 1) // rows
    firsts = np.arange(0, length, chunk)
    starts = firsts[:, np.newaxis] + length * np.arange(rows)
    lengths = np.repeat(np.minimum(chunk, length - firsts), rows)
    return Stretches(ids, starts.ravel(), lengths, np.repeat(firsts == 0, rows))


def plan_streams(count, rows):
    """Returns the batches of an epoch of `count` examples of `streams`: the first chunk of each row, the second, ..."""
    return np.arange(count).reshape(-1, rows)


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
    return Stretches(np.concatenate([np.array([EOS], ids.dtype), ids]), starts, sizes, np.ones(len(starts), bool))
