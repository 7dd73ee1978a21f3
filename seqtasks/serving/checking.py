"""Checks that an exported model answers, in a clean process, as the run does."""

import json
import os
import re
import signal
import subprocess
import sys
from functools import partial

import numpy as np

from seqtasks.errors import ExportError

# Runs in a process that imports nothing but TensorFlow and tensorflow-text: answers batches with every signature.
_CLEAN_PROCESS = """
import json, os, sys
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import tensorflow as tf, tensorflow_text
folder, batches, answers, options = sys.argv[1:]
signatures, options = tf.saved_model.load(folder).signatures, json.loads(options)
def ask(name, batch):
    more = {key: tf.constant(*value) for key, value in options.items()} if name == "serving_default" else {}
    return {key: value.numpy().tolist() for key, value in signatures[name](texts=tf.constant(batch), **more).items()}
with open(batches, encoding="utf-8") as file:
    found = [{name: ask(name, batch) for name in signatures} for batch in json.load(file)]
with open(answers, "w", encoding="utf-8") as file:
    json.dump(found, file, default=bytes.decode)
"""
ODD_INPUTS = ["", " \t", "?", "\N{GRINNING FACE} \0 Ω 你好", "la " * 300]
_TOLERANCE = 1e-4
# How TensorFlow and the libraries below it begin a line of their logs.
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[IWEF]\d{4} |WARNING: All log messages|To enable the following")


def refuse_gpu_operations(folder):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    graph = SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    nodes = [node for function in graph.library.function for node in function.node_def]
    foreign = sorted({node.op for node in [*graph.node, *nodes] if "cudnn" in node.op.lower()})
    if foreign:
        raise ExportError(f"the exported graph holds {', '.join(foreign)}, which no CPU can run; nothing was written")


def answers_of(model, batches, aside, *, options):
    """Returns what each signature of the written model answers to each batch, in a process of its own."""
    given, answered = aside / "batches.json", aside / "answers.json"
    given.write_text(json.dumps(batches), encoding="utf-8")
    # Packages are looked for where this process finds them, but not in the working directory.
    places = os.pathsep.join(place for place in sys.path if place and os.path.realpath(place) != os.getcwd())
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CLEAN_PROCESS, model, given, answered, options],
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


def _how_it_ended(done):
    """Returns how a process ended, with the last line of its own that it wrote to stderr."""
    if done.returncode == -signal.SIGKILL:
        how = "it was killed; perhaps it needed more memory than there is"
    elif done.returncode < 0:
        how = f"it ended by {signal.Signals(-done.returncode).name}"
    else:
        how = f"exit code {done.returncode}"
    own = [line.strip() for line in done.stderr.splitlines() if line.strip() and not _LOG_LINE.match(line)]
    return f"{how}: {own[-1]}" if own else how


def compare(task, signatures, batch, answers):
    """Refuses answers of the written model that are not those of `predict` and of the run's own signatures."""
    import tensorflow as tf

    said = [answer.text for answer in task.answer(batch)]
    served = [answer.text for answer in task.served_answers(batch, answers["serving_default"])]
    if said != served:
        number = next(i for i, pair in enumerate(zip(said, served, strict=True)) if len(set(pair)) > 1)
        raise ExportError(
            f"the exported model answers {served[number]!r} to {batch[number]!r}, predict {said[number]!r}; "
            "nothing was written"
        )
    for signature, function in signatures.items():
        more = task.serving_options.values() if signature == "serving_default" else ()
        for name, value in function(tf.constant(batch), *more).items():
            if not are_equal(value.numpy(), answers[signature][name]):
                raise ExportError(f"'{name}' of '{signature}' differs between run and export; nothing was written")


def are_equal(wanted, found):
    """Tells whether what JSON has of an array, as lists, is that array: strings the same, numbers within 1e-4."""
    if wanted.dtype == object:
        return json.loads(json.dumps(wanted.tolist(), default=bytes.decode)) == found
    wanted, found = np.array(wanted.tolist()), np.array(found)
    if wanted.shape != found.shape:
        return False
    same = np.array_equal if wanted.dtype.kind == "b" else partial(np.allclose, rtol=0, atol=_TOLERANCE)
    return bool(same(wanted, found))
