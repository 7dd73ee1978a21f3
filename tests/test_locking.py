"""A folder is written by one process at a time, and no lock outlives its owner."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from seqtasks.errors import RunError, StorageError
from seqtasks.locking import locked, refuse_locked

_HOLD = """
import sys, time
from seqtasks.locking import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", _HOLD, tmp_path / "run"], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()


def test_the_lock_of_another_process_is_respected_and_its_owner_named(tmp_path, holder):
    (tmp_path / "link").symlink_to("run")
    for folder in (tmp_path / "run", tmp_path / "link", tmp_path / "." / "run"):
        for ask in (refuse_locked, lambda folder: locked(folder).__enter__()):
            with pytest.raises(RunError, match=f"is being written by process {holder.pid} on .+; wait until"):
                ask(folder)
    refuse_locked(tmp_path / "other")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_dies_leaves_no_lock(tmp_path, holder, number):
    holder.send_signal(number)
    holder.wait()
    refuse_locked(tmp_path / "run")
    with locked(tmp_path / "run"):
        assert [path.name for path in tmp_path.iterdir()] == [".run.lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_held_against_the_same_process_and_goes_when_what_it_is_for_fails(tmp_path):
    def fail():
        with locked(tmp_path / "run"):
            with pytest.raises(RunError, match=f"process {os.getpid()} "):
                refuse_locked(tmp_path / "run")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_of_many_that_want_it_one_at_a_time_has_it(tmp_path):
    inside, most, turns = [], [], []

    def work():
        while len(turns) < 200:
            try:
                with locked(tmp_path / "run"):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
                    turns.append(1)
            except RunError:
                continue

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_nothing_can_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("text")
    with pytest.raises(StorageError, match="cannot write run"), locked(tmp_path / "file" / "run"):
        pass
