"""explain, gradients and cells: explanations of answers, and views inside a model."""

import os
import shutil
import sys

import click

from seqtasks.cli import completing
from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import counted, open_model, open_run
from seqtasks.errors import GradientError


@cli.command()
@click.argument("run", shell_complete=completing.runs)
@click.argument("text")
@click.option("--output", help="Picture to write: .png, .svg, .html or .json.  [default: text in the terminal]")
def explain(run, text, output):
    """Show what the answer to TEXT is based on. RUN may also be an exported model.

    For a captioner TEXT is the path of an image. Shows the attention weights of a model with attention; of other
    classifiers, taggers and models of series what each word or step adds to log p of the answer; else the saliency of
    each piece of the input.
    """
    from seqtasks.cli.answering import warn
    from seqtasks.pictures import as_text
    from seqtasks.pictures.attention.table import SUFFIXES
    from seqtasks.pictures.suffixes import checked_suffix
    from seqtasks.utf8 import without_mark

    if output is not None:
        checked_suffix(output, SUFFIXES)
    model, text = open_model(run), without_mark(text)
    given = model.predictor.reader.from_line(text, "the text")
    table = model.explain(given)
    warn(model.check(given), "the text")
    if output is not None:
        table.save(output)
        click.echo(output)
    else:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        click.echo(as_text(table, width=shutil.get_terminal_size((100, 24)).columns, color=color))


# The older name, from when only learned attention was shown.
cli.add_command(
    click.Command("attention", params=explain.params, callback=explain.callback, help="Another name for explain.")
)


@cli.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN [RUN]...", shell_complete=completing.runs)
@click.option("--check", is_flag=True, help="Compare the gradient of each weight with finite differences.")
@click.option("--steps", type=click.IntRange(min=2), help="Number of steps to look back.  [default: 64]")
@click.option("--untrained", is_flag=True, help="Use the initial weights.")
@click.option("--output", help="Picture to write: .png or .svg.")
def gradients(runs, check, steps, untrained, output):
    """Show how gradients flow back through time, or check them."""
    from seqtasks.errors import UsageError

    if check and (steps or untrained or output):
        raise UsageError("--check cannot be combined with --steps, --untrained or --output; leave them out")
    if check:
        _check_gradients(runs)
    else:
        _show_flow(runs, steps=steps or 64, trained=not untrained, output=output)


@cli.command()
@click.argument("run", shell_complete=completing.runs)
@click.option("--input", "input_file", help="UTF-8 text file to read.  [default: the test split]")
@click.option("--length", type=click.IntRange(min=2), help="Number of pieces to read from the start.  [default: 2000]")
@click.option("--output", help="HTML page to write, with the text coloured by any unit.  [default: the terminal]")
def cells(run, input_file, length, output):
    """Show what single units of a language model follow in a text.

    For example quotes, brackets or the position in the line.
    """
    from seqtasks.laboratory.cells import read_cells, rows_to_read
    from seqtasks.pictures.cells.page import SUFFIXES
    from seqtasks.pictures.cells.terminal import colored, table
    from seqtasks.pictures.suffixes import checked_suffix

    if output is not None:
        checked_suffix(output, SUFFIXES)
    folder = open_run(run)
    rows = rows_to_read(folder, input_file)
    load_tensorflow()
    recorded = read_cells(folder.load_task(), rows, length=length)
    if output is not None:
        recorded.save(output, title=f"{run}, {input_file or 'test'}")
        click.echo(output)
        return
    click.echo(table(recorded))
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        click.echo("\n" + colored(recorded, width=shutil.get_terminal_size((100, 24)).columns))


def _check_gradients(runs):
    """Prints a line for each weight of each run; raises GradientError if a gradient is wrong."""
    from seqtasks.laboratory import gradients as checking

    folders = [open_run(run) for run in runs]
    for folder in folders:
        folder.must_be_single("checking gradients")
    load_tensorflow()
    wrong = []
    for folder in folders:
        with counted("weights") as progress:
            found = checking.check_gradients(folder, progress=progress)
        width = max(len(one.name) for one in found)
        for one in found:
            shape = " x ".join(map(str, one.shape))
            verdict = "" if one.holds else "  WRONG"
            click.echo(f"{one.name:<{width}}  {shape:>12}  error {one.error:.1e}  norm {one.size:.1e}{verdict}")
        wrong += [f"{one.name} of '{folder.path}'" for one in found if not one.holds]
    if wrong:
        raise GradientError(
            f"the gradient differs from finite differences by more than {checking.TOLERANCE} for {', '.join(wrong)}; "
            "please report this"
        )


def _show_flow(runs, *, steps, trained, output):
    """Prints the norms of each run at some steps before the last, and draws all runs."""
    from seqtasks.laboratory import flow
    from seqtasks.pictures.charts.gradient_flow import SUFFIXES
    from seqtasks.pictures.suffixes import checked_suffix

    if output is not None:
        checked_suffix(output, SUFFIXES)
    folders = [open_run(run) for run in dict.fromkeys(runs)]
    for folder in folders:
        flow.refuse_unlike(folder)
    load_tensorflow()
    flows = flow.gradient_flows(folders, steps=steps, trained=trained)
    head, rows = flows.table()
    width = max(len(name) for name, *_ in (head, *rows))
    for name, *values in (head, *rows):
        click.echo(f"{name:<{width}}" + "".join(f"{value:>9}" for value in values))
    if output is not None:
        flows.save(output)
        click.echo(output)
