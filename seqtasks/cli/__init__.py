"""The command line: parses, calls, prints. Nothing else in seqtasks prints, and TensorFlow waits until it is needed."""

import os
import sys
import traceback

import click

from seqtasks.cli import answering, listing, looking, scoring, serving, training  # noqa: F401  add their verbs
from seqtasks.cli.group import cli
from seqtasks.errors import SeqtasksError

__all__ = ["cli", "main"]


def main(arguments=None):
    """Runs the command line and exits: 0 done, 1 failed, 2 bad usage or input, 130 interrupted."""
    _open_closed_streams()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments[: next((i for i, word in enumerate(arguments) if word[:1] != "-"), len(arguments))]
    try:
        code = cli.main(arguments, prog_name="seqtasks", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.ClickException as error:
        error.message = _in_one_line(error.message)
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort) as error:
        # click raises Abort in place of KeyboardInterrupt.
        click.echo(str(error.__cause__ or error) or "Interrupted.", err=True)
        code = 130
    except (BrokenPipeError, SystemExit):
        # The reader of our output has closed it, as `head` does, and click exits; no one would read a message.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if debug:
            traceback.print_exc()
        elif isinstance(error, SeqtasksError):
            click.echo(f"Error: {_in_one_line(error)}", err=True)
            for note in getattr(error, "__notes__", ()):
                click.echo(f"       {_in_one_line(note)}", err=True)
        elif isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
            click.echo("Error: not enough memory; use smaller sizes or fewer texts", err=True)
        elif isinstance(error, OSError) and error.strerror:
            where = f"'{error.filename}': " if error.filename is not None else ""
            click.echo(f"Error: {where}{error.strerror}", err=True)
        else:
            reason = (str(error).splitlines() or [""])[0]
            click.echo(
                f"Error: {type(error).__name__}: {reason} (seqtasks --debug {arguments[0]} ... shows where)", err=True
            )
        code = getattr(error, "exit_code", 1)
    sys.exit(code or 0)


def _in_one_line(message):
    """Returns a message with the line ends of names in it escaped."""
    return "\\n".join(str(message).splitlines())


def _open_closed_streams():
    """Opens the null device for standard streams that were closed, where Python leaves None."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
