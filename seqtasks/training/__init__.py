"""Trains a task into a run folder: new, resumed, or from another run's text and weights."""

import datetime
import importlib.util
import logging
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy

from seqtasks import corpora
from seqtasks.corpora.leaks import overlaps, said_of
from seqtasks.errors import CorpusError, RunError, SettingsError, UsageError
from seqtasks.locking import locked, refuse_locked
from seqtasks.runs import RunFolder, by_path, new_run, restore
from seqtasks.settings import changes, listed, resolve, resumable, schema_of
from seqtasks.training.interrupting import stop_requests
from seqtasks.writing import to_json

# Inputs that an export is checked on, and characters of each.
_PROBES, _LONGEST_PROBE = 48, 2000

_log = logging.getLogger("seqtasks")


@dataclass(frozen=True)
class Prepared:
    """What a training starts with, before TensorFlow is needed."""

    folder: Path
    settings: object
    command: str
    base: RunFolder | None
    resume: RunFolder | None
    changed: dict
    overwrite: bool = False

    @cached_property
    def corpus(self):
        """The corpus, read at first use; raises CorpusError or StorageError. Only `tfds:` corpora need TensorFlow."""
        section, begun = self.settings.corpus, self.resume or self.base
        run = begun.path if begun and begun.settings.corpus.name == section.name else None
        instead = "" if self.resume else ", or name a corpus with --corpus"
        corpus = corpora.load_configured(section, run=run, instead=instead)
        sizes = ", ".join(f"{name} {len(rows):,}" for name, rows in corpus.splits.items())
        _log.info("corpus %s: %s", corpus.name, sizes)
        for split in ("train", "dev"):
            if not corpus.split(split):
                raise CorpusError(f"{corpus.name}: the split '{split}' is empty; training needs train and dev")
        known = self.resume.manifest["corpus"]["fingerprint"] if self.resume else corpus.fingerprint
        if corpus.fingerprint != known:
            raise RunError(f"corpus {corpus.name} has changed since '{self.folder}' was begun; train a new run")
        for name, shared in overlaps(corpus).items():
            for said in said_of(name, corpus.splits[name], shared):
                _log.warning(said)
        return corpus


def prepare(
    task, *, config=None, corpus=None, overrides=(), run=None, seed=None, base=None, resume=False, overwrite=False
):
    """Checks all that can be checked before TensorFlow is loaded.

    Args:
        task: name of the task.
        config, overrides: see `settings.resolve`.
        corpus: name or path, in place of the setting corpus.name.
        run: the run folder; None is `runs/<task>`.
        seed: in place of the setting seed.
        base: a run whose text, settings and weights to start from.
        resume: go on with an interrupted run, or a trained one with more epochs.
        overwrite: replace a run that is there.

    Returns:
        Prepared. Raises UsageError, SettingsError or RunError.
    """
    schema_of(task)
    folder = run_path(task, run)
    command = _command(task, config=config, corpus=corpus, overrides=overrides, run=run, seed=seed, base=base)
    if resume:
        own = {"corpus__name": corpus, "seed": seed}
        return _prepare_resume(
            task, folder, config=config, base=base, overwrite=overwrite, overrides=overrides, own=own
        )
    settings = begin_with(task, config=config, corpus=corpus, overrides=overrides, seed=seed, base=base)
    base = RunFolder(base) if base is not None else None
    if base is not None and base.path.resolve() == folder.resolve():
        raise UsageError(f"--from {base.path} is the run to be written; name another folder with --run")
    _check_tensorboard(settings)
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
    _check_free(folder, overwrite)
    return Prepared(folder, settings, command, base, None, {}, overwrite)


def run_path(task, run=None):
    """Returns where a training writes: `run`, or the task's own folder below runs/."""
    return Path("runs") / task if run is None else Path(run)


def begin_with(task, *, config=None, corpus=None, overrides=(), seed=None, base=None):
    """Returns the settings of a new training: see `prepare`, where the arguments are the same."""
    base = RunFolder(base) if base is not None else None
    if base is not None and base.manifest["task"] != task:
        raise RunError(f"run '{base.path}' is of task {base.manifest['task']}, not {task}; --from needs the same task")
    beginning = base.settings.model_dump() if base is not None and config is None else None
    return resolve(task, config=config, overrides=overrides, start=beginning, corpus__name=corpus, seed=seed)


def start(prepared):
    """Reads the corpus, fits the text, builds the model; returns (task, corpus). Nothing is written yet."""
    from seqtasks.tasks import make_task

    corpus, task = prepared.corpus, make_task(prepared.settings)
    known = prepared.resume or prepared.base
    if known:
        known.load_text(task)
    else:
        _log.info("fitting the text on the train split")
        task.fit_text(corpus)
    task.build()
    return task, corpus


def train(prepared, *, on_event=None):
    """Trains what was prepared; calls `on_event` with StepDone and EpochDone; returns the RunFolder.

    On Ctrl-C the state is saved and KeyboardInterrupt raised. The folder is locked while it is written; RunError where
    another training has it, or has had it meanwhile.
    """
    from seqtasks.training.loop import fit

    task, corpus = start(prepared)
    with locked(prepared.folder), stop_requests() as stopping:
        run = _go_on(prepared) if prepared.resume else _write_new(prepared, task, corpus)
        for event in fit(run, task, corpus, command=prepared.command, stopping=stopping):
            if on_event:
                on_event(event)
    return RunFolder(run.path)


def _prepare_resume(task, folder, *, config, base, overwrite, overrides, own):
    for option, given in (("--config", config), ("--from", base), ("--overwrite", overwrite or None)):
        if given is not None:
            raise UsageError(
                f"--resume goes on with the settings of the run; leave out {option}, or change one with --set"
            )
    if not folder.exists():
        raise RunError(f"nothing to resume: there is no run at '{folder}'; leave out --resume to train one")
    run = RunFolder(folder)
    refuse_locked(folder)
    if run.manifest["task"] != task:
        raise RunError(f"run '{folder}' is of task {run.manifest['task']}, not {task}; name its task")
    for name in ("state.npz", "best.npz") if run.read_lines("log.jsonl") else ():
        if not run.file(name).exists():
            raise RunError(f"run '{folder}' is incomplete: {name} is missing; restore it or train again")
    settings = resolve(task, overrides=overrides, start=run.settings.model_dump(), **own)
    _check_tensorboard(settings)
    changed = changes(run.settings, settings)
    _refuse(
        {key: values for key, values in changed.items() if key not in resumable(schema_of(task))},
        "these settings cannot change in a run that has begun",
    )
    if run.is_trained and settings.training.epochs <= run.manifest["epochs"]:
        raise RunError(
            f"nothing to resume: '{folder}' has been trained for its {run.manifest['epochs']} epochs; "
            "add some with --set training.epochs=N, or use --overwrite"
        )
    _warn_of_numpy(run)
    return Prepared(folder, settings, _changed_command(run.manifest["command"], changed), None, run, changed)


def _changed_command(command, changed):
    """Returns the command of a new training with settings as they are now, after changes {key: (old, new)}."""
    words, kept = iter(shlex.split(command)), []
    for word in words:
        given = [word, next(words)] if word == "--set" else [word]
        if given[-1].partition("=")[0].strip() not in changed:
            kept += given
    for key, (_, value) in changed.items():
        kept += ["--set", f"{key}={to_json(value)}"]
    return shlex.join(kept)


def _warn_of_numpy(run):
    """numpy promises the same random numbers within a version only, and they decide the order of examples."""
    begun = run.manifest.get("versions", {}).get("numpy")
    if begun != numpy.__version__:
        _log.warning(
            "'%s' was begun with numpy %s and goes on with %s; the order of examples may differ from here on, and the "
            "weights with it",
            run.path,
            begun,
            numpy.__version__,
        )


def _refuse(changed, why):
    if changed:
        raise SettingsError(f"{why}: {listed(changed)}; leave that out, or train a new run")


def _check_tensorboard(settings):
    if settings.training.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise SettingsError(
            "training.tensorboard is true, but TensorBoard is not installed: pip install 'seqtasks[tensorboard]', "
            "or leave it false"
        )


def _check_free(folder, overwrite):
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RunError(f"'{folder}' is a file; choose another folder with --run")
    if not any(folder.iterdir()):
        return
    try:
        run = RunFolder(folder)
    except RunError as error:
        if not (folder / "manifest.json").exists() or not overwrite:
            raise RunError(
                f"'{folder}' is in the way and not a whole run ({error}); choose another with --run"
            ) from None
        return
    if not overwrite:
        state = "a trained run" if run.is_trained else "an interrupted run; go on with --resume"
        raise RunError(f"'{folder}' holds {state}; choose another with --run, or replace it with --overwrite")


def _go_on(prepared):
    """Returns the run that is gone on with; raises RunError where it is no longer what was prepared for."""
    run = RunFolder(prepared.folder)
    if run.manifest != prepared.resume.manifest:
        raise RunError(
            f"another training has gone on with '{prepared.folder}' meanwhile; look at it with 'seqtasks show'"
        )
    return run


def _write_new(prepared, task, corpus):
    _check_free(prepared.folder, prepared.overwrite)
    if prepared.base:
        arrays, _ = prepared.base.read_arrays("best.npz")
        restore(by_path(task.model.weights), arrays, source=prepared.base.file("best.npz"))
    manifest = {
        "task": task.name,
        "status": "training",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": prepared.command,
        "seed": prepared.settings.seed,
        "from": str(prepared.base.path) if prepared.base else None,
        "corpus": {
            "name": corpus.name,
            "languages": list(corpus.languages),
            "licence": corpus.licence,
            "origin": corpus.origin,
            "fingerprint": corpus.fingerprint,
            "splits": {name: len(rows) for name, rows in corpus.splits.items()},
        },
        "text_fingerprint": task.text_fingerprint,
        "parameters": task.model.count_params(),
    }
    dev = corpus.split("dev")
    probes = [task.input_of(row)[:_LONGEST_PROBE] for row in dev[:: max(1, len(dev) // _PROBES)][:_PROBES]]
    with new_run(
        prepared.folder, prepared.settings, manifest, probes=probes, replace=prepared.overwrite
    ) as text_folder:
        task.save_text(text_folder)
    return RunFolder(prepared.folder)


def _command(task, *, config, corpus, overrides, run, seed, base):
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
