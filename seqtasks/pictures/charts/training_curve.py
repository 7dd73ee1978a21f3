"""A chart of the training loss and the score on the development split by epoch."""

import math

from seqtasks.errors import UsageError
from seqtasks.pictures.canvas import DEEP, INK, LINE, QUIET, WARM, encode, new_figure, style
from seqtasks.pictures.fonts import BASE
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import write_atomically

SUFFIXES = (".png", ".svg")


def save_training_curve(path, history, *, score_name="score", higher_is_better=True):
    """Draws loss (left axis) and development score (right axis) over epochs, and marks the best epoch.

    Args:
        path: where to write, `.png` or `.svg`.
        history: one dict an epoch with `"epoch"` (counted from 1), `"loss"` and `"dev"`; a loss or score that is
            missing, None or not a number leaves a gap. Other keys are not drawn.
        score_name: name of the score in `"dev"`, such as "BLEU".
        higher_is_better: False for a score such as perplexity.

    Raises:
        UsageError: the history is empty, or the suffix names neither format.
        StorageError: the file cannot be written.
    """
    suffix = checked_suffix(path, SUFFIXES)
    if not history:
        raise UsageError(f"There is no epoch to draw in '{path}' yet; train for at least one.")
    content = training_curve(history, suffix, score_name=score_name, higher_is_better=higher_is_better)
    write_atomically(path, content)


def training_curve(history, suffix, *, score_name="score", higher_is_better=True):
    """Returns the chart as bytes, ".png" or ".svg"; see `save_training_curve`. The history is not empty."""
    epochs = [record["epoch"] for record in history]
    losses = [_number(record.get("loss")) for record in history]
    scores = [_number(record.get("dev")) for record in history]
    with style(families=[BASE, "sans-serif"] if suffix == ".svg" else [BASE]):
        figure = new_figure(8.0, 4.5)
        figure.subplots_adjust(left=0.1, right=0.9, top=0.87, bottom=0.14)
        axes = figure.add_subplot()
        _draw_line(axes, epochs, losses, name="loss", color=DEEP, place="left", room=1.6)
        if not all(map(math.isnan, scores)):
            score_axes = axes.twinx()
            _draw_line(score_axes, epochs, scores, name=score_name, color=WARM, place="right", room=1.25)
            _mark_best(score_axes, epochs, scores, higher_is_better)
        _frame(axes, epochs)
        return encode(figure, suffix)


def _number(value):
    """Returns `value` as a finite float, or NaN, which matplotlib draws as a gap."""
    return float(value) if value is not None and math.isfinite(value) else math.nan


def _draw_line(axes, epochs, values, *, name, color, place, room):
    axes.plot(epochs, values, color=color, linewidth=2, marker="o", markersize=4)
    where = {"left": (0.0, "left"), "right": (1.0, "right")}[place]
    axes.text(where[0], 1.04, name, transform=axes.transAxes, ha=where[1], color=color, fontsize=12, parse_math=False)
    axes.tick_params(axis="y", labelcolor=color, length=0, labelsize=10.5)
    axes.margins(x=0.04, y=0.12)
    if len(values) == 1 and values[0] > 0:
        # Each axis would centre its one point, and the score would hide the loss.
        axes.set_ylim(0, room * values[0])
    for edge in axes.spines.values():
        edge.set_visible(False)


def _mark_best(axes, epochs, scores, higher_is_better):
    known = [index for index, score in enumerate(scores) if not math.isnan(score)]
    best = (max if higher_is_better else min)(known, key=lambda index: scores[index])
    axes.axvline(epochs[best], color=WARM, linewidth=1, linestyle=(0, (4, 4)), alpha=0.5, zorder=0)
    axes.plot(
        epochs[best], scores[best], "o", markersize=11, markerfacecolor="none", markeredgecolor=WARM, markeredgewidth=2
    )
    text = f"best {scores[best]:.4g} at epoch {epochs[best]}"
    axes.text(0.4, 1.04, text, transform=axes.transAxes, ha="center", color=INK, fontsize=12, parse_math=False)


def _frame(axes, epochs):
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if len(epochs) == 1:
        axes.set_xlim(epochs[0] - 0.5, epochs[0] + 0.5)
    axes.set_xlabel("epoch", fontsize=11, color=QUIET)
    axes.tick_params(axis="x", length=0, labelsize=10.5, labelcolor=QUIET)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color(LINE)
