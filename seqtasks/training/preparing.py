"""Checks a training as far as possible before TensorFlow is loaded."""

import importlib.util
import logging
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy

from seqtasks import corpora
from seqtasks.batches.cores import default_shares
from seqtasks.batches.planning import WHOLE
from seqtasks.corpora.leaks import overlap_messages, overlaps
from seqtasks.errors import CorpusError, RunError, SettingsError, UsageError
from seqtasks.locking import refuse_locked
from seqtasks.runs.creating import check_free
from seqtasks.runs.folder import RunFolder
from seqtasks.settings import changes, listed, resolve, resumable
from seqtasks.tasks import schema_of
from seqtasks.training import transferring
from seqtasks.writing import to_json

_log = logging.getLogger("seqtasks")


@dataclass(frozen=True)
class Prepared:
    """A checked training, ready to start; made without TensorFlow."""

    folder: Path
    settings: object
    command: str
    base: RunFolder | None
    resume: RunFolder | None
    changed: dict
    overwrite: bool = False
    giver: RunFolder | None = None

    @property
    def is_new(self):
        """Whether nothing of it is saved, so that it has the weights that a training starts from."""
        return self.resume is None or not self.resume.file("state.npz").exists()

    def shares(self, workers=1):
        """Returns the number of shares of a batch for a number of workers; imports TensorFlow."""
        begun = self.resume.shares if self.resume else self.settings.training.shares
        return begun or default_shares(workers)

    @cached_property
    def corpus(self):
        """The corpus, read at first use; raises CorpusError or StorageError. Only `tfds:` corpora need TensorFlow."""
        section, begun = self.settings.corpus, self.resume or self.base
        run = begun.path if begun and begun.settings.corpus.name == section.name else None
        instead = "" if self.resume else ", or name a corpus with --corpus"
        corpus = corpora.load_configured(section, run=run, instead=instead)
        sizes = corpus.sizes
        _log.info("corpus %s: %s", corpus.name, ", ".join(f"{name} {size:,}" for name, size in sizes.items()))
        for split in ("train", "dev"):
            if not sizes.get(split) and not corpus.split(split):
                raise CorpusError(f"{corpus.name}: the split '{split}' is empty; training needs train and dev")
        known = self.resume.manifest["corpus"]["fingerprint"] if self.resume else corpus.fingerprint
        if corpus.fingerprint != known:
            raise RunError(f"corpus {corpus.name} has changed since '{self.folder}' was started; train a new run")
        if corpus.packed:
            self._check_packed(corpus.packed)
        for name, shared in overlaps(corpus).items():
            for message in overlap_messages(name, corpus.splits[name], shared):
                _log.warning(message)
        return corpus

    def _check_packed(self, packed):
        """Refuses a packed corpus whose text is not that of the settings, or of the run that is gone on with."""
        begun = self.resume or self.base
        if begun and begun.manifest["text_fingerprint"] != packed.manifest["text_fingerprint"]:
            raise RunError(
                f"{packed.path} was packed with other vocabularies than those of '{begun.path}'; pack the corpus with "
                f"--from {begun.path}, or train a new run"
            )
        if getattr(self.settings.model, "vectors", None):
            raise SettingsError("model.vectors needs the words of train, which a packed corpus has not; leave it out")
        there = self.settings.text.model_validate(packed.manifest["text"])
        if changed := changes(there, self.settings.text):
            raise SettingsError(
                f"{packed.path} was packed with other settings of the text: "
                + listed({f"text.{key}": values for key, values in changed.items()})
                + "; leave out the change, or pack the corpus again"
            )


def prepare(
    task, *, config=None, corpus=None, overrides=(), run=None, seed=None, base=None, resume=False, overwrite=False
):
    """Checks a training as far as possible before TensorFlow is loaded.

    Args:
        task: name of the task.
        config, overrides: see `settings.resolve`.
        corpus: name or path; replaces the setting corpus.name.
        run: the run folder; None is `runs/<task>`.
        seed: replaces the setting seed.
        base: a run to start from, with its text, settings and weights; or a language model or a filler of gaps, of
            which a model of words takes the embedding and the encoder.
        resume: continue an interrupted run, or a trained one with more epochs.
        overwrite: replace an existing run.

    Returns:
        Prepared. Raises UsageError, SettingsError or RunError.
    """
    schema_of(task)
    corpus = None if corpus is None else str(corpus)
    folder = run_path(task, run)
    command = command_of(task, config=config, corpus=corpus, overrides=overrides, run=run, seed=seed, base=base)
    if resume:
        own = {"corpus__name": corpus, "seed": seed}
        return _prepare_resume(
            task, folder, config=config, base=base, overwrite=overwrite, overrides=overrides, own=own
        )
    settings = begin_with(task, config=config, corpus=corpus, overrides=overrides, seed=seed, base=base)
    base, giver = RunFolder(base) if base is not None else None, None
    if base is not None and base.path.resolve() == folder.resolve():
        raise UsageError(f"--from {base.path} is also the run to write; choose another folder with --run")
    _check_tensorboard(settings)
    if base is not None and base.task != task:
        transferring.refuse_unlike(base, settings)
        base, giver = None, base
    if base is not None:
        _refuse(
            {
                key: values
                for key, values in changes(base.settings, settings).items()
                if key.startswith(("text.", "model.")) and key not in resumable(schema_of(task))
            },
            f"--from {base.path} keeps its text and model",
        )
    refuse_locked(folder)
    check_free(folder, overwrite)
    return Prepared(folder, settings, command, base, None, {}, overwrite, giver)


def run_path(task, run=None):
    """Returns the run folder of a training: `run`, or by default runs/<task>."""
    return Path("runs") / task if run is None else Path(run)


def begin_with(task, *, config=None, corpus=None, overrides=(), seed=None, base=None):
    """Returns the settings of a new training; the arguments are those of `prepare`."""
    base = RunFolder(base) if base is not None else None
    if base is not None:
        base.must_be_single("--from")
    if base is not None and base.task != task:
        takes = transferring.takes(task)
        if not takes or base.task not in transferring.GIVERS:
            allowed = " or ".join([task, *(transferring.GIVERS if takes else ())])
            raise RunError(f"--from {base.path} is a run of {base.task}, not of {task}; give a run of {allowed}")
        # A recipe of its own says what the model is like; else it is like that of the run.
        overrides = [*(transferring.inherited(base) if config is None else ()), *overrides]
        base = None
    beginning = base.settings.model_dump() if base is not None and config is None else None
    return resolve(schema_of(task), config=config, overrides=overrides, start=beginning, corpus__name=corpus, seed=seed)


def _prepare_resume(task, folder, *, config, base, overwrite, overrides, own):
    for option, given in (("--config", config), ("--from", base), ("--overwrite", overwrite or None)):
        if given is not None:
            raise UsageError(
                f"--resume continues with the settings of the run; leave out {option}, or change settings with --set"
            )
    if not folder.exists():
        raise RunError(f"nothing to resume: there is no run at '{folder}'; leave out --resume to train a new one")
    run = RunFolder(folder)
    run.must_be_single("training")
    refuse_locked(folder)
    if run.task != task:
        raise RunError(
            f"'{folder}' is a run of {run.manifest['task']}, not of {task}; give --task {run.manifest['task']}"
        )
    for name in ("state.npz", "best.npz") if run.read_lines("log.jsonl") else ():
        if not run.file(name).exists():
            raise RunError(f"run '{folder}' is incomplete: missing {name}; restore it or train again")
    if (begun := run.manifest.get("from")) and not run.file("state.npz").exists():
        raise RunError(
            f"'{folder}' was ended before anything was saved, and starts from weights of another run; train it again "
            f"with --from {begun} --overwrite"
        )
    settings = resolve(schema_of(task), overrides=overrides, start=run.settings.model_dump(), **own)
    _check_tensorboard(settings)
    changed = changes(run.settings, settings)
    _refuse(
        {key: values for key, values in changed.items() if key not in resumable(schema_of(task))},
        "these settings cannot change in a run that has started",
    )
    if run.is_trained and settings.training.epochs <= run.manifest["epochs"]:
        raise RunError(
            f"nothing to resume: '{folder}' has been trained for all its {run.manifest['epochs']} epochs; "
            "train more with --set training.epochs=N, or replace it with --overwrite"
        )
    _warn_of_numpy(run)
    return Prepared(folder, settings, _changed_command(run.manifest["command"], changed), None, run, changed)


def _changed_command(command, changed):
    """Returns the command of a new training with the current settings, after changes {key: (old, new)}."""
    words, kept = iter(shlex.split(command)), []
    for word in words:
        given = [word, next(words)] if word == "--set" else [word]
        if given[-1].partition("=")[0].strip() not in changed:
            kept += given
    for key, (_, value) in changed.items():
        kept += ["--set", f"{key}={to_json(value)}"]
    return shlex.join(kept)


def _warn_of_numpy(run):
    """Warns if numpy draws the order of examples and has changed: other versions may draw other numbers."""
    begun = run.manifest.get("versions", {}).get("numpy")
    if run.order == WHOLE and begun != numpy.__version__:
        _log.warning(
            "'%s' was started with numpy %s and continues with numpy %s; example order, and so the weights, may differ "
            "from those of an uninterrupted run",
            run.path,
            begun,
            numpy.__version__,
        )


def _refuse(changed, why):
    if changed:
        raise SettingsError(f"{why}: {listed(changed)}; leave out the change, or train a new run")


def _check_tensorboard(settings):
    if settings.training.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise SettingsError(
            "training.tensorboard is true, but TensorBoard is not installed; install it with "
            "pip install 'seqtasks[tensorboard]', or set training.tensorboard to false"
        )


def command_of(task, *, config, corpus, overrides, run, seed, base):
    """Returns the command of a new training with these options, which are those of `prepare`."""
    words = ["seqtasks", "train", "--task", task]
    for option, value in (
        ("--config", config),
        ("--corpus", corpus),
        ("--from", base),
        ("--run", run),
        ("--seed", seed),
    ):
        if value is not None:
            words += [option, str(value)]
    for override in overrides:
        words += ["--set", override]
    return shlex.join(words)
