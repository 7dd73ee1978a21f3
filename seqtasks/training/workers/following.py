"""The workers beside the first one: it sends them its run, and they compute their shares of it and write nothing."""

import tempfile
from pathlib import Path

import numpy as np

from seqtasks import corpora
from seqtasks.errors import CorpusError, SeqtasksError
from seqtasks.runs.folder import RunFolder
from seqtasks.tasks import schema_of, task_class
from seqtasks.training.interrupting import stop_requests


def follow(workers, task, *, corpus=None):
    """Trains as a worker that is not the first, to the end.

    Args:
        workers: the Together of this process.
        task: name of the task.
        corpus: name or path of the corpus on this machine; None is the setting corpus.name of the first worker.
    """
    from seqtasks.training.loop import fit

    data = _same_corpus(workers, task, corpus)
    with tempfile.TemporaryDirectory() as folder:
        run = _received(workers, Path(folder))
        task = task_class(task)(run.settings, run.load_text())
        with stop_requests() as stopping:
            events = fit(
                run,
                task,
                task.examples_of_train(data),
                data.split("dev"),
                command=run.manifest["command"],
                stopping=stopping,
                workers=workers,
            )
            for _ in events:
                pass


def agree(workers, settings, corpus):
    """Tells the others the corpus of the first worker; raises CorpusError if one of them has not the same."""
    workers.gathered({"corpus": settings.corpus.model_dump(mode="json"), "fingerprint": corpus.fingerprint})
    _refuse(workers.gathered(None))


def send(workers, run):
    """Sends the settings and the text of a run, from the first worker to the others."""
    files = [run.file(name) for name in ("settings.yaml", "manifest.json", "probes.json")]
    files += [path for path in sorted(run.file("text").rglob("*")) if path.is_file()]
    workers.arrays_of_first(
        {path.relative_to(run.path).as_posix(): np.frombuffer(path.read_bytes(), np.uint8) for path in files}
    )


def _same_corpus(workers, task, name):
    """Returns the corpus of this worker; raises CorpusError if a worker cannot read it or has not the first one's."""
    told = workers.gathered(None)[0]
    section, fault = type(schema_of(task)().corpus)(**told["corpus"]), None
    try:
        corpus = corpora.load_configured(section if name is None else section.model_copy(update={"name": name}))
        if corpus.fingerprint != told["fingerprint"]:
            fault = f"its corpus {corpus.name} differs from that of worker 0; give all workers the same files"
    except SeqtasksError as error:
        fault = str(error)
    _refuse(workers.gathered(fault))
    return corpus


def _refuse(faults):
    for number, fault in enumerate(faults):
        if fault:
            raise CorpusError(f"worker {number}: {fault}")


def _received(workers, folder):
    for name, array in workers.arrays_of_first({}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(array.tobytes())
    return RunFolder(folder)
