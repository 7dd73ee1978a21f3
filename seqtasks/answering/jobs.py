"""What a job of answering is, so that it is gone on with only if nothing has changed."""

import hashlib
from pathlib import Path

from seqtasks.runs import RunFolder
from seqtasks.serving.exported import is_exported
from seqtasks.version import __version__


def job_of(model, form):
    """Returns what answers depend on besides the input, as JSON values; `model` is a path, `form` a Form."""
    return {"seqtasks": __version__, "model": fingerprint_of(model), "options": form.as_dict()}


def fingerprint_of(model):
    """Returns the sha256 of what determines the answers of the run or exported model at a path.

    Raises RunError for a run that is missing or incomplete.
    """
    digest = hashlib.sha256()
    if is_exported(model):
        for path in sorted(Path(model).rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(model)}\n{_sha256(path)}\n".encode())
    else:
        run = RunFolder(model)
        settings = _sha256(run.file("settings.yaml"))
        digest.update(f"{run.weights_fingerprint()} {run.manifest['text_fingerprint']} {settings}".encode())
    return digest.hexdigest()


def difference(before, now):
    """Returns what differs between two jobs of `job_of`, in words, or None."""
    if before.get("seqtasks") != now["seqtasks"]:
        return f"seqtasks {before.get('seqtasks')}, and this is {now['seqtasks']}"
    if before.get("model") != now["model"]:
        return "another model"
    if before.get("options") != now["options"]:
        return f"other options ({_shown(before.get('options'))}; now {_shown(now['options'])})"
    return None


def _shown(options):
    return ", ".join(f"{name}={value}" for name, value in (options or {}).items()) or "none"


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
