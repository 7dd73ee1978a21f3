"""Scores with signatures and intervals; no TensorFlow.

Every rate is on 0-100. A signature says how it was computed; scores with different signatures do not compare.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import fmean, stdev

import numpy as np


@dataclass(frozen=True)
class Score:
    """A score, its 95 % bootstrap interval (None where not asked for), and its signature."""

    name: str
    value: float
    low: float | None
    high: float | None
    signature: str

    def as_dict(self):
        """Returns the score as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Metric:
    """A score as a function of sums over the examples, so that resamples of the examples can be scored too.

    Attributes:
        name: of the score.
        signature: how it is computed.
        statistics: function from predictions, one an example, to numbers (examples, k).
        value: function from the sum of statistics, float (k,), to the score; a rate is on 0-100.
    """

    name: str
    signature: str
    statistics: Callable
    value: Callable


def shown(name, value):
    """Returns the value of the score called `name` as it is printed, rates with one digit, nats and bits with three."""
    digits = {"nats": 3, "bits": 3, "perplexity": 2}.get(name.partition("_")[0], 1)
    return f"{value:.{digits}f}"


def mean_and_deviation(values):
    """Returns the mean and the sample standard deviation (n - 1) of numbers, the latter None for a single one."""
    return fmean(values), stdev(values) if len(values) > 1 else None


def rate(part, whole):
    """Returns 100 part / whole, element by element, as float64; 0 where there is no whole."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(100 * part, whole, out=np.zeros_like(whole), where=whole != 0)


def precision_table(classes, right, predicted, wanted):
    """Returns [{"class", "precision", "recall", "f1", "predicted", "support"}, ...]; rates on 0-100.

    Args:
        classes: their names.
        right, predicted, wanted: (classes,) how often each was predicted rightly, predicted, and wanted (its support).
            The precision of a class that is never predicted is 0, and so is the recall of one that is never wanted.
    """
    right, predicted, wanted = (np.asarray(counts, float) for counts in (right, predicted, wanted))
    rates = np.stack([rate(right, predicted), rate(right, wanted), rate(2 * right, predicted + wanted)], axis=1)
    return [
        dict(zip(("class", "precision", "recall", "f1"), (name, *row.tolist()), strict=True))
        | {"predicted": int(of_class), "support": int(support)}
        for name, row, of_class, support in zip(classes, rates, predicted, wanted, strict=True)
    ]
