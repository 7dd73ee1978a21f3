"""Sharing a batch among cores: each core works on its own rows.

The products of a recurrent step are small. Split over several threads, each product waits for the slowest thread; if
each thread instead takes a share of the rows through the whole model, none waits before the step is done.
"""

import os
from concurrent.futures import ThreadPoolExecutor


def shares():
    """Returns the number of shares of a batch computed in parallel: one per core, at most four; one on a GPU."""
    import tensorflow as tf

    return 1 if tf.config.list_physical_devices("GPU") else min(4, cores())


def cores():
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads():
    """Gives TensorFlow a thread for each share, unless it is already running or its environment variables are set."""
    import tensorflow as tf

    if shares() == 1 or {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & set(os.environ):
        return
    try:
        tf.config.threading.set_inter_op_parallelism_threads(shares())
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores() // shares()))
    except RuntimeError:
        return


def in_shares(work, batches):
    """Yields (batch, work(batch)) in the order of the batches; `shares()` batches are worked on at once."""
    pool = ThreadPoolExecutor(shares())
    try:
        yield from zip(batches, pool.map(work, batches), strict=True)
    finally:
        # On an early stop, by Ctrl-C for example, batches that have not begun are dropped.
        pool.shutdown(cancel_futures=True)
