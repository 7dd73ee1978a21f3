"""Starts a model of words from a language model: embeddings by word, layers of the encoder by place."""

import logging

import numpy as np

from seqtasks.errors import RunError, SettingsError
from seqtasks.settings import listed
from seqtasks.settings.sections import WordModel
from seqtasks.tasks import schema_of
from seqtasks.text.matching import shared_ids

# The task whose runs hand on their embedding and encoder.
GIVER = "language-model"
_log = logging.getLogger("seqtasks")


def takes(task):
    """Returns whether a model of the named task may start from a language model."""
    return issubclass(schema_of(task).model_fields["model"].annotation, WordModel)


def inherited(base):
    """Returns the settings, ["KEY=VALUE", ...], that a model has in common with the language model in a RunFolder."""
    model = base.settings.model
    names = ["cell", *(["activation"] if model.cell == "rnn" else []), "units", "layers", "bidirectional"]
    return [f"model.{name}={str(getattr(model, name)).lower()}" for name in (*names, "embedding") if model.embedding]


def refuse_unlike(base, settings):
    """Raises RunError or SettingsError unless a model with these settings can start from a language model.

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
    names = ("cell", "activation", "units", "layers", "bidirectional", "embedding")
    pairs = {f"model.{name}": (getattr(theirs, name), getattr(ours, name)) for name in names}
    if changed := {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}:
        raise SettingsError(
            f"--from {base.path} keeps its embedding and encoder: {listed(changed)}; leave out the change, or train a "
            "language model of this size"
        )


def start_from(base, task):
    """Gives the model of a new task the embedding and the encoder of the language model in a RunFolder.

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
        start, part = variable.numpy(), arrays[variable.path]
        # The first rows are those of the embedding, where there are more.
        start[: len(part)] = part
        variable.assign(start)
    known, size = sum(number >= ours.first_word for number in shared), ours.size - ours.first_word
    _log.info("%s of %s words from %s, %s new", f"{known:,}", f"{size:,}", base.path, f"{size - known:,}")
