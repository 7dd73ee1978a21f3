"""Which of many features each text has: a matrix of zeros and ones, of which only the ones are kept."""

from typing import NamedTuple

import numpy as np


class Presence(NamedTuple):
    """A matrix (texts, features) of zeros and ones.

    Attributes:
        columns: (ones,) int32, the columns of the ones, row by row.
        lengths: (texts,) int64, the number of ones in each row, at least one.
        names: (features,) int32, the number by which a feature is known elsewhere, ascending.
    """

    columns: np.ndarray
    lengths: np.ndarray
    names: np.ndarray

    @classmethod
    def of_parts(cls, parts, *, none):
        """Makes it of arrays (rows, any) of names, several times in a row perhaps; `none` is padding, above them."""
        found, lengths = [], []
        for part in parts:
            part = np.sort(part.astype(np.int32), axis=1)
            first = part < none
            first[:, 1:] &= part[:, 1:] != part[:, :-1]
            found.append(part[first])
            lengths.append(first.sum(axis=1))
        found = np.concatenate(found)
        names = np.unique(found)
        return cls(np.searchsorted(names, found).astype(np.int32), np.concatenate(lengths), names)

    def only(self, kept):
        """Returns it with only some of the columns, (features,) bool, of which each row must have one."""
        new = np.cumsum(kept, dtype=np.int32) - 1
        ones = kept[self.columns]
        lengths = np.add.reduceat(ones.astype(np.int64), self._starts)
        return Presence(new[self.columns[ones]], lengths, self.names[kept])

    def of_rows(self, vector):
        """Returns the product (texts,) with a vector (features,): for each text, the sum over its features."""
        return np.add.reduceat(vector[self.columns], self._starts)

    def of_columns(self, vector):
        """Returns the product (features,) of the transpose with a vector (texts,): the sum over a feature's texts."""
        return np.bincount(self.columns, np.repeat(vector, self.lengths), minlength=len(self.names))

    @property
    def _starts(self):
        return np.cumsum(self.lengths) - self.lengths
