"""Parallel text in one file: tab-separated columns, or a JSON object a line."""

from seqtasks.corpora.faults import collecting, text_faults
from seqtasks.corpora.sources.columns import check_delimiter, column, distinct, wrong_width
from seqtasks.corpora.sources.reading import read_json_lines, read_lines
from seqtasks.errors import did_you_mean, one_of

_SETTINGS = ("source", "target")


def read_tsv(path, source=None, *, target=None, faults=None):
    """Returns the rows of a file of tab-separated columns.

    `source` and `target` are column numbers from 1 (1 and 2 unless told), or names that the first line must hold. Every
    line must have as many columns as the first. Raises CorpusError with `file:line`.
    """
    lines = read_lines(path)
    check_delimiter(path, lines, "\t")
    first = lines[0].split("\t")
    names = distinct(path, (source or 1, target or 2), _SETTINGS)
    header = not all(name.isdecimal() for name in names)
    places = [column(name, first, _SETTINGS, header=header, place=f"{path}:1") for name in names]
    rows = []
    with collecting(faults) as faults:
        for number, line in enumerate(lines[header:], start=1 + header):
            fields, here = line.split("\t"), f"{path}:{number}"
            if len(fields) != len(first):
                faults.add(here, f"{here}: {wrong_width(fields, first, 'tab-separated')}")
                continue
            text, other = (fields[place] for place in places)
            if wrong := text_faults([text, other], here, "one side"):
                faults.add(here, *wrong)
            else:
                rows.append({"source": text, "targets": (other,)})
    return rows


def read_jsonl(path, source=None, *, target=None, faults=None):
    """Returns the rows of a file with a JSON object a line.

    `source` and `target` are its keys ("source" and "target" unless told); the target is a string or a list of strings.
    Raises CorpusError with `file:line`.
    """
    names = distinct(path, (source or "source", target or "target"), _SETTINGS)
    rows = []
    with collecting(faults) as faults:
        for number, record in read_json_lines(path, names, faults):
            here = f"{path}:{number}"
            try:
                text, targets = _sides(record, names)
            except ValueError as error:
                faults.add(here, f"{here}: {error}")
                continue
            if wrong := text_faults([text, *targets], here, "one side"):
                faults.add(here, *wrong)
            else:
                rows.append({"source": text, "targets": targets})
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
