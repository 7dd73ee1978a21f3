"""Several workers: sums and messages by the collective operations of TensorFlow.

Variables are plain ones, of each worker: of tf.distribute only the gathering of one vector is used.
"""

import io
import json
import re
import signal
import threading
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError, WorkerError
from seqtasks.training.workers.adding import added
from seqtasks.training.workers.cluster import own_shares

# Seconds after which workers stop waiting for each other: in a step, and while the first one scores or saves. One that
# has ended is noticed at once.
_STEP, _PAUSE = 300, 24 * 3600


class Together:
    """One of several workers.

    Making it connects the process with the others, so TensorFlow must not have computed anything in it before.
    """

    def __init__(self, cluster):
        """Takes a Cluster whose workers have met; raises UsageError if TensorFlow is already running."""
        self.index, self.count, self.name = cluster.index, cluster.count, cluster.name
        try:
            self._strategy = tf.distribute.MultiWorkerMirroredStrategy(
                tf.distribute.cluster_resolver.SimpleClusterResolver(
                    tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
                    task_type="worker",
                    task_id=cluster.index,
                    rpc_layer="grpc",
                ),
                _options(_STEP),
            )
        except RuntimeError as error:
            raise UsageError(f"workers need a process in which TensorFlow is not yet running ({error})") from None
        if threading.current_thread() is threading.main_thread():
            # TensorFlow catches it, for something that is not used here.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._gather = tf.function(
            lambda own: self._rows(own, timeout=_PAUSE),
            input_signature=[tf.TensorSpec([None, None], tf.int32)],
            autograph=False,
        )

    def own(self, shares):
        """Returns the numbers of the shares that this worker computes, a range."""
        return own_shares(self.index, self.count, shares)

    def added(self, tensors):
        """Returns the sums of float32 tensors over all workers; called in a graph."""
        sizes = [tf.size(tensor) for tensor in tensors]
        own = tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], axis=0)
        if self.count == 2:
            # The same sum, as a + b is b + a, for less traffic within each machine.
            whole = self._in_replica(lambda context, own: context.all_reduce(tf.distribute.ReduceOp.SUM, own), own)
        else:
            (whole,) = added([[row] for row in tf.unstack(self._rows(own[tf.newaxis]), num=self.count)])
        parts = tf.split(whole, sizes)
        return [tf.reshape(part, tf.shape(tensor)) for part, tensor in zip(parts, tensors, strict=True)]

    def _rows(self, own, *, timeout=_STEP):
        """Returns the rows (1, n) of all workers as (workers, n)."""
        return self._in_replica(lambda context, own: context.all_gather(own, axis=0, options=_options(timeout)), own)

    def _in_replica(self, function, own):
        """Returns what a function of the replica's context and a tensor on its device gives."""

        def run(own):
            # Without the identity the tensor lies on no device, and there is nothing to exchange.
            return function(tf.distribute.get_replica_context(), tf.identity(own))

        return self._strategy.run(run, args=(own,))

    def gathered(self, value):
        """Returns a value of each worker, in order; values are what JSON can write."""
        return [json.loads(one) for one in self._gathered_bytes(json.dumps(value).encode())]

    def arrays_of_first(self, arrays):
        """Returns the arrays of the first worker, {name: array}; what the others give is not read."""
        file = io.BytesIO()
        if self.index == 0:
            np.savez(file, **arrays)
        with np.load(io.BytesIO(self._gathered_bytes(file.getvalue())[0])) as found:
            return dict(found)

    def watched(self):
        """Raises WorkerError from within the block if another worker has ended."""
        return _watched(self.name)

    def _gathered_bytes(self, own):
        """Returns the bytes of each worker, in order."""
        with self.watched():
            lengths = self._gather(np.array([[len(own)]], np.int32)).numpy()[:, 0]
            padded = own + bytes(max(lengths) + -max(lengths) % 4 - len(own))
            rows = self._gather(np.frombuffer(padded, np.int32)[np.newaxis]).numpy()
        return [row.tobytes()[:length] for row, length in zip(rows, lengths, strict=True)]


def _options(timeout):
    distribute = tf.distribute.experimental
    return distribute.CommunicationOptions(
        timeout_seconds=timeout, implementation=distribute.CommunicationImplementation.RING
    )


@contextmanager
def _watched(name):
    """Raises WorkerError in place of TensorFlow's errors of workers that have ended or do not answer."""
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.DeadlineExceededError, tf.errors.CancelledError) as error:
        who = re.search(r"/task:(\d+)", str(error))
        raise WorkerError(
            f"{name}: {f'worker {who[1]}' if who else 'another worker'} has ended or no longer answers"
        ) from error
