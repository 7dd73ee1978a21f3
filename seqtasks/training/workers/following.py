"""The workers beside the first one: it sends them its run, and they compute their shares of it and write nothing."""

import tempfile
from pathlib import Path

import numpy as np

from seqtasks import corpora
from seqtasks.errors import CorpusError, SeqtasksError
from seqtasks.runs.folder import RunFolder
from seqtasks.tasks import task_class
from seqtasks.training.interrupting import stop_requests


def follow(workers, *, corpus=None):
    """Trains as a worker that is not the first, to the end.

    Args:
        workers: the Together of this process.
        corpus: name or path of the corpus on this machine; None is the setting corpus.name of the first worker.
    """
    from seqtasks.training.loop import fit

    with tempfile.TemporaryDirectory() as folder:
        run = _received(workers, Path(folder))
        settings = run.settings
        section = settings.corpus if corpus is None else settings.corpus.model_copy(update={"name": corpus})
        read = agreed(workers, lambda: corpora.load_configured(section), run.manifest["corpus"]["fingerprint"])
        task = task_class(settings.task)(settings, run.load_text())
        with stop_requests() as stopping:
            events = fit(
                run,
                task,
                task.examples_of_train(read),
                read.split("dev"),
                command=run.manifest["command"],
                stopping=stopping,
                workers=workers,
            )
            for _ in events:
                pass


def send(workers, run):
    """Sends the settings and the text of a run, from the first worker to the others."""
    files = [run.file(name) for name in ("settings.yaml", "manifest.json", "probes.json")]
    files += [path for path in sorted(run.file("text").rglob("*")) if path.is_file()]
    workers.arrays_of_first(
        {path.relative_to(run.path).as_posix(): np.frombuffer(path.read_bytes(), np.uint8) for path in files}
    )


def agreed(workers, read, fingerprint):
    """Returns the corpus that `read` returns; raises CorpusError in all workers if one cannot, or reads another.

    `fingerprint` is that of the corpus of the first worker.
    """
    corpus = fault = None
    try:
        corpus = read()
        if corpus.fingerprint != fingerprint:
            fault = f"its corpus {corpus.name} differs from that of worker 0; give all workers the same files"
    except SeqtasksError as error:
        fault = str(error)
    for number, found in enumerate(workers.gathered(fault)):
        if found:
            raise CorpusError(f"worker {number}: {found}")
    return corpus


def _received(workers, folder):
    for name, array in workers.arrays_of_first({}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(array.tobytes())
    return RunFolder(folder)
