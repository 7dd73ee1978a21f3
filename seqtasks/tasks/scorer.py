"""How the answers of a task are scored; no TensorFlow."""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from seqtasks.scores import Metric, Score, significance
from seqtasks.tasks.answer import Answer


class Scorer(ABC):
    """Scores lines of a predictions file against rows of a corpus.

    Attributes:
        main_score: name of the first of its scores, by which the best epoch is chosen.
        lower_is_better: how two of it compare.
        file: the file in a run's `text/` that holds what scoring needs of the text.
    """

    main_score: str
    lower_is_better: bool = False
    file: ClassVar[str]

    def __init__(self, settings: Any, known: Any):
        """Takes the task's settings, and `known` of its text."""
        self.settings, self.known = settings, known

    @staticmethod
    def counted(settings: Any) -> str | None:
        """Returns what the scores count, in words, where that depends on settings: others do not compare."""
        return None

    @staticmethod
    def search(settings: Any) -> dict | None:
        """Returns the settings of how answers are searched, which may change without the weights; None without any."""
        return None

    @property
    @abstractmethod
    def decoding(self) -> str:
        """How answers are found, for signatures: "beam:5|length_penalty:1"."""

    @abstractmethod
    def metrics(self, rows: Sequence) -> list[Metric]:
        """Returns the scores of answers to these rows, the main one first."""

    def parsed(self, lines: Sequence[str]) -> Sequence:
        """Returns lines as the metrics take them."""
        return lines

    def line(self, answer: Answer) -> str:
        """Returns an Answer as it is kept in a predictions file and scored."""
        return answer.text

    @abstractmethod
    def reference(self, row: Mapping) -> str:
        """Returns the right answer of a row as one string, to be shown."""

    @abstractmethod
    def slices(self, rows: Sequence) -> dict[str, dict[str, list[int]]]:
        """Returns {what rows are sliced by: {label: numbers of the rows}}, to see where answers are good."""

    def score(self, lines: Sequence[str], rows: Sequence, *, interval: bool = True) -> list[Score]:
        """Scores lines against rows; `interval` also estimates bootstrap intervals."""
        parsed = self.parsed(lines)
        return [significance.score(metric, parsed, interval=interval) for metric in self.metrics(rows)]

    def compare(self, systems: Mapping[str, Sequence[str]], rows: Sequence) -> list[dict]:
        """Paired tests of {name: lines} on the same rows, the first the baseline; see significance.compare."""
        return significance.compare({name: self.parsed(one) for name, one in systems.items()}, self.metrics(rows))

    def compare_groups(self, systems: Mapping[str, Sequence[Sequence[str]]], rows: Sequence) -> list[dict]:
        """The same for {name: lines by seed}: means over seeds; see significance.compare_groups."""
        parsed = {name: [self.parsed(one) for one in of_seeds] for name, of_seeds in systems.items()}
        return significance.compare_groups(parsed, self.metrics(rows))

    def breakdown(self, lines: Sequence[str], rows: Sequence) -> tuple[list[dict], tuple | None]:
        """Returns scores by class, rows of scores.precision_table, and what is confused with what.

        The latter is (classes, matrix int (wanted, predicted)); None for a task without classes.
        """
        return [], None


def by_length(lengths: Sequence[int], bounds: Sequence[int]) -> dict[str, list[int]]:
    """Returns {"1-5": numbers of those up to 5, ..., "31+": of those above the last bound}, without empty ones."""
    firsts = [1, *(bound + 1 for bound in bounds)]
    labels = [*(f"{first}-{last}" for first, last in zip(firsts, bounds, strict=False)), f"{firsts[-1]}+"]
    found: dict[str, list[int]] = {label: [] for label in labels}
    for number, length in enumerate(lengths):
        found[labels[bisect_left(bounds, length)]].append(number)
    return {label: numbers for label, numbers in found.items() if numbers}
