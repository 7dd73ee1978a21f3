"""The command group of all verbs."""

import logging
import os
import sys

import click

from seqtasks.batches.cores import set_threads
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
    if click.get_current_context().obj["debug"] or "tensorflow" in sys.modules:
        return start() if start else None
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # C++ writes some lines before any log level is read, so the file descriptor itself is redirected.
    sys.stderr.flush()
    kept, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        import tensorflow as tf
        import tensorflow_text  # noqa: F401

        set_threads()
        started = start() if start else None
        tf.zeros([1])
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return started
