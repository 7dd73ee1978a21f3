"""Your own running text: a file, or the files of a folder one behind the other."""

import json
import logging
import os
from pathlib import Path

from seqtasks.corpora.faults import LONE_SURROGATE, collecting
from seqtasks.corpora.kinds.lines import lines_of
from seqtasks.corpora.sources.reading import read_bytes, read_json_lines, read_utf8
from seqtasks.corpora.sources.split_names import plain_name
from seqtasks.errors import CorpusError, did_you_mean, one_of

_log = logging.getLogger("seqtasks")

# A text has no NUL, so a file with one among so many of its first bytes is something else.
_LOOKED_AT = 8192


def read_text(path, *, text=None, faults=None):
    """Returns the LineRows of a file, or of all files in a folder and below as one text, in the order of their names.

    A `.jsonl` file has an object a line, whose key `text` ("text" unless told) holds a line of the text, or several.
    Any other file is text as it stands. In a folder, what is hidden or binary is left out, and logged. Raises
    CorpusError with `file:line`, and where there is no text but blanks.
    """
    files = _files_below(path) if path.is_dir() else [path]
    with collecting(faults) as faults:
        texts = [one for file in files for one in _texts(file, text, faults)]
        faults.refuse()
    rows = lines_of(texts)
    if rows.is_blank:
        what = "has blank lines only" if texts else "has no file with text" if path.is_dir() else "is empty"
        raise CorpusError(f"{path} {what}; it must hold text")
    return rows


def _texts(path, key, faults):
    """Returns the texts of a file, in UTF-8; a file of no bytes has none."""
    if plain_name(path.name).endswith(".jsonl"):
        return _records(path, str(key or "text"), faults)
    if key:
        raise CorpusError(f"{path} is text as it stands and has no keys; leave corpus.text out")
    content = read_utf8(path)
    return [content] if content else []


def _records(path, key, faults):
    """Returns the texts of a file with a JSON object a line, in UTF-8."""
    texts = []
    for number, record in read_json_lines(path, [key], faults):
        found, wrong = record.get(key), None
        if key not in record:
            wrong = f"no key '{key}'; it has {one_of(record)}; give corpus.text.{did_you_mean(key, record)}"
        elif not isinstance(found, str):
            wrong = f"'{key}' is {json.dumps(found)[:40]}; it must be a string"
        elif LONE_SURROGATE.search(found):
            wrong = "half of a surrogate pair, which is no character; mend the escape"
        if wrong:
            faults.add(f"{path}:{number}", f"{path}:{number}: {wrong}")
        else:
            texts.append(found.encode("utf-8"))
    return texts


def _files_below(folder):
    """Returns the files in a folder and below that hold text, by name."""
    found = []
    for place, folders, files in os.walk(folder, onerror=_refuse_folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if name.startswith("."):
                _log.info("%s is left out: it is hidden", path)
            elif name in files and path.is_file():
                if b"\0" in read_bytes(path, _LOOKED_AT):
                    _log.info("%s is left out: it is binary", path)
                else:
                    found.append(path)
        folders[:] = [name for name in folders if not name.startswith(".")]
    return sorted(found, key=lambda path: path.parts)


def _refuse_folder(error):
    raise CorpusError(f"{error.filename} cannot be read: {error.strerror}; check its permissions")
