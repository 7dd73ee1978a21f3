"""Writes files all or nothing: no reader, and no kill at any moment, finds half a file."""

import json
import os
import stat
from contextlib import contextmanager
from pathlib import Path

from seqtasks.errors import StorageError, UsageError


def write_atomically(path, content):
    """Writes the bytes `content` to a file, see `opened`."""
    with opened(path) as stream:
        stream.write(content)


@contextmanager
def opened(path):
    """Yields a stream of bytes into a temporary file beside `path`, renamed into place at the end of the block.

    Makes missing folders. A link stays a link: its target is written. A device, a pipe and the process's own output are
    written into directly.

    Raises:
        StorageError: the folder or the file cannot be written; nothing is left behind and an older file survives.
    """
    import secrets  # a slow one, which --help does not need

    with storing(path):
        if stream := stream_into(path):
            with stream:
                yield stream
            return
        place = Path(os.path.realpath(path))
        aside = place.parent / f".{place.name[:40]}.{secrets.token_hex(4)}.partial"
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, place)
        finally:
            aside.unlink(missing_ok=True)


@contextmanager
def storing(path):
    """Raises StorageError if a file that the block writes cannot be written."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write '{path}': {error.strerror or error}; free some space or choose a folder you can write to"
        ) from error


def refuse_folder(path):
    """Raises UsageError if the path of a file to write is a folder; called before any work is done."""
    if os.path.isdir(path):
        raise UsageError(f"'{path}' is a folder; give the name of a file to write")


def to_json(value, **options):
    """Returns a value as JSON; raises StorageError for a number that JSON cannot represent, such as NaN."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, **options)
    except ValueError:
        raise StorageError(
            "a number among the results is not finite, so JSON cannot hold it; train a new run"
        ) from None


def stream_into(path):
    """Returns a stream to write into the file at a path if no file can be renamed into its place, else None."""
    try:
        there = os.stat(path)
    except OSError:
        return None
    for printed in (1, 2):
        try:
            if os.path.samestat(there, os.fstat(printed)):
                return os.fdopen(os.dup(printed), "wb")
        except OSError:
            continue
    return None if stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode) else open(path, "wb")
