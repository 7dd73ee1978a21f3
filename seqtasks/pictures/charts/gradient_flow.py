"""A chart of the gradient of the last step's loss by step, on a logarithmic scale, with a line for each run."""

import math

import numpy as np

from seqtasks.pictures.canvas import INK, QUIET, encode, new_figure, ruled, series, style
from seqtasks.pictures.fonts import BASE
from seqtasks.pictures.pieces import elide
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import write_atomically

SUFFIXES = (".png", ".svg")
# Smaller norms are not drawn, as a logarithmic scale has no zero.
_LOWEST = 1e-16
# Factor of room above the largest gradient.
_ABOVE = 100
_LINES = {"-": "dL/dh solid", "--": "dL/dc dashed", ":": "bound dotted"}
# Number of columns of the legend, and the longest name in it.
_ACROSS, _LONGEST_NAME = 2, 44


def save_gradient_flow(path, flows):
    """Draws norms of dL/dh_t by step (solid), of dL/dc_t (dashed), and bounds (dotted).

    Args:
        path: where to write, `.png` or `.svg`.
        flows: {name: (hidden, memory, bound)}, each (steps,) floats in order of time; memory and bound may be None.

    Raises:
        UsageError: the suffix names neither format.
        StorageError: the file cannot be written.
    """
    write_atomically(path, gradient_flow_chart(flows, checked_suffix(path, SUFFIXES)))


def gradient_flow_chart(flows, suffix):
    """Returns the chart as bytes, ".png" or ".svg"; see `save_gradient_flow`."""
    with style(families=[BASE, "sans-serif"] if suffix == ".svg" else [BASE]):
        rows = math.ceil(len(flows) / _ACROSS)
        height = 4.3 + 0.25 * rows
        figure = new_figure(8.0, height)
        figure.subplots_adjust(left=0.1, right=0.97, top=1 - (0.5 + 0.25 * rows) / height, bottom=0.65 / height)
        axes = figure.add_subplot()
        axes.set_yscale("log")
        drawn = set()
        for number, (name, parts) in enumerate(flows.items()):
            for part, (line, what) in zip(parts, _LINES.items(), strict=True):
                if part is not None:
                    drawn.add(what)
                    back = np.arange(1 - len(part), 1)
                    shown = np.where(np.asarray(part) >= _LOWEST, part, np.nan)
                    label = elide(name, columns=_LONGEST_NAME).replace("$", r"\$") if line == "-" else None
                    axes.plot(back, shown, color=series(number), linestyle=line, linewidth=2, label=label)
        # A bound may grow very large; the measured norms must stay visible.
        measured = np.concatenate([part for parts in flows.values() for part in parts[:2] if part is not None])
        measured = measured[measured >= _LOWEST]
        if len(measured):
            axes.set_ylim(measured.min() / 3, measured.max() * _ABOVE)
        axes.set_xlabel("steps before the last", fontsize=11, color=QUIET)
        title = "gradient norm of the last step's loss: " + ", ".join(w for w in _LINES.values() if w in drawn)
        axes.text(0, 1.03, title, transform=axes.transAxes, color=INK, fontsize=12)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.07), ncols=_ACROSS, frameon=False, fontsize=10)
        axes.margins(x=0.02)
        ruled(axes)
        return encode(figure, suffix)
