"""What a task learns from its train split to turn strings into ids and back."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self


class FittedText(ABC):
    """Vocabularies, labels, counts: all that turns the rows of a corpus into ids, fitted or loaded.

    Attributes:
        file: the file in a run's `text/` that holds `known`, that of the Scorer.
    """

    file: ClassVar[str]

    @classmethod
    @abstractmethod
    def fit(cls, corpus: Any, settings: Any) -> Self:
        """Learns it from the train split of a Corpus; raises CorpusError where there is nothing to learn from."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, settings: Any) -> Self:
        """Reads what `save` wrote."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Writes it into a folder that exists."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """The sha256 of all that turns strings into ids and back."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What was learned in a few words, such as "4,000 subwords"."""

    @property
    @abstractmethod
    def known(self) -> Any:
        """What scoring needs of it, as JSON values."""

    @property
    @abstractmethod
    def modules(self) -> list:
        """The tf.Modules that a SavedModel must hold on to."""

    def counters(self) -> tuple[Callable[[list[str]], Sequence[int]], ...]:
        """Returns, for each side of a row that is cut at a length limit, a function from strings to their lengths."""
        return ()

    def slices(self, rows: Sequence) -> dict[str, dict[str, list[int]]]:
        """Returns slices as Scorer.slices does, those for which the vocabulary is needed."""
        return {}

    def save_known(self, folder: Path, *, ensure_ascii: bool = False) -> None:
        """Writes `known` into its file."""
        text = json.dumps(self.known, ensure_ascii=ensure_ascii)
        (folder / self.file).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read_known(cls, folder: Path) -> Any:
        """Reads what `save_known` wrote."""
        return json.loads((folder / cls.file).read_text(encoding="utf-8"))
