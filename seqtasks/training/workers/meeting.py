"""Before training the workers meet: each waits until all are there, and all were started alike."""

import contextlib
import hashlib
import json
import logging
import os
import socket
import threading
import time
from importlib.metadata import version
from pathlib import Path

from seqtasks.errors import UsageError, WorkerError
from seqtasks.version import __version__

# Seconds in which all workers must be there, after which a connection is given up, and between two tries.
PATIENCE, _CONNECTION, _PAUSE = 300, 5, 0.2
_log = logging.getLogger("seqtasks")


def meet(cluster, task, options, *, patience=PATIENCE):
    """Waits until all workers are there.

    Args:
        cluster: a Cluster.
        task, options: name and options of the training; all but the corpus and the run must be those of the others.
        patience: seconds to wait.

    Raises UsageError if the port is taken, or if workers are of other versions or were started with other options,
    and WorkerError if one does not come.
    """
    facts = facts_of(cluster, task, options)
    try:
        server = socket.create_server(("", cluster.port))
    except OSError as error:
        why = os.strerror(error.errno)
        raise UsageError(f"{cluster.name} cannot use port {cluster.port}: {why}; choose another") from None
    told, over = set(), threading.Event()
    with server:
        telling = threading.Thread(target=_tell, args=(server, facts, told, over), daemon=True)
        telling.start()
        try:
            _ask_all(cluster, facts, told, patience)
        finally:
            # TensorFlow uses the port next, so it must be free.
            over.set()
            telling.join()


def facts_of(cluster, task, options):
    """Returns what must be the same for all workers, {name: value}; the arguments are those of `meet`."""
    return {
        "seqtasks": __version__,
        "tensorflow": version("tensorflow"),
        "--workers": ",".join(cluster.addresses),
        "--task": task,
        "--config": _content(options["config"]),
        "--set": list(options["overrides"]),
        "--seed": options["seed"],
        "--from": options["base"] is not None,
        "--resume": options["resume"],
    }


def _ask_all(cluster, facts, told, patience):
    """Asks each worker for its facts and waits until all have asked for ours; raises as `meet` does."""
    end = time.monotonic() + patience
    missing, waiting = [i for i in range(cluster.count) if i != cluster.index], False
    while missing or len(told) < cluster.count - 1:
        for other in list(missing):
            found = _ask(cluster.addresses[other], cluster.index)
            if found is not None:
                try:
                    _compare(facts, found, cluster.index, other)
                except UsageError:
                    # The other one should see it too, and not wait for this one.
                    _wait_until(lambda other=other: other in told, _CONNECTION)
                    raise
                missing.remove(other)
        if time.monotonic() > end:
            late = missing[0] if missing else next(i for i in range(cluster.count) if i not in {*told, cluster.index})
            raise WorkerError(
                f"worker {late} at {cluster.addresses[late]} did not answer within {patience} s; start the same "
                f"command there with --worker {late}"
            )
        if missing and not waiting and not cluster.local:
            _log.info("waiting for worker %s at %s", missing[0], cluster.addresses[missing[0]])
            waiting = True
        time.sleep(_PAUSE if missing or len(told) < cluster.count - 1 else 0)


def _wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(_PAUSE / 4)


def _tell(server, facts, told, over):
    """Tells the facts to each worker that asks, until all is over."""
    server.settimeout(_PAUSE)
    while not over.is_set():
        with contextlib.suppress(OSError, ValueError):
            connection, _ = server.accept()
            with connection, connection.makefile("rwb") as file:
                connection.settimeout(_CONNECTION)
                number = int(file.readline(16))
                file.write(json.dumps(facts).encode())
                file.flush()
                told.add(number)


def _ask(address, index):
    """Returns the facts of the worker at an address, None if there is none yet."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), _CONNECTION) as connection:
            connection.sendall(f"{index}\n".encode())
            with connection.makefile("rb") as file:
                found = json.loads(file.read(1 << 20))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _content(config):
    """Returns the name of a recipe, of a file the fingerprint."""
    if config is None or not Path(config).is_file():
        return config
    return f"{config} ({hashlib.sha256(Path(config).read_bytes()).hexdigest()[:12]})"


def _compare(own, theirs, index, other):
    """Raises UsageError if two workers were not started alike."""
    for name in sorted({*own, *theirs}):
        if own.get(name) != theirs.get(name):
            raise UsageError(
                f"worker {index} has {_shown(name, own.get(name))}, worker {other} has "
                f"{_shown(name, theirs.get(name))}; start all workers with the same seqtasks and the same command"
            )


def _shown(name, value):
    if value in (None, False, []):
        return f"no {name}"
    if value is True:
        return name
    return " ".join(f"{name} {one}" for one in (value if isinstance(value, list) else [value]))
