"""A corpus: named splits of rows of one kind, and a fingerprint that changes whenever any of them does."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seqtasks.corpora.kinds import DEFAULT, KINDS
from seqtasks.corpora.sources.split_names import tests_among
from seqtasks.errors import CorpusError, did_you_mean, listing


@dataclass(frozen=True)
class Corpus:
    """Examples by split.

    `splits` maps a split's name to its rows, in file order; what a row holds is decided by the `kind`, a key of
    `kinds.KINDS`. The rows of running text are `lines.LineRows`, and a split is a text that reads on from row to row.
    `languages` is the pair that parallel rows go from and to, or `("source", "target")` where nothing is known; of
    other kinds it is empty.
    `licence` and `origin` say on what terms the text comes and from where. Of a corpus that is `packed`, a
    `packed.Packed`, train has ids only and is not among the splits. `language` is that of code, one of
    `grammar.languages.LANGUAGES`.
    """

    name: str
    splits: dict[str, Sequence[dict]]
    languages: tuple[str, ...]
    licence: str
    origin: str
    kind: str = DEFAULT
    packed: Any = None
    language: str = "python"

    @property
    def sizes(self):
        """The number of rows of each split, of a packed train that of its examples."""
        packed = {"train": len(self.packed)} if self.packed else {}
        return packed | {name: len(rows) for name, rows in self.splits.items()}

    @cached_property
    def fingerprint(self):
        """The sha256 (hex) of every split and row in order; the same in every process."""
        if self.packed:
            return self.packed.fingerprint
        return KINDS[self.kind].fingerprint(self.splits)

    def split(self, name):
        """Returns the rows of the split `name`.

        `test` also stands for the one split whose name starts with `test`, such as `test_2016`. Raises CorpusError for
        a split that is not there.
        """
        if name in self.splits:
            return self.splits[name]
        if self.packed and name == "train":
            raise CorpusError(f"{self.name} is packed: its train split has ids only, no text; use the unpacked corpus")
        tests = tests_among(self.splits)
        if name == "test" and len(tests) == 1:
            return self.splits[tests[0]]
        raise CorpusError(
            f"{self.name} has no split '{name}'; it has {listing(self.splits)}.{did_you_mean(name, self.splits)}"
        )
