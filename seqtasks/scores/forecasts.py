"""Errors of forecasts: MSE, MAE, RMSE, R2, MASE and skill, and what quantiles cover, over columns and steps ahead."""

import math

import numpy as np

from seqtasks.scores import Metric
from seqtasks.version import __version__

NAMES = ("mse", "mae", "rmse", "r2", "mase")
# Sums that are kept for each column: of cells, of squared and absolute errors, of truths and of their squares.
_SUMS = 5


def metrics(truth, *, means, units, scales=(), season=1, first=NAMES[0], more=""):
    """Returns the metrics of forecasts (rows, horizon, columns), NaN where there is none, the one called `first` first.

    The forecasts of a row are those of it made one step before it, two steps before it, and so on. A score is that of
    all of them, column by column, and of several columns the mean. A cell without truth or forecast does not count.

    R2 is 1 - sum of squared errors / sum of squared distances from the mean of the truths that are scored, 0 where
    these are all equal. MASE (Hyndman and Koehler, 2006) is the mean absolute error divided by that of the value a
    season before on the train split; it is left out where that is 0 for a column.

    Args:
        truth: (rows, columns), NaN where it is missing.
        means: (columns,), near the means of the truth, for the precision of sums.
        units: (columns,), what errors are divided by; several columns must not be in different units.
        scales: (columns,), the denominators of MASE, in the unit of the truth; none leaves it out.
        season: rows of a season of these.
        first: name of the main score.
        more: behind every signature.
    """
    truth, units = np.asarray(truth, float), np.asarray(units, float)

    def statistics(forecasts):
        return sums(truth, forecasts, means)

    def metric(name, of_column, about=""):
        def value(totals):
            columns = np.reshape(totals, [-1, _SUMS])
            return float(np.mean([of_column(i, *column) for i, column in enumerate(columns)]))

        return Metric(name, f"version:{__version__}{about}{more}", statistics, value)

    def squared(i, count, squares, *_):
        return squares / max(1.0, count) / units[i] ** 2

    def absolute(i, count, _, sizes, *__):
        return sizes / max(1.0, count) / units[i]

    def explained(_, count, squares, __, total, total_of_squares):
        apart = total_of_squares - total**2 / max(1.0, count)
        return 1 - squares / apart if apart > 1e-12 * max(1.0, total_of_squares) else 0.0

    found = {
        "mse": metric("mse", squared),
        "mae": metric("mae", absolute),
        "rmse": metric("rmse", lambda *column: math.sqrt(squared(*column))),
        "r2": metric("r2", explained),
    }
    if len(scales) and all(scales):
        told = ",".join(f"{scale:.4g}" for scale in scales)
        about = f"|denominator:{told}|season:{season}"
        found["mase"] = metric("mase", lambda i, *sums: absolute(i, *sums) * units[i] / scales[i], about)
    return [found.pop(first), *found.values()]


def skill(truth, other, *, means, units, more=""):
    """Returns the Metric of skill: 1 - MSE / MSE of the forecasts `other`, of the same shape; 0 where theirs is 0."""
    truth, beside = np.asarray(truth, float), sums(truth, other, means)

    def value(totals):
        own, others = np.reshape(totals, [2, -1, _SUMS])[:, :, 1] / np.square(units)
        return float(np.mean(1 - np.divide(own, others, out=np.ones_like(own), where=others > 0)))

    def statistics(forecasts):
        return np.concatenate([sums(truth, forecasts, means), beside], axis=1)

    return Metric("skill", f"version:{__version__}|against:last value{more}", statistics, value)


def of_quantiles(truth, shares, *, units, more=""):
    """Returns the metrics of quantiles (rows, horizon, columns, shares), NaN where there are none.

    They are `coverage`, the percentage of truths from the lowest to the highest quantile; for each quantile, as
    `below_0.1`, the percentage of truths that are no larger; and `quantile_loss` (Koenker and Bassett, 1978), summed
    over the quantiles, in the unit of errors. All columns and steps of the horizon count alike.

    Args:
        truth: (rows, columns), NaN where it is missing.
        shares: of what comes, those that should lie below, ascending.
        units: (columns,), what errors are divided by.
        more: behind every signature.
    """
    truth, units, shares = (np.asarray(part, float) for part in (truth, units, shares))
    told = ",".join(f"{share:g}" for share in shares)

    def statistics(quantiles):
        quantiles = np.asarray(quantiles, float)
        apart = truth[:, np.newaxis, :, np.newaxis] - quantiles
        there = ~np.isnan(apart)
        below, inside = there & (apart <= 0), there[..., 0] & (apart[..., 0] >= 0) & (apart[..., -1] <= 0)
        errors = np.where(there, np.maximum(shares * apart, (shares - 1) * apart), 0) / units[:, np.newaxis]
        parts = (there[..., 0], inside, errors.sum(axis=-1))
        axes = (1, 2)
        return np.column_stack([*(part.sum(axis=axes) for part in parts), below.sum(axis=axes)])

    def metric(name, value):
        return Metric(name, f"version:{__version__}|quantiles:{told}{more}", statistics, value)

    def percentage(place):
        return lambda totals: float(100 * totals[place] / max(1.0, totals[0]))

    found = [metric("coverage", percentage(1))] if len(shares) > 1 else []
    found += [metric(f"below_{share:g}", percentage(3 + place)) for place, share in enumerate(shares)]
    return [*found, metric("quantile_loss", lambda totals: float(totals[2] / max(1.0, totals[0])))]


def sums(truth, forecasts, means):
    """Returns what scores are made of, (rows, columns * 5), from truth (rows, columns) and (rows, horizon, columns)."""
    truth = (np.asarray(truth, float) - means)[:, np.newaxis]
    errors = np.asarray(forecasts, float) - means - truth
    there = ~np.isnan(errors)
    errors, truth = np.where(there, errors, 0), np.where(there, truth, 0)
    parts = (there, errors**2, np.abs(errors), truth, truth**2)
    found = np.stack([np.sum(part, axis=1, dtype=float) for part in parts], axis=-1)
    return found.reshape(len(found), -1)


def scale_of(values, season):
    """Returns the denominators of MASE, (columns,): mean |y_t - y_(t - season)| of values (rows, columns).

    It is 0 where no two rows a season apart are known, or all such are equal.
    """
    steps = np.abs(values[season:] - values[: len(values) - season])
    there = ~np.isnan(steps)
    return np.where(there, steps, 0).sum(axis=0) / np.maximum(1, there.sum(axis=0))
