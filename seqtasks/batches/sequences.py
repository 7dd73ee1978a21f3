"""Sequences of ids of different lengths, one after the other in one array."""

import numpy as np

from seqtasks.text import PAD


class Sequences:
    """Sequences of ids, one after the other in one array.

    Attributes:
        values: (total,) unsigned ints, all sequences one after the other, an array or a FileArray.
        ends: (n,) ints, where each sequence ends in `values`; likewise.
    """

    def __init__(self, values, ends):
        self.values, self.ends = values, ends

    @classmethod
    def of(cls, values, lengths, size):
        """Makes them of ids (total,), lengths (n,), and the number of different ids."""
        return cls(np.asarray(values).astype(id_type(size)), np.cumsum(lengths, dtype=np.int64))

    @classmethod
    def joined(cls, parts):
        """Returns the sequences of several Sequences as one."""
        starts = np.cumsum([0, *(len(part.values) for part in parts)])
        ends = [part.ends + start for part, start in zip(parts, starts, strict=False)]
        return cls(np.concatenate([part.values for part in parts]), np.concatenate(ends))

    def __len__(self):
        return len(self.ends)

    @property
    def lengths(self):
        """The length of each, (n,) ints, in memory."""
        return np.diff(self.ends[:], prepend=0)

    def lengths_of(self, chosen):
        """Returns the lengths of the chosen ones, (rows,) ints."""
        starts, ends = self._bounds(chosen)
        return ends - starts

    def _bounds(self, chosen):
        chosen = np.asarray(chosen, np.int64)
        return np.where(chosen > 0, self.ends[chosen - 1], 0), np.asarray(self.ends[chosen], np.int64)

    def marked(self, *, first=None, last=None):
        """Returns them with a mark before and after each."""
        values, lengths = self.values, self.lengths
        if last is not None:
            values, lengths = np.insert(values, self.ends, last), lengths + 1
        if first is not None:
            values, lengths = np.insert(values, np.cumsum(lengths) - lengths, first), lengths + 1
        return Sequences(values, np.cumsum(lengths))

    def places(self, chosen):
        """Returns where the ids of the chosen ones stand in `values`, and which are real; both (rows, steps).

        There is at least one step. What is not real is padding, on the right.
        """
        starts, ends = self._bounds(chosen)
        places = starts[:, np.newaxis] + np.arange(max(1, (ends - starts).max(initial=0)))
        return places, places < ends[:, np.newaxis]

    def padded(self, chosen):
        """Returns the chosen ones as one int32 array (rows, steps), padded."""
        starts, ends = self._bounds(chosen)
        padded = np.full((len(starts), max(1, (ends - starts).max(initial=0))), PAD, np.int32)
        for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            padded[row, : end - start] = self.values[start:end]
        return padded

    def padded_within(self, others, chosen):
        """Returns the sequences of the ids of the chosen ones of other Sequences, int32 (rows, steps, longest), padded.

        There is one for each id of `others`, in their order.
        """
        places, is_real = others.places(chosen)
        found = self.padded(places[is_real])
        padded = np.full((*places.shape, found.shape[1]), PAD, np.int32)
        padded[is_real] = found
        return padded


class Lengths:
    """The lengths of Sequences side by side, read when they are asked for."""

    def __init__(self, *sides, less=0):
        """Takes Sequences, as many each; `less` are marks of the last side that are not counted."""
        self._sides, self._less = sides, less

    def __len__(self):
        return len(self._sides[0])

    def __getitem__(self, chosen):
        """Returns the lengths of the chosen ones, (rows,) numbers, as (rows, sides)."""
        lengths = np.stack([side.lengths_of(chosen) for side in self._sides], axis=1)
        lengths[:, -1] -= self._less
        return lengths


def encoded(pieces, strings, most):
    """Returns the ids of strings as Sequences, at most `most` of each, by Pieces."""
    import tensorflow as tf  # which reading a packed corpus does not need

    ids = pieces.encode(tf.constant(strings, tf.string))[:, :most]
    return Sequences.of(ids.values, ids.row_lengths(), pieces.size)


def joined(parts):
    """Returns several Sequences, or several arrays, as one."""
    return Sequences.joined(parts) if isinstance(parts[0], Sequences) else np.concatenate(parts)


def id_type(size):
    """Returns the smallest type that holds `size` different ids."""
    return np.uint16 if size <= 1 << 16 else np.uint32
