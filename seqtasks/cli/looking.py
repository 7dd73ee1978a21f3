"""gradients: what the laboratory finds in runs, printed."""

import click

from seqtasks.cli import load_tensorflow
from seqtasks.errors import GradientError

# How many steps before the last the table tells the norm at.
_BACK = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)


def check_gradients(runs):
    """Prints a line for each weight of each run; raises GradientError where a gradient is wrong."""
    from seqtasks.cli.answering import open_run
    from seqtasks.cli.progress import AnswerProgress
    from seqtasks.laboratory import gradients as checking

    folders = [open_run(run) for run in runs]
    load_tensorflow()
    wrong = []
    for folder in folders:
        progress = AnswerProgress("weights")
        try:
            found = checking.check_gradients(folder, progress=progress)
        finally:
            progress.close()
        width = max(len(one.name) for one in found)
        for one in found:
            shape = " x ".join(map(str, one.shape))
            said = "" if one.holds else "  WRONG"
            click.echo(f"{one.name:<{width}}  {shape:>12}  error {one.error:.1e}  norm {one.size:.1e}{said}")
        wrong += [f"{one.name} of '{folder.path}'" for one in found if not one.holds]
    if wrong:
        raise GradientError(
            f"not within {checking.TOLERANCE} of what differences say: the gradient of {', '.join(wrong)}; report it"
        )


def show_flow(runs, *, steps, trained, output):
    """Prints the norms of each run at some steps before the last, and draws all runs."""
    from seqtasks.cli.answering import open_run
    from seqtasks.laboratory import flow
    from seqtasks.pictures.charts.gradient_flow import SUFFIXES, save_gradient_flow
    from seqtasks.pictures.suffixes import checked_suffix

    if output is not None:
        checked_suffix(output, SUFFIXES)
    folders = [open_run(run) for run in dict.fromkeys(runs)]
    for folder in folders:
        flow.refuse_unlike(folder)
    load_tensorflow()
    flows = [flow.gradient_flow(folder, steps=steps, trained=trained) for folder in folders]
    back = [number for number in _BACK if number < steps]
    lines = [("steps before the last", [str(number) for number in back])]
    for found in flows:
        for what, norms in (("dL/dh", found.hidden), ("dL/dc", found.memory), ("bound", found.bound)):
            if norms is not None:
                lines.append((f"{found.name}  {what}", [f"{norms[-1 - number]:.1e}" for number in back]))
    width = max(len(name) for name, _ in lines)
    for name, values in lines:
        click.echo(f"{name:<{width}}" + "".join(f"{value:>9}" for value in values))
    if output is not None:
        save_gradient_flow(output, {found.name: (found.hidden, found.memory, found.bound) for found in flows})
        click.echo(output)
