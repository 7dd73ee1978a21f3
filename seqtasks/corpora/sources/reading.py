"""Lines and JSON objects of text files, plain or gzip, and the errors that name the line."""

import gzip
import json
import re
import zlib
from contextlib import contextmanager
from pathlib import Path

from seqtasks import utf8
from seqtasks.corpora.sources.split_names import is_gzip
from seqtasks.errors import CorpusError, FaultsError, listing

_BLANKS = re.compile(r"\s*")


def read_lines(path):
    """Returns the lines of a UTF-8 file, gunzipped if its name ends in `.gz`.

    A line ends at `\\n` and nowhere else, since other separators would tear aligned files apart; a `\\r` before it and
    a byte order mark at the start of the file are dropped. Raises CorpusError for a file that is missing, unreadable,
    empty, no text (see `utf8.faults`) or not whole.
    """
    content = read_utf8(path)
    if not content:
        raise CorpusError(f"{path} is empty; it must hold one example a line")
    return [line.removesuffix("\r") for line in content.decode("utf-8").removesuffix("\n").split("\n")]


def read_utf8(path):
    """Returns the bytes of a UTF-8 file, which may be none, without a byte order mark; the line ends are as they were.

    Raises CorpusError as `read_bytes` does, and for what is no text (see `utf8.faults`), with `file:line`.
    """
    content = read_bytes(path)
    text = utf8.checked(content)
    if text is None:
        raise FaultsError(list(utf8.faults(content, path)))
    return text


def read_bytes(path, size=-1):
    """Returns the first `size` bytes of a file, or all, gunzipped if its name ends in `.gz`.

    Raises CorpusError for a file that is missing, unreadable or not whole.
    """
    path = Path(path)
    with readable(path), (gzip.open if is_gzip(path.name) else open)(path, "rb") as file:
        return file.read(size)


@contextmanager
def readable(path):
    """Raises CorpusError for a file that is read inside the block and missing, unreadable or not whole."""
    try:
        yield
    except FileNotFoundError:
        raise CorpusError(f"{path} is not there; check the spelling and the folder") from None
    except IsADirectoryError:
        raise CorpusError(f"{path} is a folder; give a file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorpusError(f"{path} is not a whole gzip file ({error}); copy or compress it anew") from None
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}; check its permissions") from None


def read_json_lines(path, keys, faults):
    """Yields (line number, object) of a file with a JSON object a line.

    What is no object, where one with the `keys` is expected, is added to the `faults`, with `file:line`.
    """
    for number, line in enumerate(read_lines(path), start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            what = f"not JSON: {error.msg} at column {error.colno}" if hasattr(error, "colno") else str(error)
            faults.add(f"{path}:{number}", f"{path}:{number}: {what}")
            continue
        yield from _checked(path, keys, faults, number, record)


def _checked(path, keys, faults, number, record):
    if isinstance(record, dict):
        yield number, record
    else:
        what = f"{type(record).__name__} where an object with the keys {listing(keys)} is expected"
        faults.add(f"{path}:{number}", f"{path}:{number}: {what}")


def read_json_list(path, keys, faults):
    """Yields (line number, object) of a file that is a JSON list of objects; else as `read_json_lines`.

    Raises CorpusError for a file that is no list.
    """
    text, decoder = read_utf8(path).decode("utf-8"), json.JSONDecoder()
    place = _BLANKS.match(text).end()
    if text[place : place + 1] != "[":
        raise CorpusError(f"{path} is no list of JSON objects; a file with an object a line must end in .jsonl")
    number, counted = 1, 0
    while True:
        place = _BLANKS.match(text, place + 1).end()
        number, counted = number + text.count("\n", counted, place), place
        if text[place : place + 1] == "]":
            return
        try:
            record, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{path}:{number}: not JSON: {getattr(error, 'msg', error)}") from None
        yield from _checked(path, keys, faults, number, record)
        place = _BLANKS.match(text, place).end()
        if text[place : place + 1] == "]":
            return
        if text[place : place + 1] != ",":
            raise CorpusError(f"{path}:{number}: not JSON: expected , or ] behind the object that begins here")
