"""A corpus: named splits of rows of one kind, and a fingerprint that changes whenever any of them does."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from seqtasks.corpora.sources.split_names import tests_among
from seqtasks.errors import CorpusError, did_you_mean, one_of

# Rows that are written as JSON in one go.
_TOGETHER = 10_000


@dataclass(frozen=True)
class Kind:
    """What corpora of a kind hold, the settings that say where in a file it stands, and how much is held out.

    `held_out` are the numbers of texts of dev and test, which are drawn with a seed, or, where splits are `by_place`,
    their shares of the characters.
    """

    what: str
    columns: tuple[str, ...]
    held_out: dict[str, float]
    by_place: bool = False


KINDS = {
    "parallel": Kind("parallel text", ("source", "target"), {"dev": 2000, "test": 2000}),
    "labelled": Kind("labelled text", ("text", "label"), {"dev": 2500, "test": 2500}),
    "tagged": Kind("tagged text", ("words", "tags"), {"dev": 2000, "test": 2000}),
    "text": Kind("running text", ("text",), {"dev": 0.05, "test": 0.1}, by_place=True),
}


@dataclass(frozen=True)
class Corpus:
    """Examples by split.

    `splits` maps a split's name to its rows, in file order. A row of a corpus of the `kind` parallel is
    `{"source": str, "targets": (str, ...)}` with one or more references; labelled, `{"text": str, "label": str}`;
    tagged, `{"words": (str, ...), "tags": (str, ...)}`, one tag a word: iob2, or classes of their own such as parts of
    speech; text, `{"text": str}`, a line as it was written, and a split is a text that reads on from row to row, as
    `lines.LineRows`.
    `languages` is the pair that parallel rows go from and to, or `("source", "target")` where nothing is known; of
    other kinds it is empty.
    `licence` and `origin` say on what terms the text comes and from where.
    """

    name: str
    splits: dict[str, Sequence[dict]]
    languages: tuple[str, ...]
    licence: str
    origin: str
    kind: str = "parallel"

    @cached_property
    def fingerprint(self):
        """The sha256 (hex) of every split, row and reference in order; the same in every process."""
        digest = hashlib.sha256()
        for name, rows in self.splits.items():
            digest.update(f"[{json.dumps(name)}, [".encode("ascii"))
            left, mark = iter(rows), ""
            while some := list(islice(left, _TOGETHER)):
                digest.update((mark + json.dumps(some, sort_keys=True)[1:-1]).encode("ascii"))
                mark = ", "
            digest.update(b"]]")
        return digest.hexdigest()

    def split(self, name):
        """Returns the rows of the split `name`.

        `test` also stands for the one split whose name starts with `test`, such as `test_2016`. Raises CorpusError for
        a split that is not there.
        """
        if name in self.splits:
            return self.splits[name]
        tests = tests_among(self.splits)
        if name == "test" and len(tests) == 1:
            return self.splits[tests[0]]
        raise CorpusError(
            f"{self.name} has no split '{name}'; it has {one_of(self.splits)}.{did_you_mean(name, self.splits)}"
        )


def texts_of(row):
    """Returns the texts of a row by side: source and target, or text, or sentence, which is its words with blanks."""
    if "source" in row:
        return {"source": (row["source"],), "target": row["targets"]}
    return {"text": (row["text"],)} if "text" in row else {"sentence": (" ".join(row["words"]),)}


def input_of(row):
    """Returns the one text that a row's answer is for: its source, text or sentence."""
    return next(iter(texts_of(row).values()))[0]


def classes_of(row):
    """Returns the distinct classes that a row shows: its label or its tags; parallel text has none."""
    return {row["label"]} if "label" in row else set(row.get("tags", ()))
