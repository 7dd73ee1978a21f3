"""Answers, and the reader that makes them of what a model's functions give; no TensorFlow."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from seqtasks.errors import UsageError
from seqtasks.pictures.attention.table import AttentionTable

_LONGEST_PROBE = 2000


@dataclass(frozen=True)
class Answer:
    """The answer of a task to one input.

    Attributes:
        text: the answer as a string, the best one.
        score: the model's own score of it; higher is better.
        alternatives: [(text, score), ...] best first, the best included.
        cut: the input was longer than the length limit and its end, or what else `unread` names, was not read.
        unknown: share of the input's pieces that are not in the vocabulary, 0-1.
    """

    text: str
    score: float
    alternatives: tuple[tuple[str, float], ...]
    cut: bool
    unknown: float

    unread: ClassVar[str] = "end"

    def details(self) -> dict[str, Any]:
        """Returns what else is known, to be printed as JSON."""
        return {}

    def conll(self) -> str | None:
        """Returns a line for each word with its tag behind a tab; None of a task that labels no words."""
        return None


class Reader(ABC):
    """Makes answers and explanations of the arrays that a model's functions give, those of a run or of an export.

    Attributes:
        argument: name of the argument of served functions that takes the inputs.
        options: names of what else can be asked of an answer, such as beam.
        answer_type: the class of its answers.
        writes: whether the task continues a text piece by piece, so that it can be sampled and watched at each piece.
        odd_inputs: inputs that an export is checked on beside those of the corpus.
        unexplained: why there is no explanation, None where there is one.
    """

    argument: ClassVar[str] = "texts"
    options: ClassVar[tuple[str, ...]] = ()
    answer_type: ClassVar[type[Answer]] = Answer
    writes: ClassVar[bool] = False
    odd_inputs: ClassVar[tuple[str, ...]] = ("", " \t", "?", "\N{GRINNING FACE} \0 Ω 你好", "la " * 300)
    unexplained: str | None = None

    def checked(self, inputs: Sequence) -> list:
        """Returns inputs as a list; raises UsageError where one is not a str, or cannot be UTF-8."""
        for number, text in enumerate(inputs, start=1):
            if not isinstance(text, str):
                raise UsageError(f"text {number} is {type(text).__name__}; give a str")
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise UsageError(
                    f"text {number}: character {error.start + 1} is half of a surrogate pair; give UTF-8"
                ) from None
        return list(inputs)

    def from_line(self, line: str, where: str) -> Any:
        """Returns the input that a line of a file, a pipe or an argument stands for: the line itself.

        `where` is its place, for an error about it.
        """
        return line

    def length(self, one: Any) -> int:
        """Returns the length of an input, by which inputs are put into batches."""
        return len(one)

    def to_probe(self, one: Any) -> str:
        """Returns an input as a string that a run keeps, to check exports on; a long one may be cut."""
        return one[:_LONGEST_PROBE]

    def from_probe(self, probe: str) -> Any:
        """Returns the input that `to_probe` made a string of."""
        return probe

    @abstractmethod
    def input_of(self, row: Mapping) -> Any:
        """Returns the input that a row of the corpus holds."""

    @abstractmethod
    def answers(self, inputs: Sequence, found: Mapping, **options: Any) -> list[Answer]:
        """Returns an Answer for each input.

        Args:
            inputs: list of inputs.
            found: what `predict` of a run gave, or `serving_default` and `check` of an export: arrays by name.
            options: those of `options` that were given.
        """

    @abstractmethod
    def explanation(self, one: Any, found: Mapping) -> AttentionTable:
        """Returns the AttentionTable of an input from what `explain` gave for it alone."""

    def blank(self, found: Mapping) -> Answer:
        """Returns a blank Answer that tells how an input was read, from what `check` gave for it alone."""
        return self.answer_type("", 0.0, (), bool(found["cut"][0]), float(found["unknown"][0]))


def decoded(value: bytes | str) -> str:
    """Returns a string that TensorFlow gave, as bytes or, where it was a list in between, as str."""
    return value.decode() if isinstance(value, bytes) else str(value)


def facts_of(found: Mapping, count: int) -> tuple[Sequence, Sequence]:
    """Returns whether each of `count` inputs was cut, and its share of unknown pieces, as far as `found` tells."""
    return found.get("cut", [False] * count), found.get("unknown", [0.0] * count)
