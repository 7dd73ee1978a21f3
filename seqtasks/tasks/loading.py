"""Loads TensorFlow without what it writes as it starts."""

import logging
import os
import sys

from seqtasks.batches.cores import set_threads
from seqtasks.pictures.notebook import in_notebook


def load_quietly(start=None):
    """Imports TensorFlow without its start-up chatter, if it is not imported yet.

    Returns what `start` returns, which is called before TensorFlow computes anything.
    """
    if "tensorflow" in sys.modules:
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


def load_in_notebook():
    """Does so in a notebook, where the chatter would stand below a cell; elsewhere nothing."""
    if in_notebook():
        load_quietly()
