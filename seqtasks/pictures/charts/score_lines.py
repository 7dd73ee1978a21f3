"""A score over slices of the test set, such as lengths, with a line for each system."""

from seqtasks.errors import UsageError
from seqtasks.pictures.canvas import INK, QUIET, encode, new_figure, ruled, series, style
from seqtasks.pictures.fonts import BASE
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import write_atomically

SUFFIXES = (".png", ".svg")


def save_score_lines(path, slices, systems, *, score_name, slice_name):
    """Draws a score slice by slice.

    Args:
        path: where to write, `.png` or `.svg`.
        slices: {label: number of examples}, in order.
        systems: {name: values in the order of the slices}.
        score_name: name of the score, such as "BLEU".
        slice_name: name of the quantity that is sliced, such as "words in the source".

    Raises:
        UsageError: there is nothing to draw, or the suffix names neither format.
        StorageError: the file cannot be written.
    """
    suffix = checked_suffix(path, SUFFIXES)
    if not slices or not systems:
        raise UsageError(f"There is nothing to draw in '{path}': no examples were scored.")
    with style(families=[BASE, "sans-serif"] if suffix == ".svg" else [BASE]):
        figure = new_figure(8.0, 4.5)
        figure.subplots_adjust(left=0.08, right=0.97, top=0.83, bottom=0.17)
        axes = figure.add_subplot()
        places = range(len(slices))
        for number, (name, values) in enumerate(systems.items()):
            axes.plot(
                places, values, color=series(number), linewidth=2, marker="o", clip_on=False, markersize=5, label=name
            )
        axes.set_xticks(places, [f"{label}\n{count:,}" for label, count in slices.items()])
        axes.set_xlabel(f"{slice_name}; number of examples below", fontsize=11, color=QUIET)
        axes.text(0, 1.03, score_name, transform=axes.transAxes, color=INK, fontsize=12, parse_math=False)
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=11)
        axes.set_ylim(bottom=0)
        axes.margins(x=0.04)
        ruled(axes)
        content = encode(figure, suffix)
    write_atomically(path, content)
