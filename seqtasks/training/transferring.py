"""Starts a model of words from one that learned from text alone: embeddings by word, layers of the encoder by place.

A language model hands on an encoder that reads forwards. A filler of gaps, which is a language model in each direction,
hands on one that reads both ways, or with model.reading=left forwards.
"""

import logging

import numpy as np

from seqtasks.errors import RunError, SettingsError
from seqtasks.settings import listed
from seqtasks.settings.sections import WordModel
from seqtasks.tasks import schema_of
from seqtasks.text.matching import shared_ids

# The tasks whose runs hand on their embedding and encoder.
GIVERS = ("language-model", "fill")
_log = logging.getLogger("seqtasks")


def takes(task):
    """Returns whether a model of the named task may start from one of GIVERS."""
    return issubclass(schema_of(task).model_fields["model"].annotation, WordModel)


def handed_on(base):
    """Returns the settings of an encoder that starts from the run in a RunFolder, {name: value}."""
    model = base.settings.model
    shape = {name: getattr(model, name) for name in ("cell", "activation", "units", "layers", "embedding")}
    return shape | {"bidirectional": _reading(base) == "both"}


def inherited(base):
    """Returns the settings, ["KEY=VALUE", ...], that a model has in common with the run in a RunFolder."""
    shape = handed_on(base)
    if shape["cell"] != "rnn":
        del shape["activation"]
    return [f"model.{name}={str(value).lower()}" for name, value in shape.items()] if shape["embedding"] else []


def _reading(base):
    """Returns which directions a run reads in: "left", "right" or "both"."""
    return getattr(base.settings.model, "reading", "left")


def refuse_unlike(base, settings):
    """Raises RunError or SettingsError unless a model with these settings can start from a run of one of GIVERS.

    Args:
        base: its RunFolder.
        settings: those of the task to train.
    """
    theirs, ours = base.settings.model, settings.model
    if not base.file("best.npz").exists():
        raise RunError(f"--from {base.path} has not been trained yet; continue its training with --resume")
    unit, own = base.settings.text.kind, getattr(settings.text, "kind", "words")
    if unit != "words" or own != "words":
        raise SettingsError(
            f"--from {base.path} reads {unit}, the {settings.task} model reads {own}; both must read words: set "
            "text.kind to words"
        )
    base.must_recur("handing on an encoder")
    if theirs.embedding is None:
        raise SettingsError(f"--from {base.path} has no embedding to start from, as its model.embedding is null")
    if getattr(ours, "encoder", "recurrent") != "recurrent":
        raise SettingsError(
            f"--from {base.path} has a recurrent encoder; model.encoder is {ours.encoder}, set it to recurrent"
        )
    if ours.vectors:
        raise SettingsError(f"--from {base.path} has embeddings; model.vectors is {ours.vectors}, leave it out")
    if _reading(base) == "right":
        raise SettingsError(f"--from {base.path} only reads back to a gap; give a run with model.reading both or left")
    if _reading(base) == "both" and theirs.layers > 1:
        raise SettingsError(
            f"--from {base.path} has {theirs.layers} layers, each of which reads one direction alone, but the second "
            "layer of a bidirectional encoder reads both; give a run with model.layers=1"
        )
    pairs = {f"model.{name}": (value, getattr(ours, name)) for name, value in handed_on(base).items()}
    if changed := {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}:
        raise SettingsError(
            f"--from {base.path} keeps its embedding and encoder: {listed(changed)}; leave out the change, or train "
            f"a run of {base.task} of this size"
        )


def _origin(path, base):
    """Returns the path in a run of the weight that a weight of an encoder starts from."""
    if base.task != "fill":
        return path
    # Each direction of a filler of gaps is a network of its own that reads forwards, the right one reversed sentences.
    return path.replace("encoder/forward_", "left/forward_").replace("encoder/backward_", "right/forward_")


def start_from(base, task):
    """Gives the model of a new task the embedding and the encoder of the run in a RunFolder.

    Words that it does not know start at the mean of those that it does. Where the encoder also reads features of
    characters, behind the embedding, the weights of these stay as they are drawn.
    """
    arrays, _ = base.read_arrays("best.npz")
    ours, theirs = task.text.vocabulary, base.load_text().vocabulary
    shared = shared_ids(ours, theirs)
    embeddings, model = arrays["embedding/embeddings"], task.model
    table = np.tile(embeddings[theirs.first_word :].mean(axis=0), (ours.size, 1))
    table[list(shared)] = embeddings[list(shared.values())]
    model.embedding.embeddings.assign(table)
    for variable in model.encoder.weights:
        start, part = variable.numpy(), arrays[_origin(variable.path, base)]
        # The first rows are those of the embedding, where there are more.
        start[: len(part)] = part
        variable.assign(start)
    known, size = sum(number >= ours.first_word for number in shared), ours.size - ours.first_word
    _log.info("%s of %s words from %s, %s new", f"{known:,}", f"{size:,}", base.path, f"{size - known:,}")
