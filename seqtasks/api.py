"""seqtasks from Python: `train`, `ensemble`, `load`, and the runs and exported models that they return.

Importing it is light: TensorFlow is loaded when a model is first used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from seqtasks.errors import UsageError

if TYPE_CHECKING:
    import keras

    from seqtasks.evaluation import Evaluation
    from seqtasks.laboratory.cells import Cells
    from seqtasks.pictures import AttentionTable
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import ExportedModel
    from seqtasks.tasks.answer import Answer
    from seqtasks.tasks.predictor import Predictor
    from seqtasks.tasks.task import Task

# A text, or an image as its path or its bytes.
Input = str | bytes | Path
_ONE = (str, bytes, Path)
# The options of answering and their names on the command line.
_OPTIONS = {"beam": "--beam", "best": "--n-best", "tokenized": "--tokenized", "prefix": "--prefix"}


class _Answering(ABC):
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

    def __reduce__(self) -> tuple:
        # A copy, also in another process, loads its own model.
        return load, (self.path,)

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

    def answers(self, texts: Sequence[Input], *, progress: Callable | None = None, **options: Any) -> list[Answer]:
        """Answers a list of texts in full: returns a list of seqtasks.tasks.answer.Answer.

        `options` are those of `predict`, with n_best as `best`.
        """
        given = {name: value for name, value in options.items() if value is not None}
        self._refuse_options(given)
        return self.predictor.answers(self._checked(texts), progress=progress, **given)

    def _refuse_options(self, names: Iterable[str]) -> None:
        """Raises UsageError for an option that the task does not have."""
        for name in names:
            if name not in self.predictor.reader.options:
                what = _OPTIONS.get(name, name)
                raise UsageError(f"task {self.manifest['task']} does not have {what}; leave it out")

    def check(self, text: Input) -> Answer:
        """Returns how a text is read, without answering it: a blank Answer with cut and unknown."""
        return self.predictor.check(*self._checked([text]))

    def explain(self, text: Input, *, prefix: str | None = None) -> AttentionTable:
        """Explains the answer to a text: a seqtasks.pictures.AttentionTable, with save(path), to_json() and weights.

        With `prefix` the answer begins with that, see `predict`.

        The weights are attention weights if the model has attention, else the saliency of each piece.
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


class Run(_Answering):
    """A trained run, ready to use. Made by `train` and `load`.

    Attributes:
        folder: the seqtasks.runs.RunFolder.
    """

    def __init__(self, folder: RunFolder):
        self.folder = folder

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def manifest(self) -> dict[str, Any]:
        """Facts about the run: task, corpus, versions, best epoch, command, ..."""
        return self.folder.manifest

    @property
    def settings(self) -> Any:
        """All settings, resolved."""
        return self.folder.settings

    @cached_property
    def task(self) -> Task:
        """The task with the run's text and best weights, loaded at first use; see seqtasks.tasks.task."""
        return self.folder.load_task()

    @property
    def model(self) -> keras.Model:
        """The Keras model of the task."""
        return self.task.model

    @property
    def predictor(self) -> Predictor:
        return self.task.predictor

    def sample(
        self,
        prompt: str = "",
        *,
        length: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Returns an iterator over the text that follows a prompt, in strings of a few pieces, as they are sampled.

        None takes the run's setting. Raises RunError for a run whose task does not write text, and UsageError, when the
        first string is asked for, for a value that is not allowed.
        """
        self.folder.must_write("sampling")
        options: dict[str, Any] = {"length": length, "temperature": temperature, "top_k": top_k, "seed": seed}
        given = {name: value for name, value in options.items() if value is not None}
        return self.task.write(*self._checked([prompt]), **given)

    def cells(self, text: str | None = None, *, length: int | None = None) -> Cells:
        """Ranks a language model's units by the properties of a text that they follow: seqtasks.laboratory.cells.Cells.

        Args:
            text: a str; None is the test split of the run's corpus.
            length: maximum number of pieces to read, from the beginning; None is 2,000.

        Raises RunError for a run of another task.
        """
        from seqtasks.laboratory.cells import read_cells, rows_to_read

        rows = rows_to_read(self.folder, text=None if text is None else self._checked([text])[0])
        return read_cells(self.task, rows, length=length)

    def evaluate(
        self,
        *,
        split: str | None = None,
        input: str | Path | None = None,
        references: Sequence[str | Path] = (),
        dynamic: bool = False,
        progress: Callable | None = None,
    ) -> Evaluation:
        """Evaluates on a split, by default test, or on your own files; returns a seqtasks.evaluation.Evaluation.

        With `dynamic` a language model is also scored as it goes on learning from the text; the run keeps its weights.
        """
        from seqtasks.evaluation import evaluate, evaluation_rows

        chosen = evaluation_rows(self.folder, split=split, input_file=input, reference_files=references)
        return evaluate(self.folder, chosen, task=self.task, dynamic=dynamic, progress=progress)

    def export(self, output: str | Path | None = None) -> Path:
        """Writes a SavedModel, strings in, strings out, and returns its folder."""
        from seqtasks.serving.exporting import export

        return export(self.folder, output=output)


class Exported(_Answering):
    """An exported model: it predicts and explains as a run does, with the search settings of the export."""

    def __init__(self, model: ExportedModel):
        self._model = model

    @property
    def path(self) -> Path:
        return self._model.path

    @property
    def manifest(self) -> dict[str, Any]:
        """Facts about the export: task, corpus, versions, the run it came from, ..."""
        return self._model.facts

    @property
    def predictor(self) -> Predictor:
        return self._model.predictor

    def answers(self, texts: Sequence[Input], *, progress: Callable | None = None, **options: Any) -> list[Answer]:
        self._refuse_options([name for name, value in options.items() if value is not None])
        return super().answers(texts, progress=progress, **{**options, "tokenized": options.get("tokenized") or None})

    def _refuse_options(self, names: Iterable[str]) -> None:
        if given := [_OPTIONS.get(name, name) for name in names if name != "tokenized"]:
            raise self._only_in_a_run(f"choosing {' and '.join(given)}")
        super()._refuse_options(names)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or not hasattr(Run, name):
            raise AttributeError(f"an exported model has no attribute {name!r}")
        raise self._only_in_a_run(name)

    def _only_in_a_run(self, what: str) -> UsageError:
        return UsageError(f"'{self.path}' is an exported model; {what} needs the run that it was exported from")


def train(
    task: str,
    *,
    config: str | Path | None = None,
    corpus: str | Path | None = None,
    overrides: Sequence[str] = (),
    run: str | Path | None = None,
    seed: int | None = None,
    seeds: int | None = None,
    base: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    on_event: Callable | None = None,
) -> Run | list[Run]:
    """Trains a task into a run folder and returns the Run.

    Args:
        task: "sentiment", "ner", "translate", "caption", "language-model", "fill" or "code".
        config: name of a recipe or path of a YAML file; None takes the task's own recipe.
        corpus: a named corpus, a folder or file of your own, or "tfds:NAME".
        overrides: settings such as ["model.units=512", "training.epochs=2"].
        run: the run folder; None is runs/<task>.
        seed: random seed of weights, example order and dropout.
        seeds: train this many runs that differ in their seed, as run/seed-1, run/seed-2, ..., and return a list of Run;
            finished runs are kept, an interrupted one is resumed.
        base: a run to start from, with its text and weights; or a language model, of which sentiment and ner take the
            embedding and the encoder.
        resume: continue an interrupted run.
        overwrite: replace an existing run.
        on_event: called with the events of seqtasks.training.events.

    Raises a subclass of seqtasks.errors.SeqtasksError for whatever a user can mend.
    """
    from seqtasks import training

    options = {
        "config": config,
        "corpus": corpus,
        "overrides": overrides,
        "run": run,
        "seed": seed,
        "base": base,
        "resume": resume,
        "overwrite": overwrite,
    }
    if seeds is None:
        return Run(training.train(training.prepare(task, **options), on_event=on_event))
    from seqtasks.training.seeds import prepare_group

    members = prepare_group(task, seeds=seeds, **options)
    return [
        Run(training.train(member, on_event=on_event) if isinstance(member, training.Prepared) else member)
        for member in members
    ]


def ensemble(runs: Sequence[str | Path | Run], *, run: str | Path, overwrite: bool = False) -> Run:
    """Makes one run of several that answers with the mean of all, and returns it.

    Args:
        runs: two runs or more of one task, corpus and text, or folders made by `train` with `seeds`.
        run: the run folder to write; it keeps copies of the weights.
        overwrite: replace an existing run.

    Raises UsageError or RunError for runs that cannot answer together, naming two of them and what differs.
    """
    from seqtasks.runs.ensembles import make_ensemble

    paths = [one.path if isinstance(one, Run) else one for one in runs]
    return Run(make_ensemble(paths, run=run, overwrite=overwrite))


def load(path: str | Path) -> Run | Exported:
    """Loads a run folder or an exported SavedModel; raises RunError if it is missing or incomplete."""
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import ExportedModel, is_exported

    return Exported(ExportedModel(path)) if is_exported(path) else Run(RunFolder(path))
