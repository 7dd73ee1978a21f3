"""What seqtasks is from Python: `train`, `load`, and the runs and exported models that these give.

Importing it is light: TensorFlow is loaded when a model is first used.
"""

from functools import cached_property


class Run:
    """A trained run, or an exported model, ready to use. Made by `train` and `load`."""

    def __init__(self, folder):
        self._folder = folder

    def __repr__(self):
        return f"seqtasks.load({str(self.path)!r})"

    def __reduce__(self):
        # A copy, or what another process unpickles, loads the model for itself.
        return load, (self.path,)

    @property
    def path(self):
        """The folder, a pathlib.Path."""
        return self._folder.path

    @property
    def manifest(self):
        """What is known about the run: task, corpus, versions, best epoch, command, ...; a dict."""
        return self._folder.manifest

    @property
    def settings(self):
        """All settings, resolved."""
        return self._folder.settings

    @cached_property
    def _model(self):
        return self._folder.load_task()

    def predict(self, texts, *, n_best=None, progress=None, **options):
        """Answers texts.

        Args:
            texts: list of str, or one str.
            n_best: also give this many alternatives, of a task that has some.
            progress: called with the number of texts done after each batch.
            options: `beam`, hypotheses kept by a task that searches; `tokenized` for a task that labels words, which
                then are what stands between spaces; `length`, `temperature`, `top_k` and `seed` for a task that writes.
                None takes the run's setting.

        Returns:
            A list of answers in order, each a str, or with `n_best` a list of (str, score), best first; for a str its
            one answer.
        """
        alone = isinstance(texts, str)
        answers = self.answers([texts] if alone else list(texts), progress=progress, best=n_best, **options)
        found = [list(answer.alternatives) if n_best else answer.text for answer in answers]
        return found[0] if alone else found

    def answers(self, texts, *, progress=None, **options):
        """Answers a list of texts with all that is known about each answer: a list of seqtasks.tasks.task.Answer.

        `options` are those of the task (its `options`) that are not None.
        """
        given = _given(options)
        for name in given:
            if name not in self._model.options:
                raise self._has_no(name)
        return self._model.answer(_strings(texts), progress=progress, **given)

    def check(self, text):
        """Tells how a text is read without answering it: a blank seqtasks.tasks.task.Answer with cut and unknown."""
        return self._model.check(*_strings([text]))

    def sample(self, prompt="", *, length=None, temperature=None, top_k=None, seed=None):
        """Returns an iterator over the text that follows a prompt, in strings of a few pieces, as they are drawn.

        What is None is as the run's settings say. Raises RunError for a run of another task than language-model, and
        UsageError, as soon as it is asked for text, where a value is not allowed.
        """
        self._folder.must_be_of("language-model", "which writes no text")
        options = {"length": length, "temperature": temperature, "top_k": top_k, "seed": seed}
        return self._model.write(*_strings([prompt]), **_given(options))

    def _has_no(self, option):
        from seqtasks.errors import UsageError

        return UsageError(f"{_OPTIONS.get(option, option)} means nothing to task {self.manifest['task']}; leave it out")

    def explain(self, text):
        """Explains the answer to a text: a seqtasks.pictures.AttentionTable, with save(path), to_json() and weights."""
        return self._model.attention(*_strings([text]))

    def attention(self, text):
        """The same as `explain`, by the name that it had before."""
        return self.explain(text)

    def cells(self, text=None, *, length=None):
        """Reads a text and ranks the units of a language model by what they follow: seqtasks.laboratory.cells.Cells.

        Args:
            text: a str; None is the test split of the run's corpus.
            length: pieces that are read at most, from the beginning; None is 2,000.

        Raises RunError for a run of another task.
        """
        from seqtasks.laboratory.cells import read_cells, rows_to_read

        rows = rows_to_read(self._folder, text=None if text is None else _strings([text])[0])
        return read_cells(self._model, rows, length=length)

    def evaluate(self, *, split=None, input=None, references=(), progress=None):
        """Evaluates on a split, test unless told, or on your own files; gives a seqtasks.evaluation.Evaluation."""
        from seqtasks.evaluation import evaluate, evaluation_rows

        chosen = evaluation_rows(self._folder, split=split, input_file=input, reference_files=references)
        return evaluate(self._folder, chosen, task=self._model, progress=progress)

    def export(self, output=None):
        """Writes a SavedModel, strings in, strings out, and returns its folder, a pathlib.Path."""
        from seqtasks.serving.exporting import export

        return export(self._folder, output=output)


class Exported(Run):
    """An exported model with the face of a run; how it searches was fixed when it was exported."""

    @property
    def manifest(self):
        return self._folder.facts

    @property
    def settings(self):
        raise self._only_in_a_run("settings")

    def answers(self, texts, *, progress=None, **options):
        given = _given(options)
        tokenized = given.pop("tokenized", False)
        if given:
            raise self._only_in_a_run(f"a choice of {' and '.join(_OPTIONS.get(name, name) for name in given)}")
        if tokenized and "tokenized" not in self._folder.options:
            raise self._has_no("tokenized")
        return self._folder.answer(_strings(texts), tokenized=tokenized, progress=progress)

    def check(self, text):
        return self._folder.check(*_strings([text]))

    def sample(self, *_, **__):
        raise self._only_in_a_run("sample")

    def explain(self, text):
        return self._folder.attention(*_strings([text]))

    def cells(self, *_, **__):
        raise self._only_in_a_run("cells")

    def evaluate(self, **_):
        raise self._only_in_a_run("evaluate")

    def export(self, output=None):
        raise self._only_in_a_run("export")

    def _only_in_a_run(self, what):
        from seqtasks.errors import UsageError

        return UsageError(f"'{self.path}' is an exported model; {what} needs the run it came from")


# Options of answering by what they are called on the command line.
_OPTIONS = {"beam": "--beam", "best": "--n-best", "tokenized": "--tokenized"}


def _given(options):
    return {name: value for name, value in options.items() if value is not None}


def _strings(texts):
    """Returns a list of str as it is; raises UsageError for anything else in it, and for what cannot be UTF-8."""
    from seqtasks.errors import UsageError

    for number, text in enumerate(texts, start=1):
        if not isinstance(text, str):
            raise UsageError(f"text {number} is {type(text).__name__}; give a str")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"text {number}: character {error.start + 1} is half of a surrogate pair; give UTF-8"
            ) from None
    return texts


def train(
    task, *, config=None, corpus=None, overrides=(), run=None, seed=None, seeds=None, base=None, resume=False,
    overwrite=False, on_event=None,
):  # fmt: skip
    """Trains a task into a run folder and returns the Run.

    Args:
        task: "sentiment", "ner", "translate" or "language-model".
        config: name of a recipe or path of a YAML file; None takes the task's own recipe.
        corpus: a named corpus, a folder or file of your own, or "tfds:NAME".
        overrides: settings such as ["model.units=512", "training.epochs=2"].
        run: the run folder; None is runs/<task>.
        seed: of weights, order of examples and dropout.
        seeds: train this many runs that differ in their seed, as run/seed-1, run/seed-2, ..., and return a list of Run;
            what is trained already is kept, what was cut off goes on.
        base: a run whose text and weights to start from.
        resume: go on with an interrupted run.
        overwrite: replace a run that is there.
        on_event: called with training.loop.StepDone and EpochDone.

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


def load(path):
    """Loads a run folder or an exported SavedModel; raises RunError where it is missing or not whole."""
    from seqtasks.runs.folder import RunFolder
    from seqtasks.serving.exported import ExportedModel, is_exported

    return Exported(ExportedModel(path)) if is_exported(path) else Run(RunFolder(path))
