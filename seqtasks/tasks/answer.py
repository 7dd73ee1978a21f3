"""Answers, and the reader that makes them from the outputs of a model's functions; no TensorFlow."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from seqtasks.decoding.tree import Node, tree_of
from seqtasks.errors import UsageError
from seqtasks.pictures import notebook
from seqtasks.pictures.attention.table import AttentionTable

_LONGEST_PROBE = 2000
_UNREACHED = -1e6


@dataclass(frozen=True)
class Answer:
    """The answer of a task to one input.

    Attributes:
        text: the best answer as a string.
        score: the model's own score of it; higher is better.
        alternatives: ((text, score), ...) best first, the best included.
        cut: whether the input exceeded the length limit, so that the part named by `unread` was not read.
        unknown: share of the input's pieces that are not in the vocabulary, 0-1.
        graded: whether scores are probabilities.
    """

    text: str
    score: float
    alternatives: tuple[tuple[str, float], ...]
    cut: bool
    unknown: float

    unread: ClassVar[str] = "end"
    graded: ClassVar[bool] = False
    # Share of unknown pieces above which a user is told.
    tolerated: ClassVar[float] = 0.5

    def details(self) -> dict[str, Any]:
        """Returns further facts about the answer, as JSON values."""
        return {}

    @property
    def remark(self) -> str | None:
        """What a user should know about the input, besides cut and unknown; None if there is nothing."""
        return None

    @property
    def remarks(self) -> list[str]:
        """What a user should know about the input: what of it was cut or is mostly unknown, and `remark`."""
        found = [f"longer than the length limit; its {self.unread} was not read"] if self.cut else []
        found += [self._of_unknown()] if self.unknown > self.tolerated else []
        return found + [remark for remark in (self.remark,) if remark]

    def _of_unknown(self) -> str:
        """Returns what a user is told of the share of unknown pieces."""
        return f"{self.unknown:.0%} of it is not in the vocabulary"

    def _repr_html_(self) -> str:
        """Returns what a notebook shows: the answer, its alternatives, and what the input remarks."""
        if not self.alternatives:
            read = f"Read, not answered: {self._of_unknown()}."
            return notebook.block(notebook.note(read), *map(notebook.note, self.remarks))
        return notebook.block(*self._shown(), *map(notebook.note, self.remarks))

    def _shown(self) -> list[str]:
        """Returns the parts of the answer as a notebook shows them."""
        parts = [notebook.paragraph(self.text, style="font-size: 1.1em")]
        if self.graded:
            parts.append(notebook.bars(self.alternatives))
        elif len(self.alternatives) > 1:
            rows = [(text, f"{score:.4f}") for text, score in self.alternatives]
            parts.append(notebook.table(("answer", "score"), rows))
        return parts

    def conll(self) -> str | None:
        """Returns one line for each word: word, tab, tag; None unless the task is a tagger."""
        return None


class Answers(list[Answer]):
    """A list of Answer; a notebook shows one below the other."""

    def _repr_html_(self) -> str:
        return notebook.block(*(notebook.Markup(answer._repr_html_()) for answer in self))


@dataclass(frozen=True)
class Choice:
    """A piece that was written or read, and what might have stood in its place, given the pieces before.

    Attributes:
        piece: the piece, "" at a place that is still free.
        probability: its probability, 0-1.
        likeliest: ((piece, probability), ...), the likeliest first.
    """

    piece: str
    probability: float
    likeliest: tuple[tuple[str, float], ...]


class Reader(ABC):
    """Makes answers and explanations from the arrays that the functions of a run or an export return.

    Attributes:
        argument: name of the argument of served functions that takes the inputs.
        options: names of the options of answering, such as beam.
        answer_type: the class of its answers.
        writes: whether the task continues a text piece by piece, so that it can be sampled and observed at each piece.
        odd_inputs: unusual inputs that an export is checked on, besides those of the corpus.
        broken: what is said of an input that only the graph finds unreadable; None if there is no such input.
        unexplained: why there is no explanation; None if there is one.
    """

    argument: ClassVar[str] = "texts"
    options: ClassVar[tuple[str, ...]] = ()
    answer_type: ClassVar[type[Answer]] = Answer
    writes: ClassVar[bool] = False
    odd_inputs: ClassVar[tuple] = ("", " \t", "?", "\N{GRINNING FACE} \0 Ω 你好", "la " * 300)
    broken: ClassVar[str | None] = None
    unexplained: str | None = None

    def checked(self, inputs: Sequence) -> list:
        """Returns inputs as a list; raises UsageError for an input that is not a str or cannot be encoded as UTF-8."""
        return [checked_text(text, f"text {number}") for number, text in enumerate(inputs, start=1)]

    def from_line(self, line: str, where: str) -> Any:
        """Returns the input in a line of a file or pipe or in an argument: by default the line itself.

        `where` is its place, for errors.
        """
        return line

    def content(self, one: Any) -> str | bytes:
        """Returns an input as a function of the graph takes it: by default the input itself."""
        return one

    def shown(self, one: Any) -> str:
        """Returns an input as a string for logs and errors: by default the input itself."""
        return one

    def same(self, one: str, other: str) -> bool:
        """Returns whether two outputs are the same, but for rounding where they are numbers; by default if equal."""
        return one == other

    def length(self, one: Any) -> int:
        """Returns the length by which an input is put into a batch."""
        return len(one)

    def to_probe(self, one: Any) -> str:
        """Returns an input as a string that a run keeps for checking exports; a long one may be cut."""
        return one[:_LONGEST_PROBE]

    def from_probe(self, probe: str) -> Any:
        """Returns the input from the string that `to_probe` made of it."""
        return probe

    @abstractmethod
    def input_of(self, row: Mapping) -> Any:
        """Returns the input in a row of the corpus."""

    @abstractmethod
    def answers(self, inputs: Sequence, found: Mapping, **options: Any) -> list[Answer]:
        """Returns an Answer for each input.

        Args:
            inputs: list of inputs.
            found: arrays by name, from `predict` of a run or from `serving_default` and `check` of an export.
            options: the options that were given, among `options`.
        """

    @abstractmethod
    def explanation(self, one: Any, found: Mapping) -> AttentionTable:
        """Returns the AttentionTable of an input from the arrays of `explain` for it alone."""

    def choices(self, found: Mapping) -> list[Choice]:
        """Returns a Choice for each place, from the arrays of `decoding.choices` for one input."""
        names = ("pieces", "piece_probabilities", "choices", "choice_probabilities")
        return [
            Choice(
                decoded(piece),
                float(probability),
                tuple((decoded(one), float(share)) for one, share in zip(likely, shares, strict=True)),
            )
            for piece, probability, likely, shares in zip(*(found[name][0] for name in names), strict=True)
        ]

    def tree(self, found: Mapping) -> list[Node]:
        """Returns the tree of a search, see `decoding.tree`, from the arrays of `WritingModel.tree` for one input."""
        parents, labels, logp, order = (found[f"tree_{name}"][0] for name in ("parents", "labels", "logp", "order"))
        pieces = [[decoded(label) for label in step] for step in labels]
        return tree_of(parents, pieces, logp, order, found["scores"][0])

    def blank(self, found: Mapping) -> Answer:
        """Returns a blank Answer with cut and unknown, from the arrays of `check` for one input."""
        return self.answer_type("", 0.0, (), bool(found["cut"][0]), float(found["unknown"][0]))


def checked_text(text: Any, name: str) -> str:
    """Returns a text; raises UsageError, which calls it `name`, if it is not a str or cannot be encoded as UTF-8."""
    if not isinstance(text, str):
        raise UsageError(f"{name} is {type(text).__name__}; give a str")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{name}: character {error.start + 1} is half of a surrogate pair; give UTF-8") from None
    return text


def ranked_answers(found: Mapping, count: int, name: str) -> list[Answer]:
    """Returns an Answer for each of `count` inputs from arrays of texts, called `name`, and scores, best first.

    If fewer answers are possible than there are beams, a search fills up with hypotheses of nearly zero probability;
    these are left out.
    """
    columns = (np.reshape(np.asarray(found[one], object), [count, -1]) for one in (name, "scores"))
    answers = []
    for texts, scores, cut, unknown in zip(*columns, found["cut"], found["unknown"], strict=True):
        pairs = [(decoded(text), float(score)) for text, score in zip(texts, scores, strict=True)]
        reached = tuple(pair for pair in pairs if pair[1] > _UNREACHED)
        answers.append(Answer(*pairs[0], reached, bool(cut), float(unknown)))
    return answers


def class_answers(answer_type: type[Answer], found: Mapping, *, best: int = 1) -> list[Answer]:
    """Returns an answer of the given type for each input from arrays of labels, and of probabilities of classes.

    The answer is the label, "" for a blank input, and its score the probability; `best` classes are alternatives.
    """
    classes = [decoded(label) for label in found["classes"][0]] if len(found["classes"]) else []
    answers = []
    for label, row, cut, unknown in zip(
        found["labels"], found["probabilities"], found["cut"], found["unknown"], strict=True
    ):
        order = np.argsort(-np.asarray(row), kind="stable")[:best]
        ranked = tuple((classes[i], float(row[i])) for i in order) if decoded(label) else (("", 0.0),)
        answers.append(answer_type(decoded(label), ranked[0][1], ranked, bool(cut), float(unknown)))
    return answers


def kind_of(found: Mapping, before: str) -> str:
    """Returns the kind of the weights that `explain` found for one input; exports of earlier versions do not say it."""
    return decoded(found["kind"][0]) if "kind" in found else before


def best_of(texts: Any) -> str:
    """Returns the first of the texts that a function found for an input, or the only one."""
    return decoded(np.ravel(np.asarray(texts, object))[0])


def decoded(value: bytes | str) -> str:
    """Returns a string from TensorFlow as str; arrays hold bytes, lists made from JSON hold str."""
    return value.decode() if isinstance(value, bytes) else str(value)
