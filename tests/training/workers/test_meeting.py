"""The workers wait for each other, and go on only if all were started alike."""

import contextlib
import socket
import threading
import time

import pytest

from seqtasks.errors import SeqtasksError, UsageError, WorkerError
from seqtasks.training.workers.cluster import Cluster, cluster_of
from seqtasks.training.workers.meeting import _ask, _tell, facts_of, meet

OPTIONS = {"config": None, "overrides": (), "seed": None, "base": None, "resume": False}


def meeting(*options, patience=20, late=0):
    """Lets a worker with each of the options meet the others; returns what each of them raises, None if nothing."""
    addresses, raised = cluster_of(str(len(options))).addresses, [None] * len(options)

    def worker(index):
        time.sleep(index * late)
        try:
            meet(Cluster(addresses, index), "ner", {**OPTIONS, **options[index]}, patience=patience)
        except SeqtasksError as error:
            raised[index] = error

    threads = [threading.Thread(target=worker, args=(i,)) for i in range(len(options))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("count", [2, 4])
def test_workers_that_were_started_alike_meet_whoever_comes_late(count):
    assert meeting(*[{}] * count, late=0.4) == [None] * count


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"overrides": ("model.units=9",)}, "worker 0 has no --set, worker 1 has --set model.units=9; start all"),
        ({"seed": 3}, "worker 0 has no --seed, worker 1 has --seed 3"),
        ({"config": "large"}, "worker 0 has no --config, worker 1 has --config large"),
        ({"resume": True}, "worker 0 has no --resume, worker 1 has --resume;"),
    ],
)
def test_workers_that_were_started_differently_are_refused(other, message):
    first, second = meeting({}, other)
    assert message in str(first)
    assert isinstance(second, UsageError)


@pytest.mark.parametrize("name", ["seqtasks", "tensorflow"])
def test_workers_of_different_versions_are_refused(name):
    addresses, over = cluster_of("2").addresses, threading.Event()
    facts = {**facts_of(Cluster(addresses, 1), "ner", OPTIONS), name: "9.9"}

    def ask():
        while _ask(addresses[0], 1) is None:
            time.sleep(0.05)

    with socket.create_server(("", Cluster(addresses, 1).port)) as server:
        others = [threading.Thread(target=_tell, args=(server, facts, set(), over)), threading.Thread(target=ask)]
        for other in others:
            other.start()
        try:
            with pytest.raises(UsageError, match=f"worker 0 has {name} .*, worker 1 has {name} 9.9; start all workers"):
                meet(Cluster(addresses, 0), "ner", OPTIONS)
        finally:
            over.set()
            for other in others:
                other.join()


def test_recipes_are_compared_by_what_is_in_them(tmp_path):
    for name, text in (("one", "seed: 1"), ("two", "seed: 2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "r.yaml").write_text(text)
    first, _ = meeting({"config": tmp_path / "one/r.yaml"}, {"config": tmp_path / "two/r.yaml"})
    assert "--config" in str(first)


def test_who_does_not_come_is_named():
    addresses = cluster_of("2").addresses
    with pytest.raises(WorkerError, match=f"worker 1 at {addresses[1]} did not answer within 1 s; .* --worker 1"):
        meet(Cluster(addresses, 0), "ner", OPTIONS, patience=1)


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"worker 0 of 2 cannot use port {port}: Address already in use; choose"):
            meet(Cluster((f"127.0.0.1:{port}", "127.0.0.1:1"), 0), "ner", OPTIONS)


def test_strangers_at_the_door_do_no_harm():
    addresses, over = cluster_of("2").addresses, threading.Event()
    host, _, port = addresses[0].rpartition(":")

    def knock():
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            time.sleep(0.01)

    stranger = threading.Thread(target=knock)
    stranger.start()
    other = threading.Thread(target=meet, args=(Cluster(addresses, 1), "ner", OPTIONS))
    other.start()
    try:
        meet(Cluster(addresses, 0), "ner", OPTIONS, patience=20)
    finally:
        over.set()
        stranger.join()
        other.join()
