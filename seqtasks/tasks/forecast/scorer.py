"""The scores of the forecast task: MSE, MAE, RMSE, R2 and MASE."""

import itertools

import numpy as np

from seqtasks.scores import forecasts, significance
from seqtasks.series.line import line_of, number_in, steps_of, vectors_of
from seqtasks.tasks import scorer

_PARTS = 4


class Scorer(scorer.Scorer):
    """Scores forecasts of each row of a table.

    A line has the vectors that were forecast for a row: one step before it, two steps before it, and so on up to the
    horizon; nan where there was no row to forecast from. A vector has the values and, if the model has quantiles,
    behind them those of the first value, those of the second, and so on.
    """

    file = "columns.json"
    lower_is_better = True

    def __init__(self, settings, known):
        super().__init__(settings, known)
        self.main_score, self.horizon = settings.training.loss, settings.search.horizon
        self.shares = settings.model.quantiles
        self.block = max(self.horizon, known["season"])

    @staticmethod
    def counted(settings):
        corpus, search = settings.corpus, settings.search
        values = corpus.values if corpus.values is not None else "the usual columns"
        return f"{values} up to {search.horizon} ahead, with a season of {search.season or 'the corpus'}"

    @staticmethod
    def search(settings):
        return {"horizon": settings.search.horizon}

    @property
    def decoding(self):
        return f"horizon:{self.horizon}|origins:every row"

    def parsed(self, lines):
        """Returns forecasts (rows, horizon, values), NaN where there is none."""
        return self._numbers(lines)[..., : len(self.known["values"])]

    def quantiles(self, lines):
        """Returns the quantiles of forecasts (rows, horizon, values, quantiles), NaN where there is none."""
        count = len(self.known["values"])
        behind = self._numbers(lines)[..., count:]
        return behind.reshape(*behind.shape[:2], count, len(self.shares))

    def _numbers(self, lines):
        found = np.full((len(lines), self.horizon, len(self.known["values"]) * (1 + len(self.shares))), np.nan)
        for row, line in enumerate(lines):
            steps = steps_of(line)[: self.horizon]
            found[row, : len(steps)] = vectors_of(steps, found.shape[2])
        return found

    def metrics(self, rows):
        return forecasts.metrics(
            self.truth(rows),
            scales=self.known["scales"],
            first=self.main_score,
            **self.options,
            season=self.known["season"],
        )

    def metrics_of_quantiles(self, rows):
        """Returns what is scored of the quantiles of rows."""
        options = {name: self.options[name] for name in ("units", "more")}
        return forecasts.of_quantiles(self.truth(rows), self.shares, **options)

    def scores_of_quantiles(self, lines, rows):
        """Returns the Scores of quantiles, none if the model has none."""
        if not self.shares:
            return []
        found = self.quantiles(lines)
        return [significance.score(metric, found, block=self.block) for metric in self.metrics_of_quantiles(rows)]

    @property
    def options(self):
        """What scores depend on besides the truth: of several columns, errors are in deviations of train."""
        deviations, means = self.known["deviations"], self.known["means"]
        several = len(means) > 1
        units = [deviation or 1.0 for deviation in deviations] if several else [1.0]
        return {"means": means, "units": units, "more": "|unit:deviation|columns:mean" if several else ""}

    @staticmethod
    def truth(rows):
        """Returns the values of rows (rows, values), NaN where they are missing."""
        return np.array([[number_in(cell) for cell in row["values"]] for row in rows], float)

    def reference(self, row):
        return ",".join(row["values"])

    def slices(self, rows):
        bounds = [len(rows) * part // _PARTS for part in range(_PARTS + 1)]
        parts = {}
        for first, end in itertools.pairwise(bounds):
            if end > first:
                parts[f"from {rows[first]['time'] or f'row {first + 1}'}"] = list(range(first, end))
        return {"time": parts}

    def of_columns(self, lines, rows):
        """Returns {column: [Score]} of each value, in its own unit, all steps of the horizon together."""
        truth, found, known = self.truth(rows), self.parsed(lines), self.known
        return {
            name: self._scores(truth[:, [i]], found[:, :, [i]], [known["means"][i]])
            for i, name in enumerate(known["values"])
        }

    def of_steps(self, lines, rows):
        """Returns {step: [Score]} of each step of the horizon, from 1."""
        truth, found = self.truth(rows), self.parsed(lines)
        options = self.options
        return {
            str(step + 1): self._scores(truth, found[:, [step]], options["means"], options["units"])
            for step in range(self.horizon)
        }

    def quantiles_of_steps(self, lines, rows):
        """Returns {step: [Score]} of the first score of quantiles, for each step of the horizon, from 1."""
        found, (metric, *_) = self.quantiles(lines), self.metrics_of_quantiles(rows)
        return {
            str(step + 1): [significance.score(metric, found[:, [step]], interval=False)]
            for step in range(self.horizon)
        }

    def _scores(self, truth, found, means, units=(1.0,)):
        metrics = forecasts.metrics(truth, means=means, units=units, first=self.main_score)
        return [significance.score(metric, found, interval=False) for metric in metrics]


def lines_of(found):
    """Returns forecasts (rows, horizon, values) as lines."""
    return [line_of(one) for one in found]
