"""Your own files a block of lines at a time, so that they need not fit into memory; of any kind."""

import gzip
import re
import tempfile
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path

from seqtasks.corpora.faults import Faults
from seqtasks.corpora.sources import files
from seqtasks.corpora.sources.reading import readable
from seqtasks.corpora.sources.split_names import is_gzip, plain_name
from seqtasks.errors import CorpusError, FaultsError

_LINES = 100_000


def rows_in_blocks(parts, kind, *, faults, columns, lines=_LINES):
    """Yields the rows of files a block of about `lines` lines at a time, as lists.

    Each block is read as a file of its own is, from a temporary folder; what is wrong in it is told by its line in the
    whole file. A file without faults gives the same rows as when it is read at once.

    Args:
        parts: files one behind the other, each a tuple of paths: one, or a source and its aligned target.
        kind: a Kind.
        faults: the Faults that are told of examples left out.
        columns: a value, or None, for each of the columns of the kind.

    Raises:
        CorpusError: something cannot be read, with `file:line`.
    """
    for paths in parts:
        header = b""
        for first, contents in _blocks(paths, kind, lines):
            if first == 1 and _is_header(paths, kind, contents, columns):
                header = _first_line(contents[0])
            elif header:
                contents = [header + contents[0]]
            before = first - 1 - (first > 1 and bool(header))
            yield _read(paths, contents, before, kind, faults, columns)


def _read(paths, contents, before, kind, faults, columns):
    """Returns the rows of a block; `before` lines stand before it in the file."""
    with tempfile.TemporaryDirectory(prefix="seqtasks-") as folder:
        aside = [Path(folder, f"train.{plain_name(path.name).rpartition('.')[2]}") for path in paths]
        for path, content in zip(aside, contents, strict=True):
            path.write_bytes(content)
        here = Faults(skip=faults.skip)

        def told(message):
            for path, original in zip(aside, paths, strict=True):
                message = re.sub(
                    re.escape(str(path)) + r"(?::(\d+))?",
                    lambda found, name=original: f"{name}:{int(found[1]) + before}" if found[1] else str(name),
                    message,
                )
            return message

        try:
            if len(aside) > 1:
                rows = kind.read_folder(Path(folder), faults=here, **columns)["train"]
            else:
                (rows,) = files.rows_by_split({"train": aside}, kind, faults=here, **columns).values()
            here.refuse()
        except FaultsError as error:
            raise FaultsError([told(fault) for fault in error.faults], may_skip=error.may_skip) from None
        except CorpusError as error:
            raise CorpusError(told(str(error))) from None
        faults.places += map(told, here.places)
        return rows


def _is_header(paths, kind, contents, columns):
    """Tells whether the first line of a table names its columns: then a file of that line alone has no rows."""
    if len(paths) > 1 or plain_name(paths[0].name).rpartition(".")[2] not in ("tsv", "csv"):
        return False
    try:
        return not _read(paths, [_first_line(contents[0])], 0, kind, Faults(skip=True), columns)
    except FaultsError:
        return False
    except CorpusError:
        return True


def _first_line(content):
    return content[: content.find(b"\n") + 1] or content


def _blocks(paths, kind, lines):
    """Yields (number of the first line, [bytes of each file]) of blocks that end where an example does."""
    ends_at_blank = kind.several_lines and not plain_name(paths[0].name).endswith(".jsonl")
    is_quoted = plain_name(paths[0].name).endswith(".csv")
    with ExitStack() as stack:
        block, first, quotes = [], 1, 0
        for number, together in enumerate(zip_longest(*(_lines(path, stack) for path in paths)), start=1):
            if None in together:
                shorter = paths[together.index(None)]
                raise CorpusError(
                    f"{shorter}:{number}: no line here, but its partner has one; line n of one must translate line n "
                    "of the other"
                )
            block.append(together)
            quotes += is_quoted and together[0].count(b'"')
            if len(block) >= lines and quotes % 2 == 0 and (not ends_at_blank or not together[0].strip()):
                yield first, [b"".join(of_file) for of_file in zip(*block, strict=True)]
                block, first = [], number + 1
        if block:
            yield first, [b"".join(of_file) for of_file in zip(*block, strict=True)]


def _lines(path, stack):
    """Yields the lines of a file, in bytes; `stack` closes it."""
    with readable(path):
        yield from stack.enter_context((gzip.open if is_gzip(path.name) else open)(path, "rb"))
