"""A lock that lets one process at a time write a run folder; it is freed however the process ends."""

import fcntl
import os
import socket
import time
from contextlib import contextmanager
from pathlib import Path

from seqtasks.errors import RunError, StorageError

_TRIES = 10


@contextmanager
def locked(folder, *, option="--run"):
    """Holds the lock on a folder to write, by a hidden file beside it that is removed at the end.

    `option` is how the folder was given. The kernel frees the lock when the process dies. Raises RunError naming the
    holder if the lock is taken, StorageError if no file can be created there.
    """
    path = _path(folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _acquire(path, folder, option)
    except OSError as error:
        what = "run " if option == "--run" else ""
        raise StorageError(
            f"cannot write {what}'{folder}': {error.strerror}; choose another folder with {option}"
        ) from None
    try:
        os.write(file, f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def refuse_locked(folder):
    """Raises RunError if another process, or another part of this one, holds the lock on a folder."""
    try:
        file = os.open(_path(folder), os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _held(file, folder, "--run") from None
    finally:
        os.close(file)


def _path(folder):
    folder = Path(os.path.realpath(folder))
    return folder.parent / f".{folder.name}.lock"


def _acquire(path, folder, option):
    """Returns the open, locked file at a path; tries again if its last owner has just removed it."""
    tries = 0
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), os.stat(path)):
                os.ftruncate(file, 0)
                return file
        except FileNotFoundError:
            pass
        except BlockingIOError:
            # `refuse_locked` holds it for a moment.
            tries += 1
            if tries == _TRIES:
                held = _held(file, folder, option)
                os.close(file)
                raise held from None
            time.sleep(0.01)
        os.close(file)


def _held(file, folder, option):
    owner = os.pread(file, 200, 0).decode(errors="replace") or "another process"
    return RunError(
        f"'{folder}' is being written by {owner}; wait until it has finished, or choose another folder with {option}"
    )
