"""Which files are answered into a folder, under which names, and what is refused."""

import glob
import os
from pathlib import Path

from seqtasks.errors import CorpusError, UsageError


def files_of(pattern):
    """Returns {name: path} of the files that a pattern such as 'in/*.txt.gz' matches, in order.

    A name is the path below the part of the pattern without wildcards. Raises CorpusError if there is none.
    """
    _refuse_remote("--input", pattern)
    path = os.path.expanduser(pattern)
    if os.path.isdir(path):
        raise CorpusError(f"{pattern} is a folder; give a pattern of its files, such as '{os.path.join(pattern, '*')}'")
    if os.path.exists(path):
        return {os.path.basename(path): path}
    found = sorted(one for one in glob.glob(path, recursive=True) if os.path.isfile(one))
    if not found:
        raise CorpusError(f"--input '{pattern}' matches no file; check the spelling and the folder")
    base = []
    for part in Path(path).parts:
        if glob.has_magic(part):
            break
        base.append(part)
    return {os.path.relpath(one, os.path.join(*base) if base else "."): one for one in found}


def refuse_output(output, *, model, files, own):
    """Raises UsageError if answers to `files`, {name: path}, must not be written into the folder `output`.

    That is, if it is inside the model, or if an answer would overwrite its input or one of the job's `own` files.
    """
    _refuse_remote("--output", output)
    place, model_place = Path(os.path.realpath(output)), Path(os.path.realpath(model))
    if place == model_place or model_place in place.parents:
        raise UsageError(f"--output '{output}' is inside the run '{model}'; write to a folder elsewhere")
    if os.path.exists(output) and not os.path.isdir(output):
        raise UsageError(f"--output '{output}' is a file; give a folder, in which each input gets a file of its name")
    for name, path in files.items():
        if os.path.realpath(path) == os.path.realpath(os.path.join(output, name)):
            raise UsageError(f"--output '{output}' holds '{path}', which its answers would overwrite; choose another")
        if Path(name).parts[0] in own:
            raise UsageError(f"'{path}' has the name of a file that is written beside the answers; rename it")


def _refuse_remote(option, path):
    if "://" in str(path):
        raise UsageError(
            f"{option} '{path}' is not on a disk; give a folder that all workers share, or use seqtasks.beam.Predict "
            "in a pipeline of your own"
        )
