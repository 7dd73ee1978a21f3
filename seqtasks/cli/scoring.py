"""evaluate and compare."""

import click

from seqtasks.cli import completing
from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import JSON, SPLIT, counted
from seqtasks.writing import to_json


@cli.command()
@click.argument("run", shell_complete=completing.runs)
@SPLIT
@click.option(
    "--input",
    "input_file",
    help="Your own file: one source on each line, or labelled or tagged text in any format that training reads.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    help="File with one reference translation on each line; may be repeated.",
)
@click.option(
    "--dynamic",
    is_flag=True,
    help="Also score a language model that goes on learning from the text it is scored on.",
)
@JSON
def evaluate(run, split, input_file, references, dynamic, as_json):
    """Score a run and keep its predictions.

    RUN may also be a folder made by 'train --seeds'; then all its runs are scored.
    """
    from seqtasks import evaluation
    from seqtasks.cli import cards
    from seqtasks.runs.groups import is_group, open_runs

    folders = open_runs(run)
    chosen = {"split": split, "input_file": input_file, "reference_files": references}
    examples = evaluation.evaluation_rows(folders[0], **chosen)
    if dynamic:
        evaluation.must_adapt(folders[0], examples)
    load_tensorflow()
    found = []
    for folder in folders:
        with counted() as progress:
            found.append(evaluation.evaluate(folder, examples, dynamic=dynamic, progress=progress))
    if is_group(run):
        found = evaluation.GroupEvaluation(run, found)
        click.echo(to_json(found.as_dict()) if as_json else cards.group_evaluation(found))
    else:
        (found,) = found
        click.echo(to_json(found.as_dict()) if as_json else cards.evaluation(found))


@cli.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...", shell_complete=completing.runs)
@SPLIT
@click.option("--output", help="Picture of the main score by length to write: .png or .svg.")
@JSON
def compare(runs, split, output, as_json):
    """Test whether runs differ on the same examples.

    The first run is the baseline. RUN may also be a folder made by 'train --seeds'; then means over seeds are compared.
    """
    from seqtasks import evaluation
    from seqtasks.cli import cards
    from seqtasks.evaluation.comparing import refuse_unlike
    from seqtasks.pictures.charts.score_lines import SUFFIXES
    from seqtasks.pictures.suffixes import checked_suffix
    from seqtasks.runs.groups import open_runs

    if output is not None:
        checked_suffix(output, SUFFIXES)
    systems = {run: open_runs(run) for run in runs}
    refuse_unlike(systems)
    with counted() as progress:
        rows = evaluation.compare(systems, split=split, progress=progress, picture=output, loading=load_tensorflow)
    click.echo(to_json(rows) if as_json else cards.comparison(rows))
