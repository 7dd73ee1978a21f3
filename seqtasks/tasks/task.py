"""The base class of tasks: see Task."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import keras
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.sequences import joined
from seqtasks.errors import UsageError
from seqtasks.layers.ensemble import Ensemble
from seqtasks.layers.noise import Noise
from seqtasks.scores import Score
from seqtasks.tasks.answer import Answer, Reader, checked_text
from seqtasks.tasks.predictor import Predictor
from seqtasks.tasks.scorer import Scorer
from seqtasks.tasks.text import FittedText
from seqtasks.text import UNK

# Rows that are turned into ids in one go.
_ROWS_AT_ONCE = 50_000


class Loss(NamedTuple):
    """The loss of a batch: a sum over its predictions, such as real tokens, and their number; float32 scalars.

    `state` is carried from this batch to the next, see Examples.first_state.
    """

    total: tf.Tensor
    count: tf.Tensor
    state: Sequence = ()


@dataclass(frozen=True)
class Signature:
    """A function of a SavedModel. It takes inputs (batch,) and scalars, {name: tensor with the run's value}.

    With `specs` it takes tensors of these instead of inputs; `arrays` makes them of a list of inputs, {name: array}, so
    that its answers can be checked.
    """

    function: Callable
    scalars: dict[str, tf.Tensor] = field(default_factory=dict)
    specs: tuple[tf.TensorSpec, ...] = ()
    arrays: Callable[[Sequence], dict] | None = None


class Task(ABC):
    """One kind of problem: turns rows into examples, a batch of examples into a loss, inputs into answers.

    A task is made from settings and a text that was fitted or loaded; its model has fresh weights.

    Attributes:
        name: its name on the command line.
        Text, Scorer, Reader: the classes of its text, scorer and reader.
        Ensemble: the class of a model made of several; see layers.ensemble.
        column_names: what `columns` returns, the examples first; none for a task whose corpora cannot be packed.
        settings, text, scorer, reader, model: their instances; the model is a keras.Model.
        weights_fingerprint: fingerprint of the loaded weights, None before.
    """

    name: ClassVar[str]
    Text: ClassVar[type[FittedText]]
    Scorer: ClassVar[type[Scorer]]
    Reader: ClassVar[type[Reader]]
    Ensemble: ClassVar[type[Ensemble]]
    column_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Any, text: Any, *, portable: bool = False, model: keras.Model | None = None):
        """Makes the model, with weights drawn from the seed; `portable` leaves out operations that only a GPU has.

        A `model` that is given answers in its place; it may be an Ensemble.
        """
        self.settings, self.text = settings, text
        self.scorer, self.reader = self.Scorer(settings, text.known), self.Reader()
        self.weights_fingerprint: str | None = None
        with seeded(settings.seed):
            self.model = model or self.make_model(portable=portable)
        self._compiled: dict[str, Callable] = {}

    @abstractmethod
    def make_model(self, *, portable: bool) -> keras.Model:
        """Returns the model with fresh weights; called once."""

    def published(self) -> dict[str, Callable[[dict], None]]:
        """Returns the published networks whose weights a new training starts from.

        By name of the network a function that takes its weights, {name: array}.
        """
        return {}

    def begin(self, examples: Examples) -> None:
        """Sets the weights that a new training does not draw at random but takes from its examples; here none."""
        return

    def settle(self, rows: Sequence) -> dict[str, Any]:
        """Sets the weights that are chosen on dev, whose rows are given, once the others are found; here none.

        It is called at the end of each epoch, before dev is answered. Returns them, {path: array}.
        """
        return {}

    def layers_below_head(self) -> list[list[keras.layers.Layer]]:
        """Returns the layers whose learning rate may differ from that of the others, the highest first; here none.

        Each is a list of its parts, such as its two directions.
        """
        return []

    def examples(self, rows: Sequence) -> Examples:
        """Returns the training examples of rows of the corpus."""
        parts = [self.columns(rows[i : i + _ROWS_AT_ONCE]) for i in range(0, max(1, len(rows)), _ROWS_AT_ONCE)]
        return self.examples_of([joined(column) for column in zip(*parts, strict=True)])

    def examples_of_train(self, corpus: Any) -> Examples:
        """Returns the training examples of the train split of a Corpus, which may be packed."""
        return self.examples_of(corpus.packed.columns()) if corpus.packed else self.examples(corpus.split("train"))

    def columns(self, rows: Sequence) -> Sequence:
        """Returns what the examples of rows consist of: Sequences and arrays (examples,), of which there may be more.

        What several calls return, joined, are the examples of all their rows. Not for a task that has its own
        `examples`.
        """
        raise NotImplementedError

    def examples_of(self, columns: Sequence) -> Examples:
        """Returns the examples of `columns`."""
        raise NotImplementedError

    @abstractmethod
    def loss(self, batch: Sequence, *, state: Sequence = (), noise: Noise | None = None) -> Loss:
        """Returns the Loss of a batch of `examples`, given the state carried from the batch before.

        `noise` is what training draws at random; without it the loss is that of the model which answers.
        """

    @abstractmethod
    def signatures(self) -> dict[str, Signature]:
        """Returns the functions of a SavedModel.

        They are at least `serving_default`, `explain` and `check`, which returns for each input the number of its
        pieces, whether it is cut, and the share of unknown pieces.
        """

    def function(self, name: str, **options: Any) -> Callable:
        """Returns a compiled function of inputs (batch,) to tensors by name.

        Args:
            name: predict, which returns answers and the facts of `check`; explain; or check.
            options: options of the reader, for predict.
        """
        if name not in self._compiled:
            found = self._predict if name == "predict" else self.signatures()[name].function
            self._compiled[name] = compiled(found)
        return self._compiled[name]

    def beginning_with(self, prefix: str | None, pieces: Any, key: str, function: Callable) -> Callable:
        """Returns a function of inputs (batch,), compiled once for `key`, whose answers begin with a prefix.

        Args:
            prefix: a str; None or a blank one for answers that are free.
            pieces: the Pieces that answers consist of; None if they cannot begin with a prefix.
            function: takes inputs, and with a prefix also that, a string ().

        Raises UsageError for a prefix that cannot be written with the pieces, or is as long as answers may be.
        """
        prefix = checked_text("" if prefix is None else prefix, "the prefix")
        ids = pieces.encode(strings([prefix]))[0].numpy() if prefix.strip() else ()
        if len(ids) >= (most := self.settings.search.max_length):
            raise UsageError(f"the prefix has {len(ids)} pieces, but an answer has at most {most}; give a shorter one")
        if UNK in ids:
            raise UsageError(f"the prefix '{prefix}' has pieces that are not in the vocabulary; choose other words")
        key = f"{key} after a prefix" if len(ids) else key
        if key not in self._compiled:
            more = [tf.TensorSpec([], tf.string)] if len(ids) else []
            self._compiled[key] = compiled(function, tf.TensorSpec([None], tf.string), *more)
        graph = self._compiled[key]
        return (lambda inputs: graph(inputs, tf.constant(prefix))) if len(ids) else graph

    @abstractmethod
    def _predict(self, inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """Answers inputs (batch,) in the graph; returns the answers and the facts of `check`."""

    @cached_property
    def predictor(self) -> Predictor:
        """Answers and explains with the current weights."""

        def of_inputs(name: str, **options: Any) -> Callable[[Sequence], dict]:
            function = self.function(name, **options)
            return lambda inputs: as_arrays(function(strings(map(self.reader.content, inputs))))

        return Predictor(of_inputs, self.reader, batch_size=self.answer_batch_size)

    @property
    def decoding(self) -> str:
        """How answers are decoded, for signatures: as the Scorer says it, and by how many models."""
        by = f"|ensemble:{len(self.model.members)}" if isinstance(self.model, Ensemble) else ""
        return self.scorer.decoding + by

    @property
    @abstractmethod
    def answer_batch_size(self) -> int:
        """The largest number of inputs answered in a batch."""

    def answer_rows(self, rows: Sequence, *, quick: bool = False, progress: Callable | None = None) -> list[Answer]:
        """Answers the rows of a corpus, to be scored; `quick` is set after each epoch of training."""
        return self.predictor.answers([self.reader.input_of(row) for row in rows], progress=progress)

    def sample(self, step: int) -> str | None:
        """Returns a sample of the model's text after a step of training; None if the task does not write text."""
        return "".join(self.write("", seed=step)) if self.reader.writes else None

    def write(self, prompt: str = "", **options: Any) -> Iterator[str]:
        """Returns an iterator over the continuation of a prompt as it is sampled, in strings of a few pieces.

        Only for a task whose Reader `writes`; `options` are those of the reader.
        """
        raise NotImplementedError

    def beside(
        self, examples: Any, answers: Sequence[Answer], *, dynamic: bool = False, progress: Callable | None = None
    ) -> tuple[list[Score], list[tuple[str, Score]]]:
        """Scores what stands beside the scores that the Scorer gives.

        Args:
            examples: the EvaluationRows; their splits are read only if asked for, and may be gone.
            answers: the answers to `examples.rows`.
            dynamic: score dynamic evaluation too; only for a task whose Reader `writes`.
            progress: as in `evaluation.evaluate`.

        Returns:
            Scores that need the model or other splits, and those of simpler models, [(name, Score), ...].
        """
        return [], []

    def pictures(self, examples: Any, answers: Sequence[Answer]) -> dict[str, Callable[[Any], None]]:
        """Returns pictures of the answers that an evaluation keeps, by name; here none.

        Arguments are those of `beside`. Each is a function of a path that ends in .png or .svg, and writes the picture.
        """
        return {}

    def more_slices(self, rows: Sequence, lines: Sequence[str]) -> Iterable[dict[str, Any]]:
        """Returns slices of parts of examples, such as words, scored, in the form of Evaluation.slices.

        `lines` are the answers to the rows as they are scored.
        """
        return []


def compiled(function: Callable, *signature: tf.TensorSpec) -> Callable:
    """Returns a function of strings (batch,), or of tensors of the given signature, that is traced once."""
    signature = signature or (tf.TensorSpec([None], tf.string),)
    return tf.function(function, input_signature=signature, autograph=False)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Makes layers built in this context draw their weights and dropout seeds from `seed`; restores the caller's state.

    Keras draws them from Python's generator. `keras.utils.set_random_seed` would also reset TensorFlow's kernels, and
    with them the tokenizers made before.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def strings(inputs: Iterable) -> tf.Tensor:
    """Returns strings or bytes as a tensor of strings (n,)."""
    return tf.constant(list(inputs), tf.string)


def as_arrays(found: dict) -> dict:
    """Returns {name: tensor} as arrays."""
    return {name: value.numpy() for name, value in found.items()}
