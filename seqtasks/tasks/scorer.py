"""Scoring the answers of a task; no TensorFlow."""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from seqtasks.scores import Metric, Score, significance
from seqtasks.tasks.answer import Answer


class Scorer(ABC):
    """Scores lines of a predictions file against rows of a corpus.

    Attributes:
        main_score: name of the first score, by which the best epoch is chosen.
        lower_is_better: whether a lower main score is better.
        file: the file in a run's `text/` with the facts about the text that scoring needs.
        block: number of examples in a row that intervals and tests keep together, see scores/significance.py.
    """

    main_score: str
    lower_is_better: bool = False
    file: ClassVar[str]
    block: int = 1

    def __init__(self, settings: Any, known: Any):
        """Takes the task's settings, and the attribute `known` of its text."""
        self.settings, self.known = settings, known

    @staticmethod
    def counted(settings: Any) -> str | None:
        """Returns what the scores count, in words, if it depends on settings; runs compare only if it is equal."""
        return None

    @staticmethod
    def search(settings: Any) -> dict | None:
        """Returns the settings of the search, which may change without the weights; None if there is no search."""
        return None

    @property
    @abstractmethod
    def decoding(self) -> str:
        """How answers are decoded, for signatures, such as "beam:5|length_penalty:1"."""

    @abstractmethod
    def metrics(self, rows: Sequence) -> list[Metric]:
        """Returns the metrics of answers to these rows, the main one first."""

    def parsed(self, lines: Sequence[str]) -> Sequence:
        """Returns lines in the form that the metrics take."""
        return lines

    def line(self, answer: Answer) -> str:
        """Returns an Answer as it is kept in a predictions file and scored."""
        return answer.text

    @abstractmethod
    def reference(self, row: Mapping) -> str:
        """Returns the reference answer of a row as one string, to be shown."""

    @abstractmethod
    def slices(self, rows: Sequence) -> dict[str, dict[str, list[int]]]:
        """Returns slices of the rows, {quantity: {label: row numbers}}, to be scored separately."""

    def score(self, lines: Sequence[str], rows: Sequence, *, interval: bool = True) -> list[Score]:
        """Scores lines against rows; with `interval` also estimates bootstrap intervals."""
        parsed = self.parsed(lines)
        return [
            significance.score(metric, parsed, interval=interval, block=self.block) for metric in self.metrics(rows)
        ]

    def compare(self, systems: Mapping[str, Sequence[str]], rows: Sequence) -> list[dict]:
        """Paired tests of {name: lines} on the same rows, the first the baseline; see significance.compare."""
        parsed = {name: self.parsed(one) for name, one in systems.items()}
        return significance.compare(parsed, self.metrics(rows), block=self.block)

    def compare_groups(self, systems: Mapping[str, Sequence[Sequence[str]]], rows: Sequence) -> list[dict]:
        """The same for {name: lines by seed}: means over seeds; see significance.compare_groups."""
        parsed = {name: [self.parsed(one) for one in of_seeds] for name, of_seeds in systems.items()}
        return significance.compare_groups(parsed, self.metrics(rows), block=self.block)

    def breakdown(self, lines: Sequence[str], rows: Sequence) -> tuple[list[dict], tuple | None]:
        """Returns scores by class, rows of scores.precision_table, and the confusion matrix.

        The latter is (classes, matrix int (wanted, predicted)), or None for a task without classes.
        """
        return [], None


class SearchScorer(Scorer):
    """Scores answers that a beam search writes."""

    @staticmethod
    def search(settings: Any) -> dict:
        return settings.search.model_dump()

    @property
    def decoding(self) -> str:
        search = self.settings.search
        return f"beam:{search.beam}|length_penalty:{search.length_penalty:g}"


def by_length(lengths: Sequence[int], bounds: Sequence[int]) -> dict[str, list[int]]:
    """Returns {"1-5": numbers of lengths up to 5, "6": of length 6, ..., "31+": of longer ones}, without empty ones."""
    firsts = [1, *(bound + 1 for bound in bounds)]
    labels = [str(last) if first == last else f"{first}-{last}" for first, last in zip(firsts, bounds, strict=False)]
    labels.append(f"{firsts[-1]}+")
    found: dict[str, list[int]] = {label: [] for label in labels}
    for number, length in enumerate(lengths):
        found[labels[bisect_left(bounds, length)]].append(number)
    return {label: numbers for label, numbers in found.items() if numbers}
