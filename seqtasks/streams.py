"""Text as a language model is trained on it: streams side by side, cut into chunks, or lines one by one."""

import numpy as np

from seqtasks.batching import pad
from seqtasks.text import EOS


class Streams:
    """A text as `rows` streams of equal length, each a stretch of it, read chunk by chunk.

    Example number `chunk * rows + row` is a chunk of a row. All that is left over at the text's end, fewer pieces than
    there are rows, is not read.

    Attributes:
        lengths: (examples, 1) int, pieces that each example predicts.
    """

    def __init__(self, ids, rows, chunk):
        """Takes the text as (n,) ids, for n > rows."""
        self.ids, self.rows, self.chunk = ids, rows, chunk
        self.length = (len(ids) - 1) // rows
        starts = np.arange(0, self.length, chunk)
        self.lengths = np.repeat(np.minimum(chunk, self.length - starts), rows)[:, np.newaxis]

    def __len__(self):
        return len(self.lengths)

    def plan(self):
        """Returns the batches of an epoch: the first chunk of every row, the second, ..."""
        return np.arange(len(self)).reshape(-1, self.rows)

    def batch(self, chosen):
        """Returns the chosen examples: ids and the next pieces (n, steps), and 1 where a row begins, (n,); int32."""
        chunks, rows = np.divmod(np.asarray(chosen), self.rows)
        first = rows * self.length + chunks * self.chunk
        parts = [self.ids[i : i + self.lengths[number, 0] + 1] for i, number in zip(first, chosen, strict=True)]
        return pad([part[:-1] for part in parts]), pad([part[1:] for part in parts]), (chunks == 0).astype(np.int32)


class Lines:
    """A text as lines, each of which begins anew; those longer than `most` pieces in parts, which do, too.

    Attributes:
        lengths: (examples, 1) int, pieces that each example predicts, the end of the line among them.
    """

    def __init__(self, lines, most):
        """Takes a list of (n,) ids, without marks."""
        whole = [np.concatenate([[EOS], line, [EOS]]) for line in lines]
        self.parts = [line[i : i + most + 1] for line in whole for i in range(0, len(line) - 1, most)]
        self.lengths = np.array([[len(part) - 1] for part in self.parts])

    def __len__(self):
        return len(self.parts)

    def batch(self, chosen):
        """Returns the chosen examples as `Streams.batch` does."""
        parts = [self.parts[i] for i in chosen]
        return pad([part[:-1] for part in parts]), pad([part[1:] for part in parts]), np.ones(len(parts), np.int32)
