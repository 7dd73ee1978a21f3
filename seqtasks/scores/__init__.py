"""Scores with signatures and intervals; no TensorFlow.

Every rate is on 0-100. A signature records how a score was computed; only scores with equal signatures compare.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# Scores in the unit of what was measured, or its square.
_ERRORS = ("mse", "mae", "rmse", "quantile")


@dataclass(frozen=True)
class Score:
    """A score, its 95 % bootstrap interval (None if not asked for), and its signature."""

    name: str
    value: float
    low: float | None
    high: float | None
    signature: str

    def as_dict(self) -> dict[str, Any]:
        """Returns the score as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Metric:
    """A score as a function of sums over the examples, so that resamples of the examples can be scored too.

    Attributes:
        name: name of the score.
        signature: how it is computed.
        statistics: function from predictions, one for each example, to numbers (examples, k).
        value: function from the sum of statistics, float (k,), to the score; a rate is on 0-100.
    """

    name: str
    signature: str
    statistics: Callable
    value: Callable


def format_score(name: str, value: float) -> str:
    """Returns the value of the score `name` as it is printed: rates with one digit, nats and bits with three.

    Errors, which have the unit of what was measured, have four digits.
    """
    kind = name.partition("_")[0]
    if kind in _ERRORS:
        return f"{value:.4g}"
    digits = {"nats": 3, "bits": 3, "perplexity": 2, "r2": 3, "mase": 3, "skill": 3}.get(kind, 1)
    return f"{value:.{digits}f}"


def format_interval(name: str, low: float | None, high: float | None) -> str:
    """Returns the interval of the score `name` as "low to high", "" if there is none."""
    return "" if low is None or high is None else f"{format_score(name, low)} to {format_score(name, high)}"


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float | None]:
    """Returns the mean and the sample standard deviation (n - 1) of numbers, the latter None for a single one."""
    return fmean(values), stdev(values) if len(values) > 1 else None


def spread(name: str, mean: float, deviation: float | None, runs: int) -> str:
    """Returns the mean of the score `name` and its deviation over seeds as it is printed."""
    if deviation is None:
        return f"{format_score(name, mean)}, one seed"
    return f"{format_score(name, mean)} ± {format_score(name, deviation)} over {runs} seeds"


def rate(part: ArrayLike, whole: ArrayLike) -> np.ndarray:
    """Returns 100 part / whole, element by element, as float64; 0 where whole is 0."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(100 * part, whole, out=np.zeros_like(whole), where=whole != 0)


def precision_table(
    classes: Sequence[str], right: ArrayLike, predicted: ArrayLike, wanted: ArrayLike
) -> list[dict[str, Any]]:
    """Returns [{"class", "precision", "recall", "f1", "predicted", "support"}, ...]; rates on 0-100.

    Args:
        classes: names of the classes.
        right, predicted, wanted: (classes,) counts of correct predictions, predictions, and wanted classes (support).
            The precision of a class that is never predicted is 0, and so is the recall of one that is never wanted.
    """
    found, given, support = (np.asarray(counts, float) for counts in (right, predicted, wanted))
    rates = np.stack([rate(found, given), rate(found, support), rate(2 * found, given + support)], axis=1)
    return [
        dict(zip(("class", "precision", "recall", "f1"), (name, *row.tolist()), strict=True))
        | {"predicted": int(times), "support": int(count)}
        for name, row, times, count in zip(classes, rates, given, support, strict=True)
    ]
