"""Writing aside: the old file survives whatever happens."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seqtasks.errors import StorageError
from seqtasks.writing import to_json, write_atomically


def test_write_makes_missing_folders_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"
    write_atomically(path, b"old")
    write_atomically(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, function):
    path = tmp_path / "file.txt"
    write_atomically(path, b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, function, full)
    with pytest.raises(StorageError, match=r"cannot write '.*file\.txt': No space left on device; free some space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_interrupt_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    write_atomically(path, b"old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_folder_that_is_a_file_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(StorageError, match="cannot write"):
        write_atomically(tmp_path / "file" / "inner.txt", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_path_that_is_a_folder_is_refused_and_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner.txt").write_bytes(b"old")
    with pytest.raises(StorageError, match="cannot write"):
        write_atomically(tmp_path / "folder", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "inner.txt").read_bytes() == b"old"


def test_long_file_name_can_be_written(tmp_path):
    path = tmp_path / ("n" * 255)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_kill_in_the_middle_leaves_the_old_content(tmp_path, function):
    path = tmp_path / "file.txt"
    write_atomically(path, b"old")
    program = (
        "import os, signal, sys; from seqtasks.writing import to_json, write_atomically; "
        f"os.{function} = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
        "write_atomically(sys.argv[1], b'new' * 100_000)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    write_atomically(path, b"next")
    assert path.read_bytes() == b"next"


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "real").mkdir()
    for target in ("real/old.txt", "real/new.txt"):
        link = tmp_path / f"link to {Path(target).stem}"
        link.symlink_to(target)
        if "old" in target:
            (tmp_path / target).write_bytes(b"old")
        write_atomically(link, b"content")
        assert link.is_symlink()
        assert (tmp_path / target).read_bytes() == b"content"
    assert sorted(path.name for path in (tmp_path / "real").iterdir()) == ["new.txt", "old.txt"]


def test_a_pipe_and_a_device_are_written_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        write_atomically(pipe, b"through a pipe")
        assert reader.communicate()[0] == b"through a pipe"
    assert pipe.is_fifo()
    write_atomically("/dev/null", b"gone")
    assert Path("/dev/null").is_char_device()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_what_is_printed_to_is_written_into(tmp_path):
    program = (
        "from seqtasks.writing import write_atomically\n"
        "print('first', flush=True)\n"
        "write_atomically('/dev/stdout', b'then')"
    )
    with open(tmp_path / "out.txt", "wb") as out:
        out.write(b"before\n")
        out.flush()
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True)
    assert (tmp_path / "out.txt").read_bytes() == b"before\nfirst\nthen"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_json_has_no_numbers_that_json_does_not_have(number):
    assert json.loads(to_json({"é": [1.5, None]})) == {"é": [1.5, None]}
    with pytest.raises(StorageError, match="not finite"):
        to_json({"scores": [number]})
