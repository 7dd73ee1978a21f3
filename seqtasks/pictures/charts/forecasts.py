"""Forecasts over what came: a line for the truth, one for the network with a band, finer ones for simpler forecasts."""

import re

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.pictures.canvas import DEEP, INK, LINE, QUIET, encode, new_figure, ruled, series, style
from seqtasks.pictures.grid import families
from seqtasks.pictures.pieces import visible
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import write_atomically

SUFFIXES = (".png", ".svg")
# Most columns that are drawn, and marks of time below them.
_PANELS, _TICKS = 4, 5
# Opacity of the band.
_SHADE = 0.15
_NO_SECONDS = re.compile(r":\d\d:00$")


def save_forecasts(path, times, truth, forecasts, *, columns, horizon, band=None, told=""):
    """Draws forecasts of a stretch of rows, a panel for each column, and a band between two quantiles.

    Args:
        path: where to write, `.png` or `.svg`.
        times: strings, the time of each row, "" where there is none.
        truth: (rows, columns), NaN where it is missing.
        forecasts: {name: (rows, columns)}, the network's first, NaN where there is none.
        columns: names of the columns; the first four are drawn.
        horizon: rows that are forecast from one row; where each such stretch begins there is a fine line.
        band: lower and upper edges of a band, (rows, columns, 2); None draws none.
        told: its name.

    Raises:
        UsageError: there is nothing to draw, or the suffix names neither format.
        StorageError: the file cannot be written.
    """
    suffix, truth = checked_suffix(path, SUFFIXES), np.asarray(truth, float)
    if not truth.size:
        raise UsageError(f"There is nothing to draw in '{path}': no rows were forecast.")
    names = [visible(name) for name in columns[:_PANELS]]
    with style(families=families(names, suffix)):
        figure = new_figure(11.0, 1.2 + 3.0 * len(columns[:_PANELS]))
        panels = figure.subplots(len(columns[:_PANELS]), 1, squeeze=False)[:, 0]
        figure.subplots_adjust(left=0.07, right=0.95, top=1 - 0.75 / figure.get_figheight(), hspace=0.35)
        for column, axes in enumerate(panels):
            _panel(axes, truth[:, column], {name: one[:, column] for name, one in forecasts.items()}, horizon)
            if band is not None:
                edges = band[:, column].T
                axes.fill_between(range(len(truth)), *edges, color=DEEP, alpha=_SHADE, linewidth=0, label=told)
            axes.text(0, 1.02, names[column], transform=axes.transAxes, color=QUIET, fontsize=11, parse_math=False)
        places = np.linspace(0, len(truth) - 1, min(_TICKS, len(truth)), dtype=int)
        panels[-1].set_xticks(places, _marks([visible(times[place] or f"row {place + 1}") for place in places]))
        # Inside the picture, however long a time is written.
        for mark, side in zip((panels[-1].get_xticklabels()[i] for i in (0, -1)), ("left", "right"), strict=True):
            mark.set_horizontalalignment(side)
        for axes in panels[:-1]:
            axes.set_xticks([])
        panels[0].legend(
            loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2 + len(forecasts), frameon=False, fontsize=10.5
        )
        content = encode(figure, suffix)
    write_atomically(path, content)


def _marks(times):
    """Returns times without seconds if none has any."""
    return [time[:-3] for time in times] if all(_NO_SECONDS.search(time) for time in times) else times


def _panel(axes, truth, forecasts, horizon):
    rows = np.arange(len(truth))
    for begin in range(0, len(truth), horizon) if horizon > 1 else ():
        axes.axvline(begin - 0.5, color=LINE, linewidth=1)
    axes.plot(rows, truth, color=INK, linewidth=1.4, marker="o", markersize=2.5, label="what came", zorder=3)
    for number, (name, one) in enumerate(forecasts.items()):
        look = {"color": DEEP, "linewidth": 2.2, "zorder": 4} if not number else {"color": series(number), "zorder": 2}
        style_of = {"linewidth": 1.1, "linestyle": "-" if not number else "--", **look}
        axes.plot(rows, one, label=name, **style_of)
    axes.margins(x=0.01)
    ruled(axes)
