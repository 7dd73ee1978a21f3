"""What a run and an exported model have in common: they answer, explain and check inputs by their Predictor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtasks.errors import UsageError

if TYPE_CHECKING:
    from seqtasks.pictures import AttentionTable
    from seqtasks.tasks.answer import Answer, Answers
    from seqtasks.tasks.predictor import Predictor

# A text, or an image as its path or its bytes.
Input = str | bytes | Path
_ONE = (str, bytes, Path)
# The options of answering and their names on the command line.
OPTION_NAMES = {"beam": "--beam", "best": "--n-best", "tokenized": "--tokenized", "prefix": "--prefix"}


class Answering(ABC):
    """Shared by a run and an exported model, both of which have a Predictor."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """The folder."""

    @property
    @abstractmethod
    def manifest(self) -> dict[str, Any]:
        """Facts about it: task, corpus, versions, and more."""

    @property
    @abstractmethod
    def predictor(self) -> Predictor:
        """Answers and explains; loads the model at first use."""

    def __repr__(self) -> str:
        return f"seqtasks.load({str(self.path)!r})"

    @abstractmethod
    def __reduce__(self) -> tuple:
        """A copy, also in another process, loads its own model."""

    def predict(
        self,
        texts: Input | Sequence[Input],
        *,
        n_best: int | None = None,
        progress: Callable | None = None,
        **options: Any,
    ) -> str | list:
        """Answers texts, or captions images.

        Args:
            texts: list of str, or one str; for a captioner paths or bytes of images.
            n_best: number of alternatives to return for each text, if the task has alternatives.
            progress: called with the number of texts done after each batch.
            options: `beam`, the beam width of a task with a search, and `prefix`, a str that all its answers begin with
                and that counts in their scores; `tokenized=True` to split texts at spaces only, for a tagger; `length`,
                `temperature`, `top_k` and `seed` for a task that writes text. None takes the run's setting.

        Returns:
            A list of answers in order, each a str, or with `n_best` a list of (str, score), best first; for one
            text its one answer. Raises UsageError for an input that the task does not take, or an option that
            it does not have.
        """
        single = isinstance(texts, _ONE)
        given: list = [texts] if single else list(texts)  # type: ignore[list-item, arg-type]
        answers = self.answers(given, progress=progress, best=n_best, **options)
        found = [list(answer.alternatives) if n_best else answer.text for answer in answers]
        return found[0] if single else found

    def answers(self, texts: Sequence[Input], *, progress: Callable | None = None, **options: Any) -> Answers:
        """Answers a list of texts in full: returns seqtasks.tasks.answer.Answers, a list of Answer.

        `options` are those of `predict`, with n_best as `best`.
        """
        from seqtasks.tasks.answer import Answers

        given = {name: value for name, value in options.items() if value is not None}
        self._refuse_options(given)
        return Answers(self.predictor.answers(self._checked(texts), progress=progress, **given))

    def _refuse_options(self, names: Iterable[str]) -> None:
        """Raises UsageError for an option that the task does not have."""
        for name in names:
            if name not in self.predictor.reader.options:
                what = OPTION_NAMES.get(name, name)
                raise UsageError(f"task {self.manifest['task']} does not have {what}; leave it out")

    def check(self, text: Input) -> Answer:
        """Returns how a text is read, without answering it: a blank Answer with cut and unknown."""
        return self.predictor.check(*self._checked([text]))

    def explain(self, text: Input, *, prefix: str | None = None) -> AttentionTable:
        """Explains the answer to a text: a seqtasks.pictures.AttentionTable, with save(path), to_json() and weights.

        With `prefix` the answer begins with that, see `predict`.

        The weights are attention weights if the model has attention. Else classifiers and taggers give what each word
        adds to log p of the answer (integrated gradients; `signed` is true), others the saliency of each piece.
        """
        if prefix is not None:
            self._refuse_options(["prefix"])
            return self.predictor.explain(*self._checked([text]), prefix=prefix)
        return self.predictor.explain(*self._checked([text]))

    def attention(self, text: Input) -> AttentionTable:
        """The older name of `explain`."""
        return self.explain(text)

    def _checked(self, texts: Sequence) -> list:
        return self.predictor.reader.checked(texts)
