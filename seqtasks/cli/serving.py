"""export."""

import click

from seqtasks.cli import completing
from seqtasks.cli.group import cli, load_tensorflow


@cli.command()
@click.argument("run", shell_complete=completing.runs)
@click.option("--output", help="Folder to write.  [default: saved_models/TASK/NEXT NUMBER]")
def export(run, output):
    """Export a run as a SavedModel: strings in, strings out."""
    from seqtasks.runs.folder import RunFolder
    from seqtasks.serving.exporting import export as write

    folder = RunFolder(run)
    load_tensorflow()
    click.echo(write(folder, output=output))
