"""The picture of an evaluation: forecasts of the last rows over what came."""

from functools import partial

import numpy as np

from seqtasks.pictures.charts.forecasts import save_forecasts
from seqtasks.tasks.forecast.baselines import MEAN

# Fewest rows and horizons that are drawn.
_ROWS, _HORIZONS = 60, 5


def picture(rows, lines, simpler, scorer):
    """Returns a function of a path that draws the last rows, each stretch of a horizon from the row before it.

    Args:
        rows: the rows that were forecast, of a table.
        lines: the forecasts of each, see `Scorer`.
        simpler: {name: forecasts (rows, horizon, values)}; of linear ones the last is drawn, which knows most.
        scorer: the run's Scorer.
    """
    horizon, shares = scorer.horizon, scorer.shares
    stretch = min(len(rows), max(_ROWS, _HORIZONS * horizon))
    places, last = np.arange(stretch), len(rows) - stretch

    def drawn(found):
        return found[last + places, places % horizon]

    found = {"forecast": scorer.parsed(lines)}
    found |= {"linear" if name.startswith("linear") else name: one for name, one in simpler.items() if name != MEAN}
    band = drawn(scorer.quantiles(lines))[..., [0, -1]] if len(shares) > 1 else None
    return partial(
        save_forecasts,
        times=[row["time"] for row in rows[last:]],
        truth=scorer.truth(rows[last:]),
        forecasts={name: drawn(one) for name, one in found.items()},
        columns=scorer.known["values"],
        horizon=horizon,
        band=band,
        told=f"{shares[0]:g} to {shares[-1]:g}" if shares else "",
    )
