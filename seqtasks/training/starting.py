"""Runs a prepared training: new, resumed, or from another run's text and weights."""

import datetime
import logging

from seqtasks.batches.planning import POOLED
from seqtasks.corpora.sources import pretrained
from seqtasks.errors import RunError
from seqtasks.locking import locked
from seqtasks.runs.creating import check_free, new_run
from seqtasks.runs.folder import RunFolder
from seqtasks.runs.weights import by_path, restore
from seqtasks.training.interrupting import stop_requests
from seqtasks.training.transferring import start_from
from seqtasks.training.workers.alone import ALONE
from seqtasks.training.workers.following import agree, send

# Number of inputs that an export is checked on.
_PROBES = 48
_log = logging.getLogger("seqtasks")


def start(prepared):
    """Reads the corpus, fits the text, builds the model; returns (task, corpus). Nothing is written yet."""
    from seqtasks.tasks import make_task, task_class

    corpus, settings = prepared.corpus, prepared.settings
    known = prepared.resume or prepared.base
    if known:
        task = task_class(settings.task)(settings, known.load_text())
    elif corpus.packed:
        of_task = task_class(settings.task)
        task = of_task(settings, of_task.Text.load(corpus.packed.text_folder, settings))
    else:
        _log.info("fitting the vocabulary on the train split")
        task = make_task(settings, corpus)
    if prepared.base or not prepared.is_new:
        return task, corpus
    for name, take in task.published().items():
        take(pretrained.read(name))
    if prepared.giver:
        start_from(prepared.giver, task)
    return task, corpus


def train(prepared, *, on_event=None, workers=None):
    """Trains a Prepared; calls `on_event` with StepDone, SampleDrawn and EpochDone; returns the RunFolder.

    `workers` is the Together of this process, the first of several; None trains alone.

    On Ctrl-C the state is saved and KeyboardInterrupt raised. The folder is locked while it is written. Raises RunError
    if another process is writing it, or has written it since it was prepared.
    """
    from seqtasks.training.loop import fit

    workers = workers or ALONE
    task, corpus = start(prepared)
    shares = prepared.shares(workers.count)
    workers.own(shares)
    if workers.count > 1:
        agree(workers, prepared.settings, corpus)
    # Before the folder is written, since an image may turn out to be broken.
    examples = task.examples_of_train(corpus)
    if prepared.is_new and not prepared.base:
        task.begin(examples)
    for row in corpus.split("dev") if task.reader.broken else ():
        task.predictor.check(task.reader.input_of(row))
    with locked(prepared.folder), stop_requests() as stopping:
        run = _go_on(prepared) if prepared.resume else _write_new(prepared, task, corpus, shares=shares)
        if workers.count > 1:
            send(workers, run)
        events = fit(
            run,
            task,
            examples,
            corpus.split("dev"),
            command=prepared.command,
            stopping=stopping,
            workers=workers,
        )
        for event in events:
            if on_event:
                on_event(event)
    return RunFolder(run.path)


def _go_on(prepared):
    """Returns the run to continue; raises RunError if it has changed since it was prepared."""
    run = RunFolder(prepared.folder)
    if run.manifest != prepared.resume.manifest:
        raise RunError(f"another process has meanwhile continued '{prepared.folder}'; look at it with 'seqtasks show'")
    return run


def _write_new(prepared, task, corpus, *, shares):
    check_free(prepared.folder, prepared.overwrite)
    if prepared.base:
        arrays, _ = prepared.base.read_arrays("best.npz")
        restore(by_path(task.model.weights), arrays, source=prepared.base.file("best.npz"))
    begun = prepared.base or prepared.giver
    manifest = {
        "task": task.name,
        "status": "training",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": prepared.command,
        "seed": prepared.settings.seed,
        "from": str(begun.path) if begun else None,
        "corpus": {
            "name": corpus.name,
            "languages": list(corpus.languages),
            "licence": corpus.licence,
            "origin": corpus.origin,
            "fingerprint": corpus.fingerprint,
            "splits": corpus.sizes,
        },
        "order": POOLED,
        "shares": shares,
        "text_fingerprint": task.text.fingerprint,
        "parameters": task.model.count_params(),
    }
    dev = corpus.split("dev")
    reader, chosen = task.reader, dev[:: max(1, len(dev) // _PROBES)][:_PROBES]
    probes = [reader.to_probe(reader.input_of(row)) for row in chosen]
    with new_run(
        prepared.folder, prepared.settings, manifest, probes=probes, replace=prepared.overwrite
    ) as text_folder:
        task.text.save(text_folder)
    return RunFolder(prepared.folder)
