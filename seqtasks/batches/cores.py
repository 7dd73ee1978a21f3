"""Sharing a batch among cores: each core works on its own rows.

The products of a recurrent step are small. Split over several threads, each product waits for the slowest thread; if
each thread instead takes a share of the rows through the whole model, none waits before the step is done.
"""

import os
from concurrent.futures import ThreadPoolExecutor


def threads():
    """Returns how many shares, or batches, are computed at once: one on each core; one on a GPU."""
    return 1 if on_gpu() else cores()


def default_shares(workers=1):
    """Returns the number of shares of a batch for a number of workers like this one: one a core, at most four."""
    each = min(4, threads())
    # Several workers need a whole branch each of the tree in which shares are added.
    return each if workers == 1 else workers * (1 << (each.bit_length() - 1))


def on_gpu():
    """Returns whether TensorFlow computes on a GPU."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def cores():
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads():
    """Gives TensorFlow a thread on each core, unless it is already running or its environment variables are set.

    One operation has one thread, or how it splits a sum would depend on the number of cores.
    """
    import tensorflow as tf

    if on_gpu() or {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & set(os.environ):
        return
    try:
        tf.config.threading.set_inter_op_parallelism_threads(threads())
        tf.config.threading.set_intra_op_parallelism_threads(1)
    except RuntimeError:
        return


def in_shares(work, batches):
    """Yields (batch, work(batch)) in the order of the batches; `threads()` batches are worked on at once."""
    pool = ThreadPoolExecutor(threads())
    try:
        yield from zip(batches, pool.map(work, batches), strict=True)
    finally:
        # On an early stop, by Ctrl-C for example, batches that have not begun are dropped.
        pool.shutdown(cancel_futures=True)
