"""Checks that an exported model answers, in a clean process, as the run does."""

import base64
import json
import operator
import os
import re
import signal
import subprocess
import sys
from functools import partial

import numpy as np

from seqtasks.errors import ExportError

# Runs in a process that imports only TensorFlow and tensorflow-text: answers batches with every signature.
_CLEAN_PROCESS = """
import base64, json, os, sys
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import tensorflow as tf, tensorflow_text
folder, batches, answers, argument, options = sys.argv[1:]
signatures, options = tf.saved_model.load(folder).signatures, json.loads(options)
def ask(name, batch):
    more = {key: tf.constant(*value) for key, value in options.items()} if name == "serving_default" else {}
    if name in batch["arrays"]:
        given = {key: tf.constant(*value) for key, value in batch["arrays"][name].items()}
    else:
        given = {argument: tf.constant([base64.b64decode(one) for one in batch["inputs"]], tf.string)}
    found = signatures[name](**given, **more)
    return {key: value.numpy().tolist() for key, value in found.items()}
with open(batches, encoding="utf-8") as file:
    found = [{name: ask(name, batch) for name in signatures} for batch in json.load(file)]
with open(answers, "w", encoding="utf-8") as file:
    json.dump(found, file, default=bytes.decode)
"""
_TOLERANCE, _ROUNDING = 1e-4, 1e-5
# Beginnings of log lines of TensorFlow and its libraries.
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[IWEF]\d{4} |WARNING: All log messages|To enable the following")


def refuse_gpu_operations(folder):
    """Raises ExportError if the graph of a SavedModel has an operation that only a GPU has."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    graph = SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    nodes = [node for function in graph.library.function for node in function.node_def]
    foreign = sorted({node.op for node in [*graph.node, *nodes] if "cudnn" in node.op.lower()})
    if foreign:
        raise ExportError(
            f"the exported graph has operations that no CPU can run, {', '.join(foreign)}; nothing was written"
        )


def answers_of(model, batches, aside, *, argument, options, arrays=None):
    """Returns the answers of each signature of the written model to each batch, computed in a separate process.

    `arrays` has for signatures that take no inputs a function that makes of a batch what they take, {name: array}.
    """
    given, answered = aside / "batches.json", aside / "answers.json"
    coded = [
        {
            "inputs": [base64.b64encode(one if isinstance(one, bytes) else one.encode()).decode() for one in batch],
            "arrays": {name: _as_lists(made(batch)) for name, made in (arrays or {}).items()},
        }
        for batch in batches
    ]
    given.write_text(json.dumps(coded), encoding="utf-8")
    # Packages are found where this process finds them, except in the working directory.
    places = os.pathsep.join(place for place in sys.path if place and os.path.realpath(place) != os.getcwd())
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CLEAN_PROCESS, model, given, answered, argument, options],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONPATH": places, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    if done.returncode:
        raise ExportError(
            f"the exported model does not work in a clean process ({_how_it_ended(done)}); nothing was written"
        )
    return json.loads(answered.read_text(encoding="utf-8"))


def _as_lists(arrays):
    return {name: (array.tolist(), array.dtype.name) for name, array in arrays.items()}


def _how_it_ended(done):
    """Returns how a process ended, with the last line that it wrote to stderr apart from logs."""
    if done.returncode == -signal.SIGKILL:
        how = "it was killed, perhaps for lack of memory"
    elif done.returncode < 0:
        how = f"it was ended by {signal.Signals(-done.returncode).name}"
    else:
        how = f"exit code {done.returncode}"
    own = [line.strip() for line in done.stderr.splitlines() if line.strip() and not _LOG_LINE.match(line)]
    return f"{how}: {own[-1]}" if own else how


def compare(task, functions, batch, answers):
    """Raises ExportError if the answers of the written model differ from those of the run.

    Args:
        task: the run's task.
        functions: its signatures by name, compiled in this process, as functions of a list of inputs.
        batch: list of inputs.
        answers: the answers of each signature of the written model to the batch, by name.
    """
    predicted = [answer.text for answer in task.predictor.answers(batch)]
    served = [answer.text for answer in task.reader.answers(batch, answers["check"] | answers["serving_default"])]
    same = task.reader.same
    for number, pair in enumerate(zip(predicted, served, strict=True)):
        if same(*pair):
            continue
        given = task.reader.shown(batch[number])
        raise ExportError(
            f"the exported model answers {served[number]!r} to {given!r}, but the run answers "
            f"{predicted[number]!r}; nothing was written"
        )
    for signature, function in functions.items():
        for name, value in function(batch).items():
            if not are_equal(value.numpy(), answers[signature][name], same):
                raise ExportError(
                    f"output '{name}' of signature '{signature}' differs between run and export; nothing was written"
                )


def are_equal(wanted, found, same=operator.eq):
    """Returns whether nested lists from JSON equal an array: strings by `same`, numbers within 1e-4 and rounding."""
    if wanted.dtype == object:
        decoded = json.loads(json.dumps(wanted.tolist(), default=bytes.decode))
        wanted, found = np.array(decoded, object), np.array(found, object)
    else:
        wanted, found = np.array(wanted.tolist()), np.array(found)
    if wanted.shape != found.shape:
        return False
    if wanted.dtype == object:
        return all(map(same, wanted.ravel(), found.ravel()))
    nearly = partial(np.allclose, rtol=_ROUNDING, atol=_TOLERANCE)
    return bool((np.array_equal if wanted.dtype.kind == "b" else nearly)(wanted, found))
