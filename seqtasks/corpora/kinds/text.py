"""Running text: a text that reads on from row to row, in a file or the files of a folder one behind the other."""

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from seqtasks.corpora.faults import LONE_SURROGATE, collecting
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.corpora.kinds.lines import LineRows, lines_of
from seqtasks.corpora.sources.reading import read_bytes, read_json_lines, read_utf8
from seqtasks.corpora.sources.split_names import by_split, plain_name
from seqtasks.errors import CorpusError, did_you_mean, listing

_log = logging.getLogger("seqtasks")

# A text has no NUL, so a file with one among so many of its first bytes is something else.
_LOOKED_AT = 8192


@dataclass(frozen=True)
class LinesReport:
    """One split of running text.

    `words` are those between blanks, `characters` have the line ends between lines among them, of which
    `distinct_characters` are different. `longest` is the longest line, in characters.
    """

    rows: int
    words: int
    characters: int
    distinct_characters: int
    longest: int


class Text(Kind):
    """Rows `{"text": str}`, the lines of a text as they were written; the rows of a split are `lines.LineRows`."""

    name = "text"
    what = "running text"
    parts = {"text": str}
    columns = {"text": Column(("text", "sentence", "review"))}
    held_out = {"dev": 0.05, "test": 0.1}
    forms = "any text file, or a folder of them; .jsonl: a key text with lines"
    by_place = True
    inputs = "lines"

    def faults_of(self, row, place):
        """Returns what is wrong with a row, which may be blank; see `Kind.faults_of`."""
        if LONE_SURROGATE.search(row["text"]):
            return [(place(0), f"{place(0)}: half of a surrogate pair, which is no character; mend the escape")]
        return []

    def read_file(self, path, *, text=None, faults=None, known=()):
        """Returns the LineRows of a file, or of all files in a folder and below as one text, in order of their names.

        A `.jsonl` file has an object a line, whose key `text` ("text" by default) holds a line of the text, or several.
        Any other file is text as it stands. In a folder, what is hidden or binary is left out, and logged. Raises
        CorpusError with `file:line`, and where there is no text but blanks; see `Kind.read_file`.
        """
        files = _files_below(path) if path.is_dir() else [path]
        with collecting(faults) as faults:
            texts = [one for file in files for one in self._texts(file, text, faults)]
            faults.refuse()
        rows = lines_of(texts)
        if rows.is_blank:
            what = "has blank lines only" if texts else "has no file with text" if path.is_dir() else "is empty"
            raise CorpusError(f"{path} {what}; it must hold text")
        return rows

    def _texts(self, path, key, faults):
        """Returns the texts of a file, in UTF-8; a file of no bytes has none."""
        if plain_name(path.name).endswith(".jsonl"):
            records = self.sound(_records(path, str(key or "text"), faults), faults)
            return [row["text"].encode("utf-8") for row, _ in records]
        if key:
            raise CorpusError(f"{path} is text as it stands and has no keys; leave corpus.text out")
        content = read_utf8(path)
        return [content] if content else []

    def files_in(self, folder):
        """Returns {split: [path, ...]}; where no file is named after train, the folder is one text to be split."""
        named, _ = by_split(folder, lambda name: (name, ""))
        return super().files_in(folder) if ("train", "") in named else {"train": [folder]}

    def has_columns(self, path):
        return plain_name(path.name).endswith(".jsonl")

    def joined(self, parts):
        return LineRows("\n".join(part.text for part in parts))

    def from_records(self, records):
        return LineRows("\n".join(record["text"] for record in records))

    def rows_of_examples(self, examples, split):
        """Returns the LineRows of the examples of a split, each a line or several; blank ones are kept."""
        return lines_of(text.encode("utf-8") for ((text,),) in examples)

    def count(self, rows, *, limit=None, count_pieces=None):
        """Returns the LinesReport of a split."""
        words, characters, longest, distinct = 0, max(len(rows) - 1, 0), 0, {"\n"} if len(rows) > 1 else set()
        for line in (row["text"] for row in rows):
            words += len(line.split())
            characters += len(line)
            longest = max(longest, len(line))
            distinct.update(line)
        return LinesReport(len(rows), words, characters, len(distinct), longest)

    def facts(self, counted, limit):
        counts = f"{counted.rows:,} lines, {counted.words:,} words, {counted.characters:,} characters"
        return [("", f"{counts}, {counted.distinct_characters:,} of them distinct, longest line {counted.longest:,}")]

    def problems(self, name, rows, counted):
        return []


def _records(path, key, faults):
    """Yields (row, place) of each line of a file of JSON objects."""
    for number, record in read_json_lines(path, [key], faults):
        found, wrong, here = record.get(key), None, f"{path}:{number}"
        if key not in record:
            wrong = f"no key '{key}'; it has {listing(record)}; give corpus.text.{did_you_mean(key, record)}"
        elif not isinstance(found, str):
            wrong = f"'{key}' is {json.dumps(found)[:40]}; it must be a string"
        if wrong:
            faults.add(here, f"{here}: {wrong}")
        else:
            yield {"text": found}, lambda part, here=here: here


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
