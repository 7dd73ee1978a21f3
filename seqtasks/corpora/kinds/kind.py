"""The base of the kinds of corpora: everything that depends on what a row holds is asked of a Kind."""

import hashlib
import json
import logging
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from seqtasks.corpora.faults import collecting, text_faults
from seqtasks.corpora.kinds import counts
from seqtasks.corpora.sources import files as own_files
from seqtasks.errors import CorpusError

_log = logging.getLogger("seqtasks")

# Rows that are written as JSON in one go.
ROWS_TOGETHER = 10_000


def sentence_key(sentence):
    """Returns what two sentences have in common when they differ in case, spaces or Unicode form alone."""
    return " ".join(unicodedata.normalize("NFKC", sentence).casefold().split())


@dataclass(frozen=True)
class Column:
    """What a setting of a column may name: a column of a table, a key of a JSON object, a feature of a dataset.

    `usual` are the names that are looked for where the setting is not given. Of a TensorFlow dataset the feature may be
    a class where `classes`, must be a sequence where `sequence` (None is either), and is also found, `alone`, as the
    only one that fits. `images` are features that hold images, `numbers` such as hold vectors, or lines of them. What
    is not `of_rows` is in tables and objects alone, and not a part of a row.
    """

    usual: tuple[str, ...]
    classes: bool = False
    sequence: bool | None = False
    alone: bool = True
    images: bool = False
    numbers: bool = False
    of_rows: bool = True

    @property
    def what(self):
        """What features may be named, in the plural."""
        if self.images:
            return "images"
        if self.numbers:
            return "vectors and texts"
        return ("sequences of texts" if self.sequence else "texts") + (" and classes" if self.classes else "")

    def fits(self, feature):
        """Tells whether a feature, as `features.Feature`, may be named."""
        if feature.is_numbers:
            return self.numbers
        return (
            feature.is_image == self.images
            and (feature.names is None or self.classes)
            and self.sequence in (None, feature.is_sequence)
        )


class Kind(ABC):
    """A kind of corpus; one object for each kind stands in `kinds.KINDS`.

    A kind must have the attributes without a value and `read_file`. All else has a default: it suits rows that are an
    input, the first of the `parts`, and what is to be answered to it, the others.

    Attributes:
        name: the key in `KINDS`, which settings and manifests hold.
        what: what such a corpus is called in messages, as in "no file of labelled text".
        parts: the keys of a row and the types of their values, str, tuple (of str) or Image, in order.
        columns: {setting: Column}, the settings that say where the parts of a row stand.
        held_out: {"dev": size, "test": size}, the defaults: numbers of inputs; if `by_place`, shares of `shares_of`.
        forms: the forms that files may have, for the list of corpora.
        has_language: whether the language of the answers may be told.
        language: that of the code that is read, one of LANGUAGES in grammar/languages.py, where answers are code.
        by_place: whether splits are cut by place, as of a text that reads on, rather than drawn at random.
        shares_of: what is counted where splits are cut by place.
        free_columns: whether columns of named corpora may be chosen too, and are read in files of your own as well.
        of_datasets: whether TensorFlow datasets may be of this kind.
        suffixes: of the files that are read; None is any.
        inputs, outputs: what inputs and answers are called, in the plural.
        has_references: whether answers are references: an input may have several that are right, and in files to be
            evaluated on they stand apart (`--reference`). Else a file holds the answers to its inputs.
        answers_file: (file, key) in the folder `text` of a run, where it keeps the answers that it can give, if these
            are limited.
        columns_together: whether the columns of a TensorFlow dataset are all given or all found.
        packs: whether `seqtasks pack` may turn its train split into ids.
        several_lines: whether an example of a file of plain lines has several, up to a blank line.
    """

    name: ClassVar[str]
    what: ClassVar[str]
    parts: ClassVar[dict[str, type]]
    columns: ClassVar[dict[str, Column]]
    held_out: ClassVar[dict[str, float]]
    forms: ClassVar[str]
    has_language: ClassVar[bool] = False
    language: str = "python"
    by_place: ClassVar[bool] = False
    shares_of: ClassVar[str] = "characters"
    free_columns: ClassVar[bool] = False
    of_datasets: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...] | None] = None
    inputs: ClassVar[str] = "texts"
    outputs: ClassVar[str] = "labels"
    has_references: ClassVar[bool] = False
    answers_file: ClassVar[tuple[str, str] | None] = None
    columns_together: ClassVar[bool] = False
    packs: ClassVar[bool] = True
    several_lines: ClassVar[bool] = False

    def of_language(self, language):
        """Returns the kind for answers in a language; by default all are read alike.

        Raises CorpusError where the language cannot be told.
        """
        if not self.has_language:
            raise CorpusError(f"corpus.language is no setting of {self.what}; leave it out")
        return self

    # A row

    def input(self, row):
        """Returns the string that a row's answer is for."""
        return str(row[next(iter(self.parts))])

    def answers(self, row):
        """Returns a tuple of what may be answered to a row, none of it where nothing is."""
        return tuple(row[part] for part in list(self.parts)[1:])

    def classes(self, row):
        """Returns the set of classes that a row shows; every one of them must be in train."""
        return set()

    def labels(self, row):
        """Returns the labels that a text for the row's task must know."""
        return self.classes(row)

    def texts(self, row):
        """Returns {side: (text, ...)}: the texts whose lengths are counted and that splits must not share."""
        return {next(iter(self.parts)): (self.input(row),)}

    def sentence_keys(self, row):
        """Returns {side: [key, ...]}; rows that have a key of a side in common are kept in one split."""
        return {side: [sentence_key(text) for text in texts] for side, texts in self.texts(row).items()}

    def shared_keys(self, row):
        """Returns {side: [key, ...]}; rows of other splits that have a key in common with train are told of."""
        return self.sentence_keys(row)

    def faults_of(self, row, place):
        """Returns what is wrong with a row, [(place, message), ...].

        `place` is a function from the number of a text (from 0, in the order of `texts`) to the `file:line` it is from.
        """
        texts = [text for found in self.texts(row).values() for text in found]
        return [
            (place(number), fault)
            for number, text in enumerate(texts)
            for fault in text_faults([text], place(number), "one side")
        ]

    def shown(self, row):
        """Returns a row as one line of text."""
        answers = "  |  ".join(map(str, self.answers(row)))
        return " ".join(self.input(row).split()) + (f"  ->  {answers}" if answers else "")

    # Files

    @abstractmethod
    def read_file(self, path, *, faults=None, known=(), **columns):
        """Returns the rows of one file.

        Args:
            path: a Path; the file may be gzipped.
            faults: the Faults that what is wrong with examples is added to; without any it is refused at the end.
            known: the answers that a run can give; others are rejected, unless this is empty.
            columns: a value, or None, for each of the settings in `columns`.

        Raises:
            CorpusError: the file cannot be read at all, with `file:line`.
        """

    def read_files(self, paths, *, faults=None, known=(), **columns):
        """Returns {key: rows} of {key: path}; see `read_file`, whose arguments are the same."""
        with collecting(faults) as faults:
            return {key: self.read_file(path, faults=faults, known=known, **columns) for key, path in paths.items()}

    def read_folder(self, folder, *, faults, **columns):
        """Returns the rows of a folder by split; raises CorpusError where it has no file for a split."""
        return own_files.rows_by_split(self.files_in(folder), self, faults=faults, **columns)

    def files_in(self, folder):
        """Returns {split: [path, ...]} of a folder, the shards of a split in order; raises CorpusError for none."""
        return own_files.files_by_split(folder, self)

    def parts_in(self, folder, **columns):
        """Returns {split: [(path, ...), ...]} of a folder: files one behind the other, those that go together in one.

        Raises CorpusError for none.
        """
        return {split: [(path,) for path in paths] for split, paths in self.files_in(folder).items()}

    def has_columns(self, path):
        """Tells whether a file has columns or keys to choose from."""
        return True

    def joined(self, parts):
        """Returns the rows of several files as those of one."""
        return [row for rows in parts for row in rows]

    def languages(self, columns):
        """Returns the pair of languages that rows go from and to, given {setting: column}, or an empty tuple."""
        return ()

    def read_with_references(self, path, reference_paths):
        """Returns the rows of a file of inputs and files of their references, line by line.

        Only kinds that have references read them. Raises CorpusError for files that cannot be read or differ in length.
        """
        raise NotImplementedError(f"{self.what} has no references")

    def sound(self, examples, faults):
        """Yields those of (row, place) pairs that nothing is wrong with; adds what is wrong to the `faults`."""
        for row, place in examples:
            if wrong := self.faults_of(row, place):
                faults.add(wrong[0][0], *(message for _, message in wrong))
            else:
                yield row, place

    def sound_splits(self, splits, place, faults):
        """Returns the splits without rows that something is wrong with, which is added to the `faults`.

        `place` is a function from the name of a split and the number of a row, from 1, to the place of that row.
        """
        sound = {}
        for split, rows in splits.items():
            placed = ((row, place(split, number)) for number, row in enumerate(rows, start=1))
            sound[split] = [row for row, _ in self.sound(placed, faults)]
        return sound

    # TensorFlow datasets

    def rows_of_examples(self, examples, split):
        """Returns the rows of the examples of a split; those with an empty part are left out, and logged.

        An example is a tuple with a tuple of strings for each column: one, or those of a sequence.
        """
        rows, left_out = [], 0
        for example in examples:
            if all(example) and all(text.strip() for part in example for text in part):
                parts = zip(self.parts.items(), example, strict=True)
                rows.append({key: part if type_ is tuple else part[0] for (key, type_), part in parts})
            else:
                left_out += 1
        if left_out:
            _log.warning("%s: %s of %s examples left out, as a part is empty", split, left_out, left_out + len(rows))
        return rows

    def from_records(self, records):
        """Returns rows as they were before they became JSON objects."""
        return [
            {part: tuple(record[part]) if type_ is tuple else record[part] for part, type_ in self.parts.items()}
            for record in records
        ]

    def from_dataset(self, name, splits, faults):
        """Returns the splits of the dataset `name` in the form that files are read in, those without rows left out."""
        return {split: rows for split, rows in splits.items() if rows}

    # Splits

    def cut(self, rows, shares):
        """Returns rows by split, of the given shares, if `by_place`; see `cutting.cut`."""
        from seqtasks.corpora.cutting import cut

        return cut(rows, shares)

    def check_splits(self, name, splits, faults):
        """Returns the splits of the corpus `name` without rows that do not go with the others, which are `faults`.

        Raises CorpusError where the splits are no corpus to learn from.
        """
        return splits

    def grouped(self, rows):
        """Returns the rows of a split that was drawn, with those of one input as one where it has references."""
        return rows

    def fingerprint(self, splits):
        """Returns the sha256 (hex) of every split and row in order; the same in every process."""
        digest = hashlib.sha256()
        for name, rows in splits.items():
            digest.update(f"[{json.dumps(name)}, [".encode("ascii"))
            left, mark = iter(rows), ""
            while some := list(islice(left, ROWS_TOGETHER)):
                digest.update((mark + json.dumps(some, sort_keys=True)[1:-1]).encode("ascii"))
                mark = ", "
            digest.update(b"]]")
        return digest.hexdigest()

    # Reports

    def count(self, rows, *, limit=None, count_pieces=None):
        """Returns what is counted in a split, a SplitReport or a dataclass of the kind's own; see `report.report`."""
        return counts.count_examples(self, rows, limit, count_pieces)

    def count_classes(self, rows):
        """Returns the Counter of the classes in rows."""
        return Counter(name for row in rows for name in self.classes(row))

    def facts(self, counted, limit):
        """Returns what was counted as [(label, text), ...] to be shown; the first, on the whole, has an empty label."""
        return counts.facts(self, counted, limit)

    def problems(self, name, rows, counted):
        """Returns sentences about what is odd in the rows of the split `name` and what was counted in it."""
        return counts.problems(self, name, counted)
