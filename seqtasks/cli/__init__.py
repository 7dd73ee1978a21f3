"""The command line: parses, calls, prints. Nothing else in seqtasks prints, and TensorFlow waits until it is needed."""

import logging
import os
import sys
import traceback

import click

from seqtasks import __version__
from seqtasks.batches.cores import set_threads
from seqtasks.errors import SeqtasksError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="seqtasks")
@click.option("--debug", is_flag=True, help="Show tracebacks and TensorFlow's own messages.")
@click.pass_context
def cli(context, debug):
    """Recurrent sequence models in TensorFlow: train, evaluate, predict, look inside, export.

    \b
    seqtasks train --task translate
    seqtasks evaluate runs/translate
    seqtasks predict runs/translate "¿Dónde está la biblioteca?"
    """
    context.obj = {"debug": debug}
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("seqtasks")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)


def main(arguments=None):
    """Runs the command line and exits: 0 done, 1 failed, 2 bad usage or input, 130 interrupted."""
    from seqtasks.cli import verbs  # noqa: F401  registers the verbs

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
        # click raises Abort in place of what was raised.
        click.echo(str(error.__cause__ or error) or "Interrupted.", err=True)
        code = 130
    except (BrokenPipeError, SystemExit):
        # The reader of our output has left, as `head` does, and click wants to exit; there is nobody to tell.
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
            click.echo("Error: there is not enough memory for this; take smaller sizes or fewer texts", err=True)
        elif isinstance(error, OSError) and error.strerror:
            where = f"'{error.filename}': " if error.filename is not None else ""
            click.echo(f"Error: {where}{error.strerror}", err=True)
        else:
            reason = (str(error).splitlines() or [""])[0]
            click.echo(
                f"Error: {type(error).__name__}: {reason} (seqtasks --debug {arguments[0]} ... tells where)", err=True
            )
        code = getattr(error, "exit_code", 1)
    sys.exit(code or 0)


def _in_one_line(message):
    """Returns a message without the line ends that names in it may hold."""
    return "\\n".join(str(message).splitlines())


def _open_closed_streams():
    """Puts the null device in the place of standard streams that were closed, as Python leaves None there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def load_tensorflow():
    """Imports TensorFlow without its start-up chatter, unless --debug asks for it."""
    if click.get_current_context().obj["debug"] or "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Some lines come from C++ before any log level is read, so they are kept from the file descriptor itself.
    sys.stderr.flush()
    kept, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        import tensorflow as tf
        import tensorflow_text  # noqa: F401

        set_threads()
        tf.zeros([1])
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
