"""Which processes train together, and which of them this is."""

import json
import os
import socket
from dataclasses import dataclass

from seqtasks.errors import UsageError

_HOST = "127.0.0.1"
_EXAMPLE = '{"cluster": {"worker": ["a:7000", "b:7000"]}, "task": {"type": "worker", "index": 0}}'


@dataclass(frozen=True)
class Cluster:
    """The workers of a training.

    Attributes:
        addresses: host:port of each.
        index: the number of this one; number 0 writes the run.
        local: whether number 0 starts the others, on its own machine.
    """

    addresses: tuple[str, ...]
    index: int
    local: bool = False

    @property
    def count(self):
        return len(self.addresses)

    @property
    def port(self):
        """The port of this worker."""
        return int(self.addresses[self.index].rpartition(":")[2])

    @property
    def name(self):
        return f"worker {self.index} of {self.count}"


def cluster_of(workers=None, worker=None):
    """Returns the Cluster of the options --workers and --worker, else that of TF_CONFIG; None for a single process.

    Args:
        workers: a number of processes on this machine, the addresses host:port,host:port,... of all workers, or
            "slurm" for the tasks of a Slurm job step.
        worker: the number of this one among the addresses.

    Raises UsageError.
    """
    if workers is None:
        if worker is not None:
            raise UsageError("--worker is the number of this process among the addresses of --workers; give both")
        return _of_tensorflow(os.environ.get("TF_CONFIG"))
    if workers == "slurm":
        found = _of_slurm()
    elif workers.isascii() and workers.isdigit():
        found = Cluster(_free_addresses(int(workers)), 0, local=True)
    else:
        found = _checked(Cluster(tuple(map(str.strip, workers.split(","))), worker or 0), f"--workers {workers}")
        if worker is None:
            raise UsageError(f"--workers {workers} needs --worker, the number of this process, from 0")
    if worker is not None and found and worker != found.index:
        raise UsageError(f"--worker is for addresses; leave it out with --workers {workers}")
    return _checked(found, f"--workers {workers}")


def own_shares(index, count, shares):
    """Returns the numbers of the shares that worker `index` of `count` computes, a range.

    They are a whole branch of the tree in which shares are added. Raises UsageError if there is none for each worker.
    """
    each, rest = divmod(shares, count)
    if rest or (count > 1 and each & (each - 1)):
        fit = [n for n in range(2, shares + 1) if shares % n == 0 and (shares // n) & (shares // n - 1) == 0]
        raise UsageError(
            f"{count} workers cannot take equal parts of a batch of training.shares={shares}; give "
            f"{' or '.join(f'--workers {n}' for n in fit) or 'no --workers'}, or begin a new run with "
            f"--set training.shares={count}"
        )
    return range(index * each, (index + 1) * each)


def _checked(found, given):
    """Returns a cluster, None if it is of one process; raises UsageError if its addresses or its number are wrong."""
    if found is None:
        return None
    for address in found.addresses:
        host, _, port = address.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise UsageError(f"{given}: '{address}' is not an address; write host:port, such as {_HOST}:7000")
    if len(set(found.addresses)) < found.count:
        raise UsageError(f"{given}: an address is there twice; each worker has its own")
    if not 0 <= found.index < found.count:
        raise UsageError(
            f"{given}: there is no worker {found.index}; {found.count} workers have the numbers 0 to {found.count - 1}"
        )
    return found if found.count > 1 else None


def _free_addresses(count):
    if count < 1:
        raise UsageError(f"--workers {count} is too few; give 1 or more")
    sockets = [socket.create_server((_HOST, 0)) for _ in range(count)]
    addresses = tuple(f"{_HOST}:{one.getsockname()[1]}" for one in sockets)
    for one in sockets:
        one.close()
    return addresses


def _of_tensorflow(text):
    """Returns the Cluster in the environment variable TF_CONFIG, as tf.distribute has it; None if it names no workers.

    A "chief" comes before the workers.
    """
    if not text:
        return None
    try:
        config = json.loads(text)
        cluster, task = config.get("cluster", {}), config.get("task", {})
        chief = list(cluster.get("chief", []))
        addresses = tuple(map(str, [*chief, *cluster.get("worker", [])]))
        kind, index = task.get("type", "worker"), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError):
        raise UsageError(f"TF_CONFIG is not what tf.distribute reads; write {_EXAMPLE}, or unset it") from None
    if not addresses:
        return None
    if kind not in ("chief", "worker") or not set(cluster) <= {"chief", "worker"}:
        other = kind if kind not in ("chief", "worker") else sorted(set(cluster) - {"chief", "worker"})[0]
        raise UsageError(f"TF_CONFIG has the role '{other}'; training has only chief and worker")
    return _checked(Cluster(addresses, index + (len(chief) if kind == "worker" else 0)), "TF_CONFIG")


def _of_slurm():
    """Returns the Cluster of a Slurm job step, which has one worker for each of its tasks."""
    missing = [name for name in ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS") if name not in os.environ]
    if missing:
        raise UsageError(f"--workers slurm is for a command that srun starts; {missing[0]} is not set")
    import tensorflow as tf

    try:
        # It gives tasks the GPUs of a node one by one, and drops those for which there is none.
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            auto_set_gpu=False, gpus_per_node=1 << 16, gpus_per_task=1
        )
        addresses = resolver.cluster_spec().as_dict()["worker"]
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        raise UsageError(f"--workers slurm cannot read the job step: {error}; give the addresses instead") from None
    return Cluster(tuple(addresses), int(os.environ["SLURM_PROCID"]))
