"""The command group of all verbs."""

import logging

import click

from seqtasks.version import __version__


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


def load_tensorflow(start=None):
    """Imports TensorFlow without its start-up chatter, unless --debug asks for it.

    Returns what `start` returns, which is called before TensorFlow computes anything.
    """
    from seqtasks.tasks.loading import load_quietly

    if click.get_current_context().obj["debug"]:
        return start() if start else None
    return load_quietly(start)
