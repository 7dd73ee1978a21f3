"""export and play: models for others, and a page on this machine."""

import ipaddress
import webbrowser

import click

from seqtasks.cli import completing
from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import open_model
from seqtasks.errors import UsageError


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


@cli.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN [RUN]...")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="Port; 0 is any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine to be served at.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def play(runs, port, host, no_browser):
    """Open a page in the browser in which to try runs and exported models.

    It is served to this machine alone unless another --host is given, until Ctrl-C. Needs seqtasks[play].
    """
    try:
        from seqtasks.play import server
    except ImportError as error:
        if not (error.name or "").startswith(("starlette", "uvicorn", "anyio")):
            raise
        raise UsageError("play needs Starlette and uvicorn; install them with: pip install 'seqtasks[play]'") from None
    from seqtasks.play.guard import authority
    from seqtasks.play.players import Player
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import is_exported

    for run in runs:
        if not is_exported(run):
            RunFolder(run)
    with server.bound(port, host) as listener:
        if not ipaddress.ip_address(listener.getsockname()[0]).is_loopback:
            click.echo(f"warning: whoever reaches {host} can ask these models and read their examples", err=True)
        players = []
        for run in dict.fromkeys(runs):
            click.echo(f"loading {run}", err=True)
            players.append(Player(open_model(run)))
            players[-1].warm_up()
        port = listener.getsockname()[1]
        address = f"http://{authority(host, port)}/"
        click.echo(f"{address}  (Ctrl-C ends it)")
        if not no_browser:
            webbrowser.open(address)
        try:
            server.server(server.application(players, host=host, port=port)).run(sockets=[listener])
        except KeyboardInterrupt:
            click.echo(err=True)
