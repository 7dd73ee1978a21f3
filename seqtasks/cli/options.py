"""What several verbs have in common: options, and how runs and models are opened."""

from contextlib import contextmanager

import click

from seqtasks.cli.group import load_tensorflow
from seqtasks.errors import UsageError
from seqtasks.limits import MOST_BEAMS

SET = click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
BEAMS = click.IntRange(1, MOST_BEAMS)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SPLIT = click.option("--split", help="Split of the run's corpus.  [default: test]")


def open_model(run):
    """Returns the run or exported model at `run`; a folder that is not whole is refused before TensorFlow is loaded."""
    from seqtasks.api import load
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import is_exported

    if not is_exported(run):
        RunFolder(run)
    load_tensorflow()
    return load(run)


def open_run(run):
    """Returns the RunFolder at `run`; a folder that is not whole, or an exported model, is refused."""
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import is_exported

    if is_exported(run):
        raise UsageError(f"'{run}' is an exported model; give the run that it was exported from")
    return RunFolder(run)


@contextmanager
def counted(unit="examples"):
    """Gives a function that counts what is done on a bar, which goes away afterwards."""
    from seqtasks.cli.progress import AnswerProgress

    progress = AnswerProgress(unit)
    try:
        yield progress
    finally:
        progress.close()
