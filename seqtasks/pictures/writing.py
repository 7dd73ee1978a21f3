"""Writes one picture so that a reader never finds half of it."""

import os
import secrets
from pathlib import Path

from seqtasks.errors import StorageError, UsageError, did_you_mean, one_of


def checked_suffix(path, allowed):
    """Returns the lower-case suffix of `path`, such as `.png`.

    Raises:
        UsageError: the suffix is none of the `allowed` ones.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in allowed:
        received = f"ends in '{suffix}'" if suffix else "has no suffix"
        message = f"The picture '{path}' {received}, which is no picture format here; allowed: {one_of(allowed)}."
        raise UsageError(message + did_you_mean(suffix, allowed))
    return suffix


def write_aside(path, content):
    """Writes the bytes `content` beside `path` and renames them into place; makes missing folders.

    Raises:
        StorageError: the folder or the file cannot be written; nothing is left behind.
    """
    path = Path(path)
    aside = path.parent / f".{secrets.token_hex(6)}.partial"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_bytes(content)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"Cannot write the picture '{path}': {reason}. Choose a folder you can write to.") from error
