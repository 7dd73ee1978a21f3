"""What every task answers."""

import random
from abc import ABC, abstractmethod
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from seqtasks.batches.planning import plan_epoch


@dataclass(frozen=True)
class Answer:
    """What a task says to one input.

    Attributes:
        text: the answer as a string, the best one.
        score: the model's own score of it; higher is better.
        alternatives: [(text, score), ...] best first, the best included.
        cut: the input was longer than the length limit and its end, or what else `unread` says, was not read.
        unknown: share of the input's pieces that the text does not know, 0-1.
    """

    text: str
    score: float
    alternatives: tuple
    cut: bool
    unknown: float

    unread: ClassVar[str] = "end"

    def details(self):
        """Returns what else is known, to be printed as JSON."""
        return {}


@contextmanager
def seeded(seed):
    """Makes the layers built inside draw their weights and dropout seeds from `seed`; leaves the caller's state alone.

    Keras draws them from Python's generator. `keras.utils.set_random_seed` would also reset TensorFlow's kernels, and
    with them the tokenizers that were made before.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def by_length(lengths, bounds):
    """Returns {"1-5": numbers of those up to 5, ..., "31+": of those above the last bound}, without empty ones."""
    firsts = [1, *(bound + 1 for bound in bounds)]
    labels = [*(f"{first}-{last}" for first, last in zip(firsts, bounds, strict=False)), f"{firsts[-1]}+"]
    found = {label: [] for label in labels}
    for number, length in enumerate(lengths):
        found[labels[bisect_left(bounds, length)]].append(number)
    return {label: numbers for label, numbers in found.items() if numbers}


def as_arrays(found):
    """Returns {name: tensor} as arrays."""
    return {name: value.numpy() for name, value in found.items()}


def decoded(value):
    """Returns a string that TensorFlow gave, as bytes or, where it was a list in between, as str."""
    return value.decode() if isinstance(value, bytes) else str(value)


class Task(ABC):
    """A task: its text, its model, how a batch is made, how an answer is decoded, scored, explained and served.

    `main_score` is the name of the first of its scores, `lower_is_better` how two of it compare. `options` are the
    names of what else its `answer` takes, such as beam; `answer_type` is the class of what it answers.

    `weights_fingerprint` is that of the weights that were loaded, None before.

    Life of a task: made from settings; `fit_text` or `load_text`; `build`; then everything else.
    """

    name: str
    main_score: str
    lower_is_better = False
    has_baselines = False
    options: tuple = ()
    answer_type: type = Answer
    batch_signature: tuple

    def __init__(self, settings):
        self.settings = settings
        self.model = self.weights_fingerprint = None

    @abstractmethod
    def fit_text(self, corpus):
        """Learns the text from the corpus' train split."""

    @abstractmethod
    def save_text(self, folder):
        """Writes the text into a folder that exists."""

    @abstractmethod
    def load_text(self, folder):
        """Reads what `save_text` wrote."""

    @abstractmethod
    def describe_text(self):
        """Returns what was learned of the text in a few words, such as "4,000 subwords"."""

    @property
    @abstractmethod
    def text_fingerprint(self):
        """sha256 of all that turns strings into ids and back."""

    @abstractmethod
    def build(self, *, portable=False):
        """Makes the model, with fresh weights; `portable` keeps operations out that only a GPU knows."""

    @abstractmethod
    def examples(self, rows):
        """Turns rows into what `batch` picks from: (examples, lengths (n, sides) int array).

        The last side's lengths are the tokens by which speed is told.
        """

    @abstractmethod
    def batch(self, examples, chosen):
        """Returns the chosen examples as a tuple of int32 arrays (rows, ...), padded, the arguments of `loss`."""

    @abstractmethod
    def loss(self, *batch, training):
        """Returns (sum of the loss over what is predicted, such as real tokens, their number), float32 scalars."""

    def plan_epoch(self, lengths, epoch):
        """Returns the batches of an epoch as arrays of numbers of examples, whose lengths (n, sides) are given."""
        return plan_epoch(lengths, self.settings.training.batch_size, seed=self.settings.seed, epoch=epoch)

    def carried(self):
        """Returns what a batch of training hands on to the next, as a list of (rows, ...) before the first.

        There is nothing of that where examples stand alone.
        """
        return []

    def fitted_loss(self, *batch, carried):
        """Returns what `loss` in training does, and what is handed on, given what was handed over."""
        return *self.loss(*batch, training=True), carried

    def objective(self, total, count):
        """Returns what is minimised, from the sum of the loss over a batch and the number it is over."""
        return total / count

    @property
    def untrained_loss(self):
        """The loss where nothing is known, from which a smoothed one starts; None for the first batch's."""
        return None

    @property
    def sample_every(self):
        """Steps of training between two samples of what the model writes; 0 for none."""
        return 0

    def sample_at(self, step):
        """Returns a sample of what the model writes after a step of training."""
        raise NotImplementedError

    @abstractmethod
    def input_of(self, row):
        """Returns the string of a row that `answer` takes."""

    @abstractmethod
    def reference_of(self, row):
        """Returns the right answer of a row as one string, to be shown."""

    @abstractmethod
    def answer(self, strings, *, progress=None, **options):
        """Answers a list of strings, in their order; the result for one does not depend on the others."""

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Answers the rows of a corpus, to be scored; `quick` is asked for after each epoch of training."""
        return self.answer([self.input_of(row) for row in rows], progress=progress)

    def line_of(self, answer):
        """Returns an Answer as it is scored and kept in predictions files."""
        return answer.text

    @property
    @abstractmethod
    def decoding(self):
        """Says for signatures how answers are found, as "beam:5|length_penalty:1"."""

    @property
    @abstractmethod
    def answers_together(self):
        """The number of strings in a batch of answers."""

    @abstractmethod
    def score(self, answers, rows, *, interval=True):
        """Scores lines, from `line_of`, against rows; a list of Score whose first is the main one."""

    @abstractmethod
    def slices(self, rows):
        """Returns {what is sliced by: {label: numbers of the rows}}, to see where answers are good and where not."""

    def baselines(self, train, rows):
        """Scores what needs no network on the rows, fitted on the rows `train`: [(name, Score), ...].

        It is only asked where `has_baselines` says that there is something.
        """
        raise NotImplementedError

    def breakdown(self, answers, rows):
        """Returns scores by class, rows of scores.precision_table, and what is confused with what.

        The latter is (classes, matrix int (wanted, predicted)); None for a task without classes.
        """
        return [], None

    @abstractmethod
    def compare(self, systems, rows):
        """Paired tests of {name: lines} on the same rows, the first the baseline; see scores.significance."""

    @abstractmethod
    def compare_groups(self, systems, rows):
        """The same for {name: list, by seed, of lines}: means over seeds; see scores.significance."""

    def check(self, string):
        """Returns a blank Answer that tells how a string was read, without answering it: what is cut, what unknown."""
        import tensorflow as tf

        return self.checked(self.serving()[0]["check"](tf.constant([string])))

    @classmethod
    def checked(cls, facts):
        """Makes the blank Answer to a string from what check answered to it alone."""
        return cls.answer_type("", 0.0, (), bool(facts["cut"][0]), float(facts["unknown"][0]))

    @abstractmethod
    def attention(self, string):
        """Explains the answer to a string as an AttentionTable."""

    @abstractmethod
    def serving(self):
        """Returns the signatures of a SavedModel, {name: function of strings (batch,)}, and the parts they hold on to.

        There are always serving_default, explain, and check: the facts about an input that Answer carries.
        """

    @property
    def serving_options(self):
        """What else serving_default takes than strings: {name: scalar tensor as the run has it}."""
        return {}

    @staticmethod
    @abstractmethod
    def served_answers(strings, found, facts=None):
        """Makes a list of Answer to strings from what serving_default answered, and check where asked, as arrays."""

    @staticmethod
    @abstractmethod
    def served_attention(string, found):
        """Makes the AttentionTable of a string from what explain answered to it alone, as lists."""
