"""An n-gram language model over ids with interpolated modified Kneser-Ney smoothing, a baseline for networks.

Kneser and Ney (1995), "Improved backing-off for m-gram language modeling"; Chen and Goodman (1998), "An empirical study
of smoothing techniques for language modeling", section 3. With c the counts of an order, D their discounts, h a context
and h' the same without its first id:

    P(w | h) = (c(hw) - D(c(hw))) / c(h) + gamma(h) P(w | h'),    gamma(h) = (sum over w of D(c(hw))) / c(h)

The highest order counts how often an n-gram occurs, the lower ones how many different ids stand to its left, the start
of the stream among them. Below order 1 all predictable ids are equally probable. A context that was never followed by
anything backs off to the shorter one.
"""

import itertools
from typing import NamedTuple

import numpy as np


class KneserNey:
    """Probabilities of the next id, given up to order - 1 ids before it.

    It keeps at most 48 bytes for each different n-gram of each order: 48 bytes an id and order if nothing repeats.
    Counting takes about 75 bytes an id besides, scoring 60. N-grams are sorted and searched, without a loop over ids.

    Args:
        ids: (n,) ints in range(size), the stream to count.
        size: number of different ids; `size` times `n` must be below 2 ** 63.
        order: length of the longest n-gram, 1 or more; the context is order - 1 ids.
        predictable: (size,) bool, False for ids that have probability 0; None for all True.

    Raises:
        ValueError: the stream is empty or has invalid or unpredictable ids; the order is below 1; `predictable` has
            another shape.
    """

    def __init__(self, ids, size, *, order, predictable=None):
        self._size = size
        ids = self._checked(ids)
        if not len(ids):
            raise ValueError("the stream is empty; expected at least one id")
        if order < 1:
            raise ValueError(f"the order is {order}; allowed: 1 or more")
        predictable = np.ones(size, bool) if predictable is None else np.asarray(predictable, bool)
        if predictable.shape != (size,):
            raise ValueError(f"predictable has shape {predictable.shape}; expected ({size},)")
        if not predictable[ids].all():
            raise ValueError(f"the stream holds id {ids[~predictable[ids]][0]}, which is not predictable")
        self._uniform = predictable / predictable.sum()
        self._highest, self._lower, contexts = [], [], 1
        for keys, counts, neighbours in _counted(ids, size, order):
            self._highest.append(_smoothed(keys, counts, contexts, size))
            if neighbours is not None:
                self._lower.append(_smoothed(keys, neighbours, contexts, size))
            contexts = len(keys)

    def log_probabilities(self, ids):
        """Returns (m,) float64, log p in nats of each id given those before it, -inf where it is not predictable.

        Args:
            ids: (m,) ints in range(size), else ValueError; the first ids have shorter contexts.
        """
        return self.by_order(ids)[-1]

    def by_order(self, ids):
        """Returns the same for the models of all orders from 1 up, (orders, m), which share their counts."""
        ids = self._checked(ids)
        probabilities, found = self._uniform[ids], []
        for (highest, lower), contexts, numbers in self._lookups(ids):
            found.append(highest.weights[contexts[:-1]] * probabilities + highest.shares[numbers])
            if lower:
                probabilities = lower.weights[contexts[:-1]] * probabilities + lower.shares[numbers]
        with np.errstate(divide="ignore"):
            return np.log(found)

    def distribution(self, context):
        """Returns (size,) float64, the probability of each id after the end of `context`, (k,) ids.

        Raises ValueError for an invalid id.
        """
        context = self._checked(context)[-len(self._highest) :]
        probabilities, every = self._uniform, np.arange(self._size)
        for (highest, lower), contexts, _ in self._lookups(context):
            contexts, one = np.full(self._size, contexts[-1]), lower or highest
            probabilities = one.weights[contexts] * probabilities + one.shares[one.find(contexts, every)]
        return probabilities

    def _lookups(self, ids):
        """Yields for lengths 1, 2, ... both _Order, the contexts around ids and the n-grams that end in them.

        The _Order are those as the highest order and as a lower order; the latter is None at the longest length.

        Contexts are the numbers (m + 1,) of the n-grams, one shorter, that end before each id and after the last;
        n-grams are numbers (m,). A number is -1 where the n-gram was not counted, or would start before the ids.
        """
        contexts = np.zeros(len(ids) + 1, np.int64)
        for highest, lower in itertools.zip_longest(self._highest, self._lower):
            numbers = highest.find(contexts[:-1], ids)
            yield (highest, lower), contexts, numbers
            contexts = np.append(-1, numbers)

    def _checked(self, ids):
        ids = np.asarray(ids)
        if ids.ndim != 1 or (len(ids) and ids.dtype.kind not in "iu"):
            raise ValueError(f"ids are {ids.dtype} of shape {ids.shape}; expected integers of shape (n,)")
        if len(ids) and not 0 <= ids.min() <= ids.max() < self._size:
            raise ValueError(f"ids are from {ids.min()} to {ids.max()}; allowed: from 0 to {self._size - 1}")
        return ids.astype(np.int64, copy=False)


class _Order(NamedTuple):
    """The n-grams of a length by number; number -1 means no n-gram and selects the last entry."""

    keys: np.ndarray  # (n-grams + 1,) int64, ascending, the last one above all
    shares: np.ndarray  # (n-grams + 1,) float64: (c(hw) - D) / c(h), then 0
    weights: np.ndarray  # (contexts + 1,) float64: gamma(h), 1 where nothing followed and for no context
    size: int

    def find(self, contexts, ids):
        """Returns numbers (m,) of the n-grams made of the numbers of contexts (m,) and ids (m,)."""
        keys = contexts * self.size + ids
        places = np.searchsorted(self.keys, keys)
        return np.where(self.keys[places] == keys, places, -1)


def _counted(ids, size, order):
    """Yields keys, counts and left neighbours (n-grams,) int64 for lengths 1, 2, ... up to the order.

    It ends with the length of the ids where that is less. The last ones have no neighbours, but None.

    A key is the number of the n-gram that is one shorter and ends one before, times `size`, plus the id. The number of
    an n-gram is its place among the keys of its length, which ascend.
    """
    shorter, counted, numbers = None, None, np.zeros(len(ids) + 1, np.int64)
    for length in range(1, min(order, len(ids)) + 1):
        keys, first, longer, counts = np.unique(
            numbers[:-1] * size + ids[length - 1 :], return_index=True, return_inverse=True, return_counts=True
        )
        if length > 1:
            # Each different n-gram gives a left neighbour to its end, the start of the stream one to its first n-gram.
            yield shorter, counted, np.bincount(np.append(numbers[1:][first], numbers[0]))
        shorter, counted, numbers = keys, counts, longer
    yield keys, counts, None


def _smoothed(keys, counts, contexts, size):
    """Returns the _Order of n-grams with keys and counts (n-grams,), whose contexts have numbers below `contexts`."""
    discounts = _discounts(counts)[np.minimum(counts, 3)]
    context = keys // size
    totals = np.bincount(context, counts, minlength=contexts)
    weights = np.ones(contexts + 1)
    np.divide(np.bincount(context, discounts, minlength=contexts), totals, out=weights[:-1], where=totals > 0)
    shares = np.append((counts - discounts) / totals[context], 0.0)
    return _Order(np.append(keys, np.iinfo(np.int64).max), shares, weights, size)


def _discounts(counts):
    """Returns (4,) float64, the discounts of a count of 0, 1, 2, and 3 or more; above 0 and less than the count.

    If a count from 1 to 4 does not occur, or a discount would not be above 0, they are 1/2, 1 and 3/2.
    """
    n1, n2, n3, n4 = (np.count_nonzero(counts == count) for count in range(1, 5))
    if n1 and n2 and n3 and n4:
        y = n1 / (n1 + 2 * n2)  # which is D1 = 1 - 2 y n2 / n1
        discounts = np.array([0, y, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
        if discounts[1:].min() > 0:
            return discounts
    return np.array([0, 0.5, 1, 1.5])
