"""The workers of one machine: processes that the first worker starts and ends."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

from seqtasks.errors import WorkerError

# Seconds in which a worker ends by itself after the first one has.
_PATIENCE = 10


@contextmanager
def started(cluster, words):
    """Starts the other workers of a Cluster that is local, and ends them with the block; does nothing for others.

    `words` are the words of the command that they run, after "seqtasks". If one of them has failed, the WorkerError
    that this caused says why. The cores are dealt out among the workers.
    """
    if not cluster.local:
        yield
        return
    cores = _cores()
    with tempfile.TemporaryDirectory() as folder:
        logs = [open(os.path.join(folder, str(i)), "w+b") for i in range(1, cluster.count)]  # noqa: SIM115
        processes = [_start(cluster, i, words, log, cores) for i, log in enumerate(logs, start=1)]
        _use(cores[:: cluster.count])
        try:
            yield
            _wait(processes)
        except WorkerError as error:
            _wait(processes)
            for number, (process, log) in enumerate(zip(processes, logs, strict=True), start=1):
                if process.returncode and (why := _reason(process, log)):
                    raise WorkerError(f"worker {number} {why}") from error
            raise
        finally:
            _use(cores)
            for process, log in zip(processes, logs, strict=True):
                process.kill()
                process.wait()
                log.close()


def _start(cluster, index, words, log, cores):
    command = [sys.executable, "-m", "seqtasks", *words]
    command += ["--workers", ",".join(cluster.addresses), "--worker", str(index)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
    _use(cores[index % len(cores) :: cluster.count], process.pid)
    return process


def _wait(processes):
    end = time.monotonic() + _PATIENCE
    while any(process.poll() is None for process in processes) and time.monotonic() < end:
        time.sleep(0.05)


def _reason(process, log):
    """Returns why a worker ended: its last line, or the signal that ended it."""
    if process.returncode < 0:
        return f"was ended by signal {-process.returncode}"
    log.seek(0)
    lines = [line for line in log.read().decode(errors="replace").splitlines() if line.startswith("Error: ")]
    return f"failed: {lines[-1].removeprefix('Error: ')}" if lines else f"ended with exit code {process.returncode}"


def _cores():
    """Returns the numbers of the cores that this process may use, none where they cannot be chosen."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []


def _use(cores, process=0):
    if cores:
        os.sched_setaffinity(process, cores)
