"""Lines of a file of any size, one after the other."""

import glob
import gzip
import os
from itertools import chain, islice
from pathlib import Path

from seqtasks import utf8
from seqtasks.answering.lines import AT_ONCE
from seqtasks.corpora.sources.reading import readable
from seqtasks.corpora.sources.split_names import is_gzip
from seqtasks.errors import CorpusError


def lines_in(path, *, start=0):
    """Yields the lines of a file, in bytes with their ends, from a byte on; gunzipped if its name ends in `.gz`.

    A line ends at `\\n` and nowhere else. Raises CorpusError if the file is missing, unreadable or not whole.
    """
    path = Path(path)
    with readable(path), (gzip.open if is_gzip(path.name) else open)(path, "rb") as file:
        if start:
            file.seek(start)
        yield from file


def texts_in(path):
    """Returns an iterator over the lines of a file, str; reads the first ones at once, so that faults are told early.

    Raises CorpusError for a file that cannot be read, has no lines, or is no text, with `file:line`.
    """
    if glob.has_magic(path) and not os.path.exists(path):
        raise CorpusError(f"{path} is not there; a pattern of several files needs --beam-runner")
    lines = utf8.decoded(lines_in(path), path)
    ahead = list(islice(lines, AT_ONCE))
    if not ahead:
        raise no_lines(path)
    return chain(ahead, lines)


def no_lines(path):
    """Returns the CorpusError for a file that is empty."""
    return CorpusError(f"{path} is empty; it must hold one example a line")
