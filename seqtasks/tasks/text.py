"""The base class of what a task learns from its train split: vocabularies, labels, counts."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self


class FittedText(ABC):
    """Vocabularies, labels and counts that turn the rows of a corpus into ids, fitted or loaded.

    Attributes:
        file: the file in a run's `text/` with `known`, as in the Scorer.
    """

    file: ClassVar[str]

    @classmethod
    @abstractmethod
    def fit(cls, corpus: Any, settings: Any) -> Self:
        """Learns it from the train split of a Corpus; raises CorpusError if there is nothing to learn from."""

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
        """The sha256 of everything that determines how strings become ids and back."""

    @property
    @abstractmethod
    def description(self) -> str:
        """A short description, such as "4,000 subwords"."""

    @property
    @abstractmethod
    def known(self) -> Any:
        """The part of it that scoring needs, as JSON values."""

    @property
    @abstractmethod
    def modules(self) -> list:
        """The tf.Modules that a SavedModel must keep."""

    @property
    def vocabulary(self) -> Any:
        """The vocabulary of a text whose words hand on their embeddings, or take those of another run."""
        raise NotImplementedError

    def counters(self) -> tuple[Callable[[list[str]], Sequence[int]], ...]:
        """Returns a function from strings to their lengths for each side of a row that is cut at a length limit."""
        return ()

    def measured(self, rows: Sequence) -> list[tuple[str, str]]:
        """Returns what a report says of rows that can only be told with the text, as (label, text) pairs."""
        return []

    def slices(self, rows: Sequence) -> dict[str, dict[str, list[int]]]:
        """Returns further slices, as Scorer.slices does, for which the vocabulary is needed."""
        return {}

    def save_known(self, folder: Path, *, ensure_ascii: bool = False) -> None:
        """Writes `known` into its file."""
        text = json.dumps(self.known, ensure_ascii=ensure_ascii)
        (folder / self.file).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read_known(cls, folder: Path) -> Any:
        """Reads what `save_known` wrote."""
        return json.loads((folder / cls.file).read_text(encoding="utf-8"))
