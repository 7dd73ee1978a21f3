"""Shared by several verbs: options, and opening runs and models."""

from contextlib import contextmanager

import click

from seqtasks.cli import completing
from seqtasks.cli.group import load_tensorflow
from seqtasks.errors import UsageError
from seqtasks.limits import MOST_BEAMS

SET = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=completing.settings,
    help="Change a setting; may be repeated.",
)
BEAMS = click.IntRange(1, MOST_BEAMS)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SPLIT = click.option("--split", help="Split of the run's corpus.  [default: test]")


def open_model(run):
    """Returns the run or exported model at `run`; refuses an incomplete folder before TensorFlow is loaded."""
    from seqtasks.api import load
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import is_exported

    if not is_exported(run):
        RunFolder(run)
    load_tensorflow()
    return load(run)


def open_run(run):
    """Returns the RunFolder at `run`; refuses an incomplete folder and an exported model."""
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import is_exported

    if is_exported(run):
        raise UsageError(f"'{run}' is an exported model; give the run that it was exported from")
    return RunFolder(run)


@contextmanager
def counted(unit="examples"):
    """Yields a function that counts finished items on a progress bar, which is removed afterwards."""
    from seqtasks.cli.progress import AnswerProgress

    progress = AnswerProgress(unit)
    try:
        yield progress
    finally:
        progress.close()
