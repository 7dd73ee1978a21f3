"""Creates a run folder under a temporary name and renames it into place."""

import errno
import os
import platform
import shutil
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seqtasks.errors import RunError, StorageError
from seqtasks.runs.folder import FORMAT, RunFolder, settings_file
from seqtasks.writing import to_json

_PACKAGES = ("seqtasks", "tensorflow", "keras", "tensorflow-text", "sentencepiece", "sacrebleu", "numpy")


@contextmanager
def new_run(path, settings, manifest, *, probes, replace):
    """Creates a run folder: yields a temporary folder for its text, then puts the complete run in place at once.

    Args:
        path: path of the run; a link to a folder is followed.
        settings: written as settings.yaml.
        manifest: a dict; format, unless it has one, versions and machine are added.
        probes: dev inputs that an export will be checked on.
        replace: whether to replace an existing folder once the new one is complete; else it must be empty.

    Raises StorageError if nothing can be written, RunError if the path is taken; then nothing is left behind.
    """
    place = Path(os.path.realpath(path))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            aside.chmod(0o777 & ~_umask())
            (aside / "text").mkdir()
            yield aside / "text"
            (aside / "settings.yaml").write_text(settings_file(settings), encoding="utf-8")
            (aside / "probes.json").write_text(to_json(probes) + "\n", encoding="utf-8")
            record = {"format": FORMAT, **manifest, "versions": _versions(), "machine": _machine()}
            (aside / "manifest.json").write_text(to_json(record, indent=2) + "\n", encoding="utf-8")
            if replace and place.exists():
                _exchange(aside, place)
            elif not moved(aside, place):
                raise RunError(f"another process has just written '{path}'; choose another folder with --run")
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise StorageError(
            f"cannot write run '{path}': {error.strerror or error}; choose another folder with --run"
        ) from None


def check_free(folder, overwrite):
    """Raises RunError unless a run may be written into a folder: an empty one, or with `overwrite` one of a run."""
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
                f"'{folder}' exists but is not a complete run ({error}); choose another folder with --run"
            ) from None
        return
    if not overwrite:
        state = "a trained run" if run.is_trained else "an interrupted run; continue it with --resume"
        raise RunError(
            f"'{folder}' already holds {state}; choose another folder with --run, or replace it with --overwrite"
        )


def _exchange(aside, place):
    """Replaces a folder by another; the old one is deleted last."""
    old = Path(tempfile.mkdtemp(prefix=f".{place.name}.old.", dir=place.parent)) / "run"
    try:
        os.replace(place, old)
        try:
            os.replace(aside, place)
        except OSError:
            os.replace(old, place)
            raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)


def moved(aside, place):
    """Renames a folder to a place that is free or an empty folder; returns whether it was."""
    try:
        os.replace(aside, place)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _versions():
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions


def _machine():
    name = platform.processor() or platform.machine()
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n")
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    return f"{platform.system()} {platform.machine()}, {name}, {os.cpu_count()} cores"
