"""Which column of a table holds what: by number from 1, or by the name that the first line gives it."""

import csv

from seqtasks.corpora.sources.reading import read_lines
from seqtasks.errors import CorpusError, did_you_mean, listing

_DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
_LOOKED_AT = 20
# Whole articles may be longer than Python's limit of 131,072 characters.
_LONGEST_FIELD = 2**31 - 1


def distinct(path, names, settings):
    """Returns the `names` as strings; raises CorpusError if the two are the same column. `settings` name them."""
    one, other = map(str, names)
    if one == other:
        raise CorpusError(f"{path}: corpus.{settings[0]} and corpus.{settings[1]} are both {one}; they must differ")
    return one, other


def column(name, first, settings, *, header, place):
    """Returns the index of the column `name`, a number from 1 or, in a `header`, one of the `first` line's fields.

    Raises CorpusError with `place` where there is none.
    """
    if not name.isdecimal() and name in first:
        return first.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(first):
        return int(name) - 1
    names = f" or one of {listing(first)}" if header else ""
    raise CorpusError(
        f"{place}: no column {name}; give corpus.{settings[0]} and corpus.{settings[1]} as numbers from 1 to "
        f"{len(first)}{names}.{did_you_mean(name, first) if header else ''}"
    )


def wrong_width(fields, first, separated):
    """Returns what is wrong with a line of `fields` that are not as many as those of the `first` line."""
    return f"{len(fields)} {separated} columns, but the first line has {len(first)}"


def check_delimiter(path, lines, own, *, names=()):
    """Raises CorpusError where the `lines` of a table, which `own` should divide, seem to be divided by something else.

    `names` are the suffixes of other tables that may be read, by what divides them.
    """
    lines = [line for line in lines[:_LOOKED_AT] if line.strip()]
    # A carriage return alone, of which a reader of CSV makes an error, divides nothing.
    rows = csv.reader(line.replace("\r", " ") for line in lines) if own == "," else (line.split(own) for line in lines)
    widths = {len(fields) for fields in rows}
    if not lines or (len(widths) == 1 and widths != {1}) or (own == "\t" and widths != {1}):
        return
    for other in (mark for mark in _DELIMITERS if mark != own):
        counts = {line.count(other) for line in lines}
        # Texts may hold some, too; so where some lines are divided as they should be, all must tell the same.
        if 0 not in counts and (widths == {1} or (len(counts) == 1 and len(lines) > 1)):
            name = f", or name it {names[other]}" if other in names else ""
            raise CorpusError(
                f"{path}:1: the columns seem to be divided by {_DELIMITERS[other]}, but must be by {_DELIMITERS[own]}; "
                f"convert the file{name}"
            )


def two_columns(path, lines, names, settings, faults):
    """Yields (`file:line`, two fields) of each of the lines of a file of tab-separated columns below its header.

    `names` are those of the columns, or numbers from 1, in which case there is no header; lines of another number of
    columns are added to the `faults`. `settings` name the two. Raises CorpusError where there is no such column.
    """
    check_delimiter(path, lines, "\t")
    first = lines[0].split("\t")
    names = distinct(path, names, settings)
    header = not all(name.isdecimal() for name in names)
    places = [column(name, first, settings, header=header, place=f"{path}:1") for name in names]
    for number, line in enumerate(lines[header:], start=1 + header):
        fields, here = line.split("\t"), f"{path}:{number}"
        if len(fields) != len(first):
            faults.add(here, f"{here}: {wrong_width(fields, first, 'tab-separated')}")
        else:
            yield here, [fields[place] for place in places]


def quoted_rows(path, *, names=()):
    """Yields (number of the line it begins in, fields) of each row of a CSV file; `names` as of `check_delimiter`.

    Raises CorpusError with `file:line` for what is no CSV.
    """
    lines = read_lines(path)
    csv.field_size_limit(_LONGEST_FIELD)
    check_delimiter(path, lines, ",", names=names)
    reader = csv.reader((f"{line}\n" for line in lines), strict=True)
    number = 1
    try:
        for fields in reader:
            yield number, fields
            number = reader.line_num + 1
    except csv.Error as error:
        raise CorpusError(
            f"{path}:{number}: not CSV: {error}; put a field with commas, quotes or line ends between quotes, and "
            "double the quotes inside"
        ) from None
