"""Ranks units by how closely they follow a property of a text, and estimates how closely they would by chance."""

from dataclasses import dataclass

import numpy as np

# Number of units named for a property, maximum number of shifts to estimate chance, and number of shifts at once.
_BEST, _SHIFTS, _TOGETHER = 5, 400, 50


@dataclass(frozen=True)
class Ranking:
    """The units that follow a property most closely.

    Attributes:
        numbers: (best,) ints, columns of the activations, best first.
        correlations: (best,) Pearson's r of each.
        chance: the |r| below which the best of all units stays in 95 of 100 cases if the property is shifted against
            the text, and so unrelated to it. An |r| not above it may be chance.
    """

    numbers: np.ndarray
    correlations: np.ndarray
    chance: float

    @property
    def is_found(self):
        """Whether the best unit is above chance."""
        return abs(self.correlations[0]) > self.chance


def rank(activations, values):
    """Ranks units by how closely they follow a property.

    Args:
        activations: (pieces, units), at least two pieces.
        values: (pieces,), not all the same.

    Returns:
        A Ranking. Chance is estimated by at most 400 circular shifts of the property, each by at least a tenth of the
        text if possible: a shift keeps the autocorrelation of the property, which makes chance correlations large.
    """
    activations, values = _standardized(activations), _standardized(values)
    found, count = values @ activations, len(values)
    best = np.argsort(-np.abs(found), kind="stable")[:_BEST]
    offsets = np.arange(max(1, count // 10), count - count // 10)
    offsets = np.random.default_rng(0).permutation(offsets)[:_SHIFTS]
    largest = []
    for start in range(0, len(offsets), _TOGETHER):
        places = np.arange(count) - offsets[start : start + _TOGETHER, np.newaxis]
        largest.append(np.abs(values[places % count] @ activations).max(axis=1))
    return Ranking(best, found[best], float(np.quantile(np.concatenate(largest), 0.95)))


def _standardized(values):
    """Returns columns with mean 0 and length 1, so that their products are Pearson's r; constant columns become 0."""
    values = np.asarray(values, np.float64)
    values = values - values.mean(axis=0)
    lengths = np.sqrt((values * values).sum(axis=0))
    return np.where(lengths > 1e-9 * np.sqrt(len(values)), values / np.maximum(lengths, 1e-30), 0.0)
