"""Labelled text: texts with a class each, in a table, a JSON object a line, or with the label before each text."""

import json
import math
import re
from collections import Counter

from seqtasks.corpora.faults import collecting, text_faults
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.corpora.sources.columns import check_delimiter, column, distinct, quoted_rows, wrong_width
from seqtasks.corpora.sources.reading import read_json_lines, read_lines
from seqtasks.corpora.sources.split_names import plain_name
from seqtasks.errors import CorpusError, did_you_mean, listing

_SETTINGS = ("text", "label")
_NAMES_OF_TABLES = {",": ".csv", "\t": ".tsv"}
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")


class Labelled(Kind):
    """Rows `{"text": str, "label": str}`."""

    name = "labelled"
    what = "labelled text"
    parts = {"text": str, "label": str}
    columns = {
        "text": Column(("text", "sentence", "review")),
        "label": Column(("label", "sentiment", "class"), classes=True),
    }
    held_out = {"dev": 2500, "test": 2500}
    forms = ".tsv, .csv, .jsonl: a text and its label; .txt: a label before each text"
    suffixes = (".tsv", ".csv", ".jsonl", ".txt")
    answers_file = ("classes.json", "classes")

    def classes(self, row):
        return {row["label"]}

    def faults_of(self, row, place):
        wrong = text_faults([row["text"]], place(0), "the text")
        wrong += text_faults([row["label"]], place(0), "unlabelled: the label")
        return [(place(0), message) for message in wrong]

    def read_file(self, path, *, text=None, label=None, faults=None, known=()):
        """Returns the rows of a file: `.tsv`, `.csv`, `.jsonl`, or `.txt` with a label, a blank and the text on a line.

        `text` and `label` are columns, by number from 1 or by the name that the first line gives them, or JSON keys.
        Left out, they are what is called text, sentence or review and label, sentiment or class, else the first two
        columns. A field of a `.csv` file may be quoted, and then hold commas and line ends; quotes in a `.tsv` file are
        text. Labels in JSON may be numbers. Where the label 1 is `known`, 1.0 is the same. Raises CorpusError with
        `file:line`; see `Kind.read_file`.
        """
        rows, names = [], {**{whole(name): name for name in known}, **{name: name for name in known}}
        with collecting(faults) as faults:
            for row, place in self.sound(_examples(path, text, label, faults), faults):
                found = row["label"]
                if known and whole(found) not in names:
                    faults.reject(
                        f"{place(0)}: labelled '{found}', which the run does not know; it answers {listing(known)}."
                        + did_you_mean(found, known)
                    )
                else:
                    rows.append({**row, "label": names.get(found) or names.get(whole(found), found)})
        return rows

    def read_files(self, paths, *, faults=None, known=(), **columns):
        rows = super().read_files(paths, faults=faults, known=known, **columns)
        return rows if known else as_one_class(rows)

    def has_columns(self, path):
        return not plain_name(path.name).endswith(".txt")

    def from_dataset(self, name, splits, faults):
        return as_one_class(super().from_dataset(name, splits, faults))

    def check_splits(self, name, splits, faults):
        """Returns the splits without rows of a class that train lacks, which are `faults`.

        Raises CorpusError if train has one class only.
        """
        classes = Counter(row["label"] for row in splits.get("train", ()))
        if len(classes) == 1:
            raise CorpusError(
                f"{name}: every row of train is labelled '{listing(classes)}'; two classes or more are needed"
            )
        kept = {}
        for split, rows in splits.items():
            kept[split] = []
            for number, row in enumerate(rows, start=1):
                if not classes or row["label"] in classes:
                    kept[split].append(row)
                    continue
                here, label = f"{name}: row {number:,} of {split}", row["label"]
                faults.add(
                    here,
                    f"{here} is labelled '{label}', which no row of train is; the labels there are "
                    f"{listing(sorted(classes))}.{did_you_mean(label, classes)}",
                )
        faults.refuse()
        return kept


def as_one_class(splits):
    """Returns the rows by split with one name for labels that are one number, such as 1 for 1 and 1.0.

    Where all are written alike, as 1.0 and 0.0, they stay as they are.
    """
    written = {}
    for label in {row["label"] for rows in splits.values() for row in rows}:
        written.setdefault(whole(label), set()).add(label)
    names = {label: name for name, labels in written.items() for label in labels if len(labels) > 1}
    if not names:
        return splits
    return {
        split: [{**row, "label": names.get(row["label"], row["label"])} for row in rows]
        for split, rows in splits.items()
    }


def whole(label):
    """Returns 1 for the label 1.0, and all but such numbers as they are."""
    match = _WHOLE_NUMBER.fullmatch(label)
    return match[1] if match else label


def _examples(path, text, label, faults):
    """Yields (row, place) of each example of a file."""
    for number, found, name in _fields(path, text, label, faults):
        yield {"text": found, "label": name.strip()}, lambda part, here=f"{path}:{number}": here


def _fields(path, text, label, faults):
    """Yields (line number, text, label) of each example of a file."""
    plain = plain_name(path.name)
    if plain.endswith(".jsonl"):
        return _objects(path, text, label, faults)
    if plain.endswith(".txt"):
        if text or label:
            raise CorpusError(
                f"{path} has a label before each text and no columns; leave corpus.text and corpus.label out"
            )
        return _label_first(path)
    return _table(
        path,
        quoted_rows(path, names=_NAMES_OF_TABLES) if plain.endswith(".csv") else _tabbed(path),
        text,
        label,
        faults,
    )


def _tabbed(path):
    lines = read_lines(path)
    check_delimiter(path, lines, "\t", names=_NAMES_OF_TABLES)
    return ((number, line.split("\t")) for number, line in enumerate(lines, start=1))


def _table(path, lines, text, label, faults):
    head = next(lines)
    first = [field.strip() for field in head[1]]
    named = [text or _named("text", first), label or _named("label", first)]
    if not text and not label and None in named:
        if any(named):
            raise CorpusError(
                f"{path}:1: this looks like a header, as it has '{named[0] or named[1]}', but not which column is the "
                f"{_SETTINGS[named.index(None)]}; give corpus.text and corpus.label, as numbers if it is none"
            )
        named = [1, 2]
    names = distinct(path, [name or place for name, place in zip(named, (1, 2), strict=True)], _SETTINGS)
    header = not all(name.isdecimal() for name in names)
    places = [column(name, first, _SETTINGS, header=header, place=f"{path}:1") for name in names]
    header = header or all(_named(setting, [first[place]]) for setting, place in zip(_SETTINGS, places, strict=True))
    separated = "comma-separated" if plain_name(path.name).endswith(".csv") else "tab-separated"
    for number, fields in lines if header else (head, *lines):
        if len(fields) == len(first):
            yield number, *(fields[place] for place in places)
        else:
            faults.add(f"{path}:{number}", f"{path}:{number}: {wrong_width(fields, first, separated)}")


def _objects(path, text, label, faults):
    for number, record in read_json_lines(path, (text or "text", label or "label"), faults):
        here, found, wrong = f"{path}:{number}", {}, []
        for setting, given in (("text", text), ("label", label)):
            key = str(given or _named(setting, record) or setting)
            value = record.get(key)
            # Labels are often numbers, or true and false.
            if setting == "label" and (isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))):
                value = json.dumps(value)
            if isinstance(value, str):
                found[setting] = value
            elif key not in record:
                wrong.append(
                    f"{here}: no key '{key}'; it has {listing(record)}; give corpus.text and corpus.label."
                    + did_you_mean(key, record)
                )
            else:
                what = f"unlabelled: '{key}'" if setting == "label" else f"'{key}'"
                number = " or a number" if setting == "label" else ""
                wrong.append(f"{here}: {what} is {json.dumps(value)[:40]}; it must be a string{number}")
        if wrong:
            faults.add(here, *wrong)
        else:
            yield number, found["text"], found["label"]


def _label_first(path):
    for number, line in enumerate(read_lines(path), start=1):
        label, *text = re.split(r"[ \t]+", line.strip(" \t"), maxsplit=1)
        yield number, "".join(text), label


def _named(setting, names):
    """Returns that of the `names` in a header or object which is a usual one for the setting, or None."""
    return next((name for name in names if name.strip().lower() in Labelled.columns[setting].usual), None)
