"""Ensembles: runs of one task and one text become one run, which answers with the mean of all and outlives them."""

import datetime
import os
import shlex
import shutil
from pathlib import Path

from seqtasks.corpora import KINDS
from seqtasks.errors import RunError, UsageError, listing
from seqtasks.locking import locked
from seqtasks.runs.creating import check_free, new_run
from seqtasks.runs.folder import ENSEMBLE_FORMAT, RunFolder, arrays_file, damaged
from seqtasks.runs.groups import open_runs
from seqtasks.runs.model_card import write_model_card
from seqtasks.runs.weights import member_name, not_finite
from seqtasks.settings import changes


def make_ensemble(paths, *, run, overwrite=False):
    """Writes a run folder whose model is made of those of several runs; see layers.ensemble.

    It holds the text, the settings and the corpus of the first, and the weights and settings of all: the runs may be
    moved or removed. Needs no TensorFlow.

    Args:
        paths: paths of runs, or of folders of runs by seed, which stand for their runs; two runs or more in all.
        run: the folder to write.
        overwrite: replace an existing run.

    Returns:
        RunFolder. Raises UsageError or RunError for runs that do not go together and a folder that is taken, and
        StorageError if nothing can be written.
    """
    paths, folder = [str(path) for path in paths], Path(run)
    members = [member for path in paths for member in open_runs(path)]
    refuse_unlike(members)
    if folder.resolve() in {member.path.resolve() for member in members}:
        raise UsageError(f"--run {folder} is also a run of the ensemble; choose another folder")
    first, command = members[0], ["seqtasks", "ensemble", *paths, "--run", str(run)]
    probes, weights = first.read_json("probes.json"), _weights(members)
    manifest = {
        "format": ENSEMBLE_FORMAT,
        "task": first.task,
        "status": "trained",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": shlex.join(command),
        "corpus": first.manifest["corpus"],
        "text_fingerprint": first.manifest["text_fingerprint"],
        "parameters": sum(array.size for array in weights.values()),
        "members": [_facts(member) for member in members],
    }
    with locked(folder):
        check_free(folder, overwrite)
        with new_run(folder, first.settings, manifest, probes=probes, replace=overwrite) as text:
            shutil.copytree(first.file("text"), text, dirs_exist_ok=True)
            content = arrays_file(weights, text_fingerprint=manifest["text_fingerprint"])
            (text.parent / "best.npz").write_bytes(content)
        write_model_card(written := RunFolder(folder))
    return written


def _facts(member):
    """Returns what the manifest of an ensemble says of a member."""
    return {
        "run": str(member.path),
        "seed": member.settings.seed,
        "weights": member.weights_fingerprint(),
        "best": member.manifest.get("best"),
        "settings": member.settings.model_dump(),
    }


def _weights(members):
    """Returns the best weights of all members by the names of runs.weights.by_name."""
    found = {}
    for number, member in enumerate(members, start=1):
        arrays, _ = member.read_arrays("best.npz")
        if name := not_finite(arrays):
            raise RunError(f"'{member.file('best.npz')}' has weights that are not finite, in {name}; leave it out")
        found |= {member_name(number, path): array for path, array in arrays.items()}
    return found


def refuse_unlike(members):
    """Raises UsageError or RunError if runs, a list of RunFolder, cannot answer together, naming two and the reason."""
    if len(members) < 2:
        given = f", received '{members[0].path}' alone" if members else ""
        raise UsageError(f"an ensemble needs two runs or more{given}; give more, or a folder made by 'train --seeds'")
    places = {}
    for member in members:
        if member.members:
            runs = listing(one["run"] for one in member.manifest["members"])
            raise RunError(f"'{member.path}' is an ensemble itself; give its runs: {runs}")
        if not member.is_trained:
            raise RunError(
                f"the training of '{member.path}' has not finished; continue it with --resume, or leave it out"
            )
        place = os.path.realpath(member.path)
        if place in places:
            raise UsageError(f"'{member.path}' is given twice, also as '{places[place]}'; give each run once")
        places[place] = member.path
    for member in members[1:]:
        if difference := _difference(members[0], member):
            raise RunError(f"'{members[0].path}' and '{member.path}' cannot answer together: {difference}")


def _difference(one, other):
    """Returns in words what keeps two runs from answering together, None if nothing does."""
    if one.task != other.task:
        return f"their tasks are {one.task} and {other.task}"
    name, key = KINDS[one.settings.corpus.kind].answers_file or ("", "")
    if name and (here := _answers(one, name, key)) != (there := _answers(other, name, key)):
        return f"their {key} are {listing(here)} and {listing(there)}"
    changed = changes(one.settings, other.settings)
    if one.manifest["text_fingerprint"] != other.manifest["text_fingerprint"]:
        own = {key: values for key, values in changed.items() if key.startswith(("text.", "images."))}
        return f"their texts differ ({_listed(own) or 'other vocabularies'})"
    if one.manifest["corpus"]["fingerprint"] != other.manifest["corpus"]["fingerprint"]:
        return "they were trained on different corpora"
    shared = {key: values for key, values in changed.items() if key in type(one.settings).shared}
    return f"their settings differ ({_listed(shared)})" if shared else None


def _answers(run, name, key):
    """Returns the answers that a run can give, a list, from a file of its text."""
    known = run.read_json(f"text/{name}")
    try:
        return list(known[key])
    except (KeyError, TypeError, IndexError) as error:
        raise damaged(run.file("text", name), error) from None


def _listed(changed):
    return "; ".join(f"{key} {one} and {other}" for key, (one, other) in changed.items())
