"""Parallel text in one file: tab-separated columns, or a JSON object a line."""

from seqtasks.corpora.columns import column, distinct, wrong_width
from seqtasks.corpora.reading import faults, read_json_lines, read_lines, refuse
from seqtasks.errors import did_you_mean, one_of

_SETTINGS = ("source", "target")


def read_tsv(path, source=None, *, target=None):
    """Returns the rows of a file of tab-separated columns.

    `source` and `target` are column numbers from 1 (1 and 2 unless told), or names that the first line must hold. Every
    line must have as many columns as the first. Raises CorpusError with `file:line`.
    """
    lines = read_lines(path)
    first = lines[0].split("\t")
    names = distinct(path, (source or 1, target or 2), _SETTINGS)
    header = not all(name.isdecimal() for name in names)
    places = [column(name, first, _SETTINGS, header=header, place=f"{path}:1") for name in names]
    rows, problems = [], []
    for number, line in enumerate(lines[header:], start=1 + header):
        fields = line.split("\t")
        if len(fields) != len(first):
            problems.append(f"{path}:{number}: {wrong_width(fields, first, 'tab-separated')}")
            continue
        text, other = (fields[place] for place in places)
        problems += faults([text, other], f"{path}:{number}", "one side")
        rows.append({"source": text, "targets": (other,)})
    refuse(problems)
    return rows


def read_jsonl(path, source=None, *, target=None):
    """Returns the rows of a file with a JSON object a line.

    `source` and `target` are its keys ("source" and "target" unless told); the target is a string or a list of strings.
    Raises CorpusError with `file:line`.
    """
    names = distinct(path, (source or "source", target or "target"), _SETTINGS)
    rows, problems = [], []
    for number, record in read_json_lines(path, names, problems):
        try:
            text, targets = _sides(record, names)
        except ValueError as error:
            problems.append(f"{path}:{number}: {error}")
            continue
        problems += faults([text, *targets], f"{path}:{number}", "one side")
        rows.append({"source": text, "targets": targets})
    refuse(problems)
    return rows


def _sides(record, names):
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
