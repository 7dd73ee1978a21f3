"""A corpus: named splits of rows, and a fingerprint that changes whenever any of them does."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from seqtasks.errors import CorpusError, did_you_mean, one_of

_NAMES_OF_DEV = ("val", "valid", "validation")


@dataclass(frozen=True)
class Corpus:
    """Examples by split.

    `splits` maps a split's name to its rows, in file order. A row of parallel text is
    `{"source": str, "targets": (str, ...)}` with one or more references.
    `languages` is the pair that the rows go from and to, or `("source", "target")` where nothing is known.
    `licence` and `origin` say on what terms the text comes and from where.
    """

    name: str
    splits: dict[str, list[dict]]
    languages: tuple[str, str]
    licence: str
    origin: str

    @cached_property
    def fingerprint(self):
        """The sha256 (hex) of every split, row and reference in order; the same in every process."""
        digest = hashlib.sha256()
        for name, rows in self.splits.items():
            digest.update(json.dumps([name, rows], sort_keys=True).encode("ascii"))
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


def split_name(name):
    """Returns our name for a split that others call `name`: `val`, `valid` and `validation` are `dev`."""
    return "dev" if name in _NAMES_OF_DEV else name


def tests_among(names):
    """Returns those of the split `names` that hold test rows: `test` and whatever starts so."""
    return [name for name in names if name.startswith("test")]
