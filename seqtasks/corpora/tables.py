"""Parallel text in one file: tab-separated columns, or a JSON object a line."""

import json
import re

from seqtasks.corpora.reading import read_lines, refuse
from seqtasks.errors import CorpusError, did_you_mean, one_of

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_tsv(path, source=None, *, target=None):
    """Returns the rows of a file of tab-separated columns.

    `source` and `target` are column numbers from 1 (1 and 2 unless told), or names that the first line must hold. Every
    line must have as many columns as the first. Raises CorpusError with `file:line`.
    """
    lines = read_lines(path)
    first = lines[0].split("\t")
    names = _two_names(path, source or 1, target or 2)
    header = not all(name.isdecimal() for name in names)
    columns = [_column(name, first, header=header, place=f"{path}:1") for name in names]
    rows, problems = [], []
    for number, line in enumerate(lines[header:], start=1 + header):
        fields = line.split("\t")
        if len(fields) != len(first):
            problems.append(
                f"{path}:{number}: {len(fields)} tab-separated columns, but the first line has {len(first)}"
            )
            continue
        text, other = (fields[column] for column in columns)
        problems += faults([text, other], f"{path}:{number}")
        rows.append({"source": text, "targets": (other,)})
    refuse(problems)
    return rows


def read_jsonl(path, source=None, *, target=None):
    """Returns the rows of a file with a JSON object a line.

    `source` and `target` are its keys ("source" and "target" unless told); the target is a string or a list of strings.
    Raises CorpusError with `file:line`.
    """
    names = _two_names(path, source or "source", target or "target")
    rows, problems = [], []
    for number, line in enumerate(read_lines(path), start=1):
        place = f"{path}:{number}"
        try:
            text, targets = _sides(json.loads(line), names)
        except (ValueError, RecursionError) as error:
            what = f"not JSON: {error.msg} at column {error.colno}" if hasattr(error, "colno") else str(error)
            problems.append(f"{place}: {what}")
            continue
        problems += faults([text, *targets], place)
        rows.append({"source": text, "targets": targets})
    refuse(problems)
    return rows


def faults(sides, place):
    """Returns what is wrong with the text of one example, as messages that start with `place`."""
    found = []
    for side in sides:
        if not side.strip():
            found.append(f"{place}: one side is empty; fill it in or remove the example")
        elif _LONE_SURROGATE.search(side):
            found.append(f"{place}: half of a surrogate pair, which is no character; mend the escape")
    return found


def _two_names(path, source, target):
    names = str(source), str(target)
    if names[0] == names[1]:
        raise CorpusError(f"{path}: corpus.source and corpus.target are both {names[0]}; they must differ")
    return names


def _column(name, first, *, header, place):
    if not name.isdecimal() and name in first:
        return first.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(first):
        return int(name) - 1
    names = f" or one of {one_of(first)}" if header else ""
    raise CorpusError(
        f"{place}: no column {name}; give corpus.source and corpus.target as numbers from 1 to {len(first)}"
        f"{names}.{did_you_mean(name, first) if header else ''}"
    )


def _sides(record, names):
    if not isinstance(record, dict):
        raise ValueError(f"{type(record).__name__} where an object with the keys {one_of(names)} is expected")
    for name in names:
        if name not in record:
            raise ValueError(
                f"no key '{name}'; it has {one_of(record)}; give corpus.source and corpus.target."
                + did_you_mean(name, record)
            )
    text, targets = (record[name] for name in names)
    targets = tuple(targets) if isinstance(targets, list) else (targets,)
    if not targets or not all(isinstance(side, str) for side in (text, *targets)):
        raise ValueError(f"'{names[0]}' must be a string and '{names[1]}' a string or a list of one or more strings")
    return text, targets
