"""Files of columns, as CoNLL's: a word a line with its tag, a blank line after a sentence, comments before one."""

import logging
import re
from functools import partial

from seqtasks.corpora.sources.columns import column, distinct, wrong_width
from seqtasks.corpora.sources.reading import read_lines
from seqtasks.text.tags import as_entities

_log = logging.getLogger("seqtasks")

_SETTINGS = ("words", "tags")
_BEGINNING_OF_DOCUMENT = "-DOCSTART-"
_COMMENT = "#"
# The ids in CoNLL-U of what several words are written as, 3-4, and of a word that is not written, 8.1.
_NO_WORD = re.compile(r"\d+[-.]\d+")


def read_columns(files, words, tags, *, faults, known=()):
    """Returns {key: [(words, tags, place), ...]} of `{key: path}`: the sentences of each file.

    `place` tells the line of a word by its number from 0. Lines that begin with `#` before a sentence are comments,
    unless they have as many columns as the others and are words by what they hold, as `#` and `#Lund` may be: between
    tabs a first column without a blank, between blanks a tag that is `known` or stands elsewhere in the files, or marks
    an entity as the tags there do. Comments are passed over, and logged. Where the first column holds the ids of words,
    lines with those of CoNLL-U for what is no word are passed over too. Sentences with a line of another number of
    columns are added to the `faults`.
    """
    tables = {key: Columns(path, words, tags) for key, path in files.items()}
    sure = set(known) | {tag for table in tables.values() for tag in table.tags}
    return {key: list(table.sentences(sure, faults)) for key, table in tables.items()}


class Columns:
    """A file of columns, before it is told which of its lines are comments.

    Attributes:
        tags: the set of tags in lines that cannot be comments.
    """

    def __init__(self, path, words, tags):
        """Reads the file; raises CorpusError where there is no such column.

        The columns are divided by tabs where the first line that is no comment has one, else by spaces.
        """
        self._path, self.tags, self._ids = path, set(), False
        self._blocks = _blocks(path)
        every = [line for block in self._blocks for line in block]
        lines = [line for block in self._blocks for line in block[_comments(block) :]]
        if not every:
            return
        number, first = (lines or every)[0]
        self._tabbed = "\t" in first
        self._first = self._fields(first)
        names = distinct(path, (words or 1, tags or len(self._first)), _SETTINGS)
        self._places = [column(name, self._first, _SETTINGS, header=False, place=f"{path}:{number}") for name in names]
        rows = [[self._fields(line) for _, line in block[_comments(block) :]] for block in self._blocks]
        # In most sentences, as one in which they are wrong tells nothing of the others.
        self._ids = 0 not in self._places and 2 * sum(map(_has_ids, rows)) > len(rows)
        every = (fields for block in rows for fields in block if len(fields) == len(self._first))
        self.tags = {fields[self._places[1]].strip() for fields in every}

    def sentences(self, sure, faults):
        """Yields (words, tags, place) of each sentence; `sure` are the tags of all files in lines that are words."""
        passed = []
        for block in self._blocks:
            comments = 0
            while comments < _comments(block) and not self._is_word(block[comments][1], sure):
                comments += 1
            passed += [number for number, _ in block[:comments]]
            lines = [(number, self._fields(line)) for number, line in block[comments:]]
            lines = [(number, fields) for number, fields in lines if not (self._ids and _NO_WORD.fullmatch(fields[0]))]
            if lines:
                yield from self._sentence(*zip(*lines, strict=True), faults)
        if passed:
            count = f"{len(passed):,} comment line{'s are' if len(passed) > 1 else ' is'}"
            _log.info("%s:%s: %s passed over, this being the first", self._path, passed[0], count)

    def _sentence(self, numbers, lines, faults):
        place = partial(_line, self._path, numbers)
        wrong = [number for number, fields in enumerate(lines) if len(fields) != len(self._first)]
        if wrong:
            separated = "tab-separated" if self._tabbed else "space-separated"
            said = [f"{place(number)}: {wrong_width(lines[number], self._first, separated)}" for number in wrong]
            faults.add(place(wrong[0]), *said)
        else:
            yield *(tuple(fields[place] for fields in lines) for place in self._places), place

    def _is_word(self, line, sure):
        """Tells whether a line that begins like a comment is a word with its tag."""
        fields = self._fields(line)
        if len(fields) != len(self._first) or self._ids:
            return False
        if self._tabbed:
            return len(fields[0].split()) == 1
        tag = fields[self._places[1]].strip()
        return tag in sure or tag in as_entities({*sure, tag})

    def _fields(self, line):
        return line.split("\t") if self._tabbed else re.split(" +", line.strip(" "))


def _has_ids(lines):
    """Tells whether the first column counts the words of a sentence, but for lines that are no words."""
    words = [fields[0] for fields in lines if not _NO_WORD.fullmatch(fields[0])]
    return bool(words) and words == [str(number) for number in range(1, len(words) + 1)]


def _blocks(path):
    """Returns the lines between blank ones, as (number, line)."""
    blocks = [[]]
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip() and not line.startswith(_BEGINNING_OF_DOCUMENT):
            blocks[-1].append((number, line))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _comments(block):
    """Returns how many lines at the beginning of a block may be comments."""
    return next((number for number, (_, line) in enumerate(block) if not line.startswith(_COMMENT)), len(block))


def _line(path, numbers, place):
    return f"{path}:{numbers[place]}"
