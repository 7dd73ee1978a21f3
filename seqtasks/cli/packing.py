"""pack."""

import time

import click

from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import SET

_SECONDS = 5


@cli.command()
@click.argument("corpus")
@click.option("--task", required=True, help="Task that the corpus is for.")
@click.option("--config", help="Name of a recipe, or a YAML file, as in train.  [default: the task's own recipe]")
@SET
@click.option("--from", "base", metavar="RUN", help="Use another run's text instead of learning vocabularies.")
@click.option("--output", required=True, help="Folder to write.")
def pack(corpus, task, output, **options):
    """Pack a corpus that is larger than memory: train on the result with --corpus.

    CORPUS is what train takes. The same command goes on after an interruption.
    """
    from seqtasks.cli import cards
    from seqtasks.tasks import schema_of

    schema_of(task)
    load_tensorflow()
    from seqtasks.training.packing import pack as write

    began = [time.monotonic()]

    def progress(rows):
        if time.monotonic() - began[0] > _SECONDS:
            began[0] = time.monotonic()
            click.echo(f"packed {rows:,} rows", err=True)

    try:
        manifest = write(task, corpus=corpus, output=output, progress=progress, **options)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted; the same command goes on from here.") from None
    click.echo(cards.packed(output, manifest))
