"""How the cores of a machine are shared: each works on its own rows of a batch.

The products of a recurrent step are small. Split over several threads, each of them waits for the slowest; where each
thread takes a share of the rows through the whole model instead, none waits before the step is done.
"""

import os
from concurrent.futures import ThreadPoolExecutor


def shares():
    """Returns in how many shares a batch is computed at the same time: one a core, at most four; one on a GPU."""
    import tensorflow as tf

    return 1 if tf.config.list_physical_devices("GPU") else min(4, cores())


def cores():
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads():
    """Gives TensorFlow a thread for each share, unless it has begun to work or its environment says otherwise."""
    import tensorflow as tf

    if shares() == 1 or {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & set(os.environ):
        return
    try:
        tf.config.threading.set_inter_op_parallelism_threads(shares())
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores() // shares()))
    except RuntimeError:
        return


def in_shares(work, batches):
    """Yields (batch, work(batch)) in the order of the batches; as many as there are shares are worked on at once."""
    pool = ThreadPoolExecutor(shares())
    try:
        yield from zip(batches, pool.map(work, batches), strict=True)
    finally:
        # Whoever stops early, by Ctrl-C for one, does not wait for what has not begun.
        pool.shutdown(cancel_futures=True)
