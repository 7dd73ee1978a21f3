"""seqtasks from Python: `train`, `ensemble`, `load`, `compare`, `gradients`, runs and exported models.

Importing it is light: TensorFlow is loaded when a model is first used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from seqtasks.errors import UsageError
from seqtasks.tasks.answering import OPTION_NAMES, Answering, Input

if TYPE_CHECKING:
    import keras

    from seqtasks.evaluation import Comparison, Evaluation
    from seqtasks.laboratory.cells import Cells
    from seqtasks.laboratory.flow import Flows
    from seqtasks.runs import RunFolder
    from seqtasks.runs.history import History
    from seqtasks.serving.exported import ExportedModel
    from seqtasks.tasks.answer import Answers
    from seqtasks.tasks.predictor import Predictor
    from seqtasks.tasks.task import Task


class Run(Answering):
    """A trained run, ready to use. Made by `train` and `load`.

    Attributes:
        folder: the seqtasks.runs.RunFolder.
    """

    def __init__(self, folder: RunFolder):
        self.folder = folder

    def __reduce__(self) -> tuple:
        return load, (self.path,)

    def _repr_html_(self) -> str:
        """Returns what a notebook shows: task, corpus, size, settings, scores, curve."""
        from seqtasks.runs.history import as_html

        return as_html(self.folder)

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

    @property
    def history(self) -> History:
        """The loss and the dev score of each epoch; a seqtasks.runs.history.History."""
        from seqtasks.runs.history import history_of

        return history_of(self.folder)

    @cached_property
    def task(self) -> Task:
        """The task with the run's text and best weights, loaded at first use; see seqtasks.tasks.task."""
        from seqtasks.tasks.loading import load_in_notebook

        load_in_notebook()
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


class Exported(Answering):
    """An exported model: it predicts and explains as a run does, with the search settings of the export."""

    def __init__(self, model: ExportedModel):
        self._model = model

    def __reduce__(self) -> tuple:
        return load, (self.path,)

    def _repr_html_(self) -> str:
        """Returns what a notebook shows: task, corpus, the run that it came from."""
        from seqtasks.pictures import notebook

        facts, corpus = self.manifest, self.manifest.get("corpus") or {}
        named = {"task": facts["task"], "corpus": corpus.get("name"), "licence": corpus.get("licence")}
        named |= {"of the run": facts.get("run"), "decoding": facts.get("decoding"), "text": facts.get("text")}
        rows = [(name, value) for name, value in {"exported model": self.path, **named}.items() if value]
        return notebook.block(notebook.table((), rows))

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

    def answers(self, texts: Sequence[Input], *, progress: Callable | None = None, **options: Any) -> Answers:
        self._refuse_options([name for name, value in options.items() if value is not None])
        return super().answers(texts, progress=progress, **{**options, "tokenized": options.get("tokenized") or None})

    def _refuse_options(self, names: Iterable[str]) -> None:
        if given := [OPTION_NAMES.get(name, name) for name in names if name != "tokenized"]:
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
        task: "sentiment", "ner", "series", "forecast", "translate", "caption", "code", "language-model" or "fill".
        config: name of a recipe or path of a YAML file; None takes the task's own recipe.
        corpus: a named corpus, a folder or file of your own, or "tfds:NAME".
        overrides: settings such as ["model.units=512", "training.epochs=2"].
        run: the run folder; None is runs/<task>.
        seed: random seed of weights, example order and dropout.
        seeds: train this many runs that differ in their seed, as run/seed-1, run/seed-2, ..., and return a list of Run;
            finished runs are kept, an interrupted one is resumed.
        base: a run to start from, with its text and weights; or one of language-model or fill, of which sentiment and
            ner take the embedding and the encoder.
        resume: continue an interrupted run.
        overwrite: replace an existing run.
        on_event: called with the events of seqtasks.training.events; None shows a bar in a notebook, elsewhere nothing.

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
        return _trained(training.prepare(task, **options), on_event)
    from seqtasks.training.seeds import prepare_group

    members = prepare_group(task, seeds=seeds, **options)
    return [_trained(member, on_event) if isinstance(member, training.Prepared) else Run(member) for member in members]


def _trained(prepared: Any, on_event: Callable | None) -> Run:
    """Trains a Prepared; without `on_event` a notebook shows a bar."""
    from seqtasks.tasks.loading import load_in_notebook
    from seqtasks.training import train as train_prepared
    from seqtasks.training.notebook import progress_here

    load_in_notebook()
    progress = progress_here() if on_event is None else None
    folder = train_prepared(prepared, on_event=on_event or progress)
    if progress:
        progress.done(folder)
    return Run(folder)


def ensemble(runs: Sequence[str | Path | Run], *, run: str | Path, overwrite: bool = False) -> Run:
    """Makes one run of several that answers with the mean of all, and returns it.

    Args:
        runs: two runs or more of one task, corpus and text, or folders made by `train` with `seeds`.
        run: the run folder to write; it keeps copies of the weights.
        overwrite: replace an existing run.

    Raises UsageError or RunError for runs that cannot answer together, naming two of them and what differs.
    """
    from seqtasks.runs.ensembles import make_ensemble

    return Run(make_ensemble(list(map(_path_of, runs)), run=run, overwrite=overwrite))


def compare(runs: Sequence[str | Path | Run], *, split: str | None = None) -> Comparison:
    """Tests whether runs differ on the same examples: a seqtasks.evaluation.Comparison, a list of rows.

    Args:
        runs: two runs or more, the baseline first, or folders made by `train` with `seeds`, whose means are compared.
        split: split of the first run's corpus; None is test.

    Raises UsageError or RunError for runs that cannot be compared.
    """
    from seqtasks import evaluation
    from seqtasks.runs.groups import open_runs

    return evaluation.compare({str(path): open_runs(path) for path in map(_path_of, runs)}, split=split)


def gradients(runs: Sequence[str | Path | Run], *, steps: int = 64, trained: bool = True) -> Flows:
    """Shows how the gradient of the last step's loss flows back through time: a seqtasks.laboratory.flow.Flows.

    Args:
        runs: runs of language models.
        steps: number of steps to look back.
        trained: False uses the initial weights.

    Raises RunError for runs of other tasks or without recurrence, CorpusError if the dev split is too short.
    """
    from seqtasks.laboratory.flow import gradient_flows
    from seqtasks.runs import RunFolder

    return gradient_flows([RunFolder(_path_of(run)) for run in runs], steps=steps, trained=trained)


def _path_of(run: str | Path | Run) -> str | Path:
    return run.path if isinstance(run, Run) else run


def load(path: str | Path) -> Run | Exported:
    """Loads a run folder or an exported SavedModel; raises RunError if it is missing or incomplete."""
    from seqtasks.runs import RunFolder
    from seqtasks.serving.exported import ExportedModel, is_exported
    from seqtasks.tasks.loading import load_in_notebook

    if is_exported(path):
        load_in_notebook()
        return Exported(ExportedModel(path))
    return Run(RunFolder(path))
