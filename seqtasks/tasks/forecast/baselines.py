"""What needs no network to forecast: the last value, that of a season ago, the mean, and a linear autoregression."""

import numpy as np

MEAN = "mean of train"
# Weight of the squared coefficients of the linear autoregression, whose inputs are standardized.
_PENALTY = 1.0
_LEAST_ORDER = 5


def forecasts(text, horizon, values, future, train):
    """Returns {name: forecasts (rows, horizon, values)} from each row of a table, linear ones last.

    Args:
        text: the run's Text.
        horizon: number of steps.
        values, future: the table, as `Text.table` returns it.
        train: TableRows to fit linear ones to; None leaves them out.
    """
    numbers, count, season = text.numbers, text.count, text.season
    known = filled(values, season, numbers.means)
    found = {"last value": last_value(known[:, :count], horizon)}
    if season > 1:
        found[f"value of {season} rows ago"] = season_ago(known[:, :count], horizon, season)
    means = numbers.means[:count]
    found[MEAN] = np.broadcast_to(means, (len(values), horizon, count))
    if train is None:
        return found
    table, beside = text.table(train)
    parts = filled(table, season, numbers.means), known
    table, known = (np.asarray(numbers.standardize(part), float) for part in parts)
    for known_beforehand, more in ((None, ""), (beside, f" with {', '.join(text.future)}")):
        if known_beforehand is None or text.future:
            fitted = Autoregression(table, known_beforehand, count=count, season=season, horizon=horizon)
            name = f"linear autoregression of {fitted.order} rows{more}"
            found[name] = fitted.forecasts(known, future) * numbers.deviations[:count] + means
    return found


def filled(values, season, means):
    """Returns values (rows, columns) with the missing ones replaced: by those a season before, else by the last ones.

    `means` (columns,) stand for those that are missing at the beginning.
    """
    found = values.copy()
    for row, column in np.argwhere(np.isnan(values)):
        ago = row - season if row >= season else row - 1
        found[row, column] = found[ago, column] if ago >= 0 else means[column]
    return found


def last_value(known, horizon):
    """Returns forecasts (rows, horizon, columns) from each of the filled values (rows, columns): that value again."""
    return np.repeat(known[:, np.newaxis], horizon, axis=1)


def season_ago(known, horizon, season):
    """The same: the value a season before, of the last season that is known; in the first season the last value."""
    steps = 1 + np.arange(horizon)
    places = np.arange(len(known))[:, np.newaxis] + steps - season * -(-steps // season)
    return known[np.where(places >= 0, places, np.arange(len(known))[:, np.newaxis])]


class Autoregression:
    """A linear function of the last vectors for each step of the horizon, fitted by ridge regression."""

    def __init__(self, table, future, *, count, season, horizon):
        """Fits it to a table.

        Args:
            table: filled standardized vectors of train (rows, channels), with the `count` values to forecast first.
            future: what is known beforehand of each row (rows, features); None does without.
            season: rows of a season; it reads as many rows, at least five.
        """
        self.order, self.horizon, self.count, self.has_future = (
            max(_LEAST_ORDER, season),
            horizon,
            count,
            future is not None,
        )
        lags = self._lags(table)[self.order - 1 :]
        self._coefficients = []
        shared = lags.T @ lags
        for step in range(1, horizon + 1):
            end = len(lags) - step
            wanted = table[self.order - 1 + step :, :count]
            # Some rows at the end have no answer: a few products less.
            left_out = lags[end:]
            gram, product = shared - left_out.T @ left_out, lags[:end].T @ wanted
            if self.has_future:
                beside = future[self.order - 1 + step :]
                cross = lags[:end].T @ beside
                gram = np.block([[gram, cross], [cross.T, beside.T @ beside]])
                product = np.concatenate([product, beside.T @ wanted])
            penalty = np.full(len(gram), _PENALTY)
            # Not the intercept.
            penalty[lags.shape[1] - 1] = 1e-9
            self._coefficients.append(np.linalg.solve(gram + np.diag(penalty), product))

    def forecasts(self, table, future):
        """Returns forecasts (rows, horizon, count) from each row of a table, filled and standardized; see `__init__`.

        Before the first row all is the mean.
        """
        lags = self._lags(table)
        found = np.empty((len(table), self.horizon, self.count))
        for step, coefficients in enumerate(self._coefficients, start=1):
            inputs = lags
            if self.has_future:
                beside = np.pad(future[step:], ((0, min(step, len(future))), (0, 0)))
                inputs = np.concatenate([lags, beside], axis=1)
            found[:, step - 1] = inputs @ coefficients
        return found

    def _lags(self, table):
        """Returns the last `order` vectors up to each row side by side, the newest first, and 1, (rows, ...)."""
        padded = np.concatenate([np.zeros((self.order - 1, table.shape[1])), table])
        parts = [padded[self.order - 1 - lag : len(padded) - lag] for lag in range(self.order)]
        return np.concatenate([*parts, np.ones((len(table), 1))], axis=1)


def of_rows(found, before, rows):
    """Returns the forecasts of each row from those from each row.

    Args:
        found: forecasts (before + rows, horizon, columns) from each of the rows before and of these.
        before: number of rows before.
        rows: number of rows.

    Returns:
        (rows, horizon, columns): that made one step before a row, two steps before it, and so on; NaN where there is no
        such row.
    """
    horizon = found.shape[1]
    origins = before + np.arange(rows)[:, np.newaxis] - 1 - np.arange(horizon)
    return np.where(origins[..., np.newaxis] >= 0, found[np.maximum(origins, 0), np.arange(horizon)], np.nan)
