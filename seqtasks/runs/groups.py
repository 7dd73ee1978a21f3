"""Groups of runs that differ only in their seed, in one folder as GROUP/seed-1, GROUP/seed-2, ..."""

import os
from pathlib import Path

from seqtasks.errors import RunError
from seqtasks.runs.folder import RunFolder


def is_group(path):
    """Returns whether a folder holds runs by seed and is not a run itself."""
    if not os.path.isdir(path) or os.path.exists(os.path.join(path, "manifest.json")):
        return False
    return any(Path(path).glob("seed-*/manifest.json"))


def open_runs(path):
    """Returns the runs at `path`, a list of RunFolder: those of a group in the order of their seeds, or the single run.

    Raises RunError for a group whose training is unfinished, or whose runs were trained on different corpora.
    """
    if not is_group(path):
        return [RunFolder(path)]
    runs = [RunFolder(manifest.parent) for manifest in Path(path).glob("seed-*/manifest.json")]
    for run in runs:
        if not run.is_trained:
            raise RunError(f"the training of '{run.path}' has not finished; repeat its 'train --seeds' command")
        if run.manifest["corpus"]["fingerprint"] != runs[0].manifest["corpus"]["fingerprint"]:
            raise RunError(f"'{runs[0].path}' and '{run.path}' were trained on different corpora; train them on one")
    return sorted(runs, key=lambda run: run.settings.seed)
