"""Files of columns, as CoNLL's: a word a line with its tag, and a blank line after a sentence."""

import re
from functools import partial

from seqtasks.corpora.columns import column, distinct, wrong_width
from seqtasks.corpora.reading import read_lines

_SETTINGS = ("words", "tags")
_BEGINNING_OF_DOCUMENT = "-DOCSTART-"


def read_columns(path, words, tags, faults):
    """Yields (words, tags, place) of the sentences in a file; `place` tells the line of a word by its number from 0.

    The columns are divided by tabs where the first line has one, else by spaces. Sentences with a line of another
    number of columns are added to the `faults`.
    """
    sentences = _sentences(path)
    if not sentences:
        return
    number, line = sentences[0][0]
    tabbed = "\t" in line
    first = _fields(line, tabbed)
    names = distinct(path, (words or 1, tags or len(first)), _SETTINGS)
    places = [column(name, first, _SETTINGS, header=False, place=f"{path}:{number}") for name in names]
    for sentence in sentences:
        numbers, lines = zip(*((number, _fields(line, tabbed)) for number, line in sentence), strict=True)
        place = partial(_line, path, numbers)
        wrong = [number for number, fields in enumerate(lines) if len(fields) != len(first)]
        if wrong:
            separated = "tab-separated" if tabbed else "space-separated"
            said = [f"{place(number)}: {wrong_width(lines[number], first, separated)}" for number in wrong]
            faults.add(place(wrong[0]), *said)
        else:
            yield *(tuple(fields[place] for fields in lines) for place in places), place


def _sentences(path):
    """Returns the lines of each sentence of a file, as (number, line)."""
    sentences = [[]]
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip() and not line.startswith(_BEGINNING_OF_DOCUMENT):
            sentences[-1].append((number, line))
        elif sentences[-1]:
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


def _fields(line, tabbed):
    return line.split("\t") if tabbed else re.split(" +", line.strip(" "))


def _line(path, numbers, place):
    return f"{path}:{numbers[place]}"
