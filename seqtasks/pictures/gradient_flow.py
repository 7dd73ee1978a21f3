"""How the gradient of the last step's loss flows back, on a logarithmic scale, with a line for each run."""

import numpy as np

from seqtasks.pictures.canvas import INK, QUIET, encode, new_figure, ruled, series, style
from seqtasks.pictures.fonts import BASE
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import write_aside

SUFFIXES = (".png", ".svg")
# What is smaller is not drawn: a gradient of zero has no place on a logarithmic scale.
_LOWEST = 1e-16


def save_gradient_flow(path, flows):
    """Draws norms of dL/dh_t by step (solid), of dL/dc_t (dashed), and bounds (dotted).

    Args:
        path: where to write, `.png` or `.svg`.
        flows: {name: (hidden, memory, bound)}, each (steps,) floats, the last step last; memory and bound may be None.

    Raises:
        UsageError: the suffix names neither format.
        StorageError: the file cannot be written.
    """
    suffix = checked_suffix(path, SUFFIXES)
    with style(families=[BASE, "sans-serif"] if suffix == ".svg" else [BASE]):
        figure = new_figure(8.0, 4.8)
        figure.subplots_adjust(left=0.1, right=0.97, top=0.8, bottom=0.14)
        axes = figure.add_subplot()
        axes.set_yscale("log")
        for number, (name, parts) in enumerate(flows.items()):
            for part, line, what in zip(parts, ("-", "--", ":"), ("", ", memory", ", bound"), strict=True):
                if part is not None:
                    back = np.arange(1 - len(part), 1)
                    shown = np.where(np.asarray(part) >= _LOWEST, part, np.nan)
                    axes.plot(back, shown, color=series(number), linestyle=line, linewidth=2, label=f"{name}{what}")
        axes.set_xlabel("steps before the last", fontsize=11, color=QUIET)
        axes.text(0, 1.03, "norm of the gradient of the last loss", transform=axes.transAxes, color=INK, fontsize=12)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.07), ncols=3, frameon=False, fontsize=10)
        axes.margins(x=0.02)
        ruled(axes)
        content = encode(figure, suffix)
    write_aside(path, content)
