"""Suffixes of picture files."""

from pathlib import Path

from seqtasks.errors import UsageError, did_you_mean, listing
from seqtasks.writing import refuse_folder


def checked_suffix(path, allowed):
    """Returns the lower-case suffix of `path`, such as `.png`.

    Raises:
        UsageError: the suffix is not among the `allowed` ones, or `path` is a folder.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in allowed:
        received = f"ends in '{suffix}'" if suffix else "has no suffix"
        message = f"'{path}' {received}; allowed: {listing(allowed)}."
        raise UsageError(message + did_you_mean(suffix, allowed))
    refuse_folder(path)
    return suffix
