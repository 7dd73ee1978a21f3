"""Writing aside: the old file survives whatever happens."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from seqtasks.errors import StorageError
from seqtasks.writing import write_aside


def test_write_makes_missing_folders_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"
    write_aside(path, b"old")
    write_aside(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, function):
    path = tmp_path / "file.txt"
    write_aside(path, b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, function, full)
    with pytest.raises(StorageError, match=r"cannot write '.*file\.txt': No space left on device; free some space"):
        write_aside(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_interrupt_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    write_aside(path, b"old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_aside(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_folder_that_is_a_file_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(StorageError, match="cannot write"):
        write_aside(tmp_path / "file" / "inner.txt", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_path_that_is_a_folder_is_refused_and_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner.txt").write_bytes(b"old")
    with pytest.raises(StorageError, match="cannot write"):
        write_aside(tmp_path / "folder", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "inner.txt").read_bytes() == b"old"


def test_long_file_name_can_be_written(tmp_path):
    path = tmp_path / ("n" * 255)
    write_aside(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_kill_in_the_middle_leaves_the_old_content(tmp_path, function):
    path = tmp_path / "file.txt"
    write_aside(path, b"old")
    program = (
        "import os, signal, sys; from seqtasks.writing import write_aside; "
        f"os.{function} = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
        "write_aside(sys.argv[1], b'new' * 100_000)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    write_aside(path, b"next")
    assert path.read_bytes() == b"next"
