"""What every task answers."""

import random
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a task says to one input.

    Attributes:
        text: the answer as a string, the best one.
        score: the model's own score of it; higher is better.
        alternatives: [(text, score), ...] best first, the best included.
        cut: the input was longer than the length limit and its end was not read.
        unknown: share of the input's pieces that the text does not know, 0-1.
    """

    text: str
    score: float
    alternatives: tuple
    cut: bool
    unknown: float


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


class Task(ABC):
    """A task: its text, its model, how a batch is made, how an answer is decoded, scored, explained and served.

    Life of a task: made from settings; `fit_text` or `load_text`; `build`; then everything else.
    """

    name: str
    main_score: str
    batch_signature: tuple

    def __init__(self, settings):
        self.settings = settings
        self.model = None

    @abstractmethod
    def fit_text(self, corpus):
        """Learns the text from the corpus' train split."""

    @abstractmethod
    def save_text(self, folder):
        """Writes the text into a folder that exists."""

    @abstractmethod
    def load_text(self, folder):
        """Reads what `save_text` wrote."""

    @property
    @abstractmethod
    def text_fingerprint(self):
        """sha256 of all that turns strings into ids and back."""

    @abstractmethod
    def build(self, *, portable=False):
        """Makes the model, with fresh weights; `portable` keeps operations out that only a GPU knows."""

    @abstractmethod
    def examples(self, rows):
        """Turns rows into what `batch` picks from: (examples, lengths (n, sides) int array)."""

    @abstractmethod
    def batch(self, examples, chosen):
        """Returns the chosen examples as a tuple of padded int32 arrays, the arguments of `loss`."""

    @abstractmethod
    def loss(self, *batch, training):
        """Returns (sum of the loss over real tokens, their number), float32 scalars."""

    @abstractmethod
    def input_of(self, row):
        """Returns the string of a row that `answer` takes."""

    @abstractmethod
    def reference_of(self, row):
        """Returns the right answer of a row as one string, to be shown."""

    @abstractmethod
    def answer(self, strings, *, beam=None, best=1, progress=None):
        """Answers a list of strings, in their order; the result for one does not depend on the others."""

    @abstractmethod
    def score(self, answers, rows, *, interval=True):
        """Scores answer strings against rows; a list of Score whose first is the main one."""

    @abstractmethod
    def slices(self, rows):
        """Returns (what is sliced by, {label: numbers of the rows}), to see where answers are good and where not."""

    @abstractmethod
    def compare(self, systems, rows):
        """Paired significance tests of {name: answer strings} on the same rows; the first is the baseline."""

    @abstractmethod
    def compare_groups(self, systems, rows):
        """The same for {name: list, by seed, of answer strings}: means over seeds; see scores.compare_groups."""

    @abstractmethod
    def attention(self, string, *, beam=None):
        """Explains the answer to a string as an AttentionTable."""

    @abstractmethod
    def serving(self):
        """Returns the signatures of a SavedModel, {name: function of strings (batch,)}, and the parts they hold on to.

        There are always serving_default, explain, and check: the facts about an input that Answer carries.
        """

    @staticmethod
    @abstractmethod
    def served_answers(found, facts=None):
        """Makes a list of Answer from what serving_default answered, and check where it was asked, as lists."""

    @staticmethod
    @abstractmethod
    def served_attention(string, found):
        """Makes the AttentionTable of a string from what explain answered to it alone, as lists."""
