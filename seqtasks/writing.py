"""Writes files so that a reader, or a kill at any moment, never meets half of one."""

import os
import secrets
from pathlib import Path

from seqtasks.errors import StorageError


def write_aside(path, content):
    """Writes the bytes `content` beside `path` and renames them into place; makes missing folders.

    Raises:
        StorageError: the folder or the file cannot be written; nothing is left behind and an older file survives.
    """
    path = Path(path)
    aside = path.parent / f".{path.name[:40]}.{secrets.token_hex(4)}.partial"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot write '{path}': {error.strerror or error}; free some space or choose a folder you can write to"
        ) from error
