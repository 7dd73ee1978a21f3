"""Exports a run as a SavedModel: strings in, strings out; checked in a clean process before it is put in place."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from seqtasks.errors import RunError, StorageError, UsageError
from seqtasks.runs.creating import moved
from seqtasks.serving.checking import ODD_INPUTS, answers_of, compare, refuse_gpu_operations
from seqtasks.serving.exported import FACTS
from seqtasks.writing import to_json


def export(run, *, output=None):
    """Writes a run's best model as a SavedModel that needs only TensorFlow and tensorflow-text.

    The model is built without cuDNN operations and decodes in float32, on the CPU, whatever it was trained on. It is
    loaded in a clean process and must answer as the run does: equal strings, numbers within 1e-4; else nothing is
    written.

    Args:
        run: a RunFolder.
        output: the folder to write; None takes saved_models/<task>/<next number>, as TF Serving lays models out.

    Returns:
        The folder. Raises ExportError where the answers differ, StorageError where nothing can be written.
    """
    import tensorflow as tf

    versions = Path("saved_models") / run.manifest["task"]
    folder = _next_version(versions) if output is None else Path(output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _is_there(folder)
    inputs = run.read_json("probes.json")
    if not isinstance(inputs, list) or not all(isinstance(text, str) for text in inputs):
        raise RunError(f"'{run.file('probes.json')}' is damaged: it must be a list of texts; restore it or train again")
    with tf.device("/CPU:0"):
        task = run.load_task(portable=True)
        try:
            place = Path(os.path.realpath(folder))
            place.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
            try:
                model = aside / "model"
                signatures = _write(task, model)
                refuse_gpu_operations(model)
                batches = [[*inputs, *ODD_INPUTS], *([text] for text in inputs[:1]), [""]]
                answered = answers_of(model, batches, aside, options=json_options(task))
                for batch, answers in zip(batches, answered, strict=True):
                    compare(task, signatures, batch, answers)
                (model / FACTS).write_text(_facts(run, task), encoding="utf-8")
                if output is None:
                    return _put_behind(model, versions)
                if not moved(model, place):
                    raise _is_there(folder)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        except OSError as error:
            raise StorageError(
                f"cannot write '{folder}': {error.strerror or error}; free some space or choose another with --output"
            ) from None
    return folder


def _is_there(folder):
    return UsageError(f"'{folder}' is there already; choose another folder with --output")


def _put_behind(model, versions):
    """Moves a model to the next number among versions, also where another export takes one at the same time."""
    while not moved(model, folder := _next_version(versions)):
        pass
    return folder


def _write(task, folder):
    """Writes the SavedModel; returns its signatures as compiled functions of this process."""
    import tensorflow as tf

    functions, parts = task.serving()
    module = tf.Module()
    module.parts = [part if isinstance(part, tf.Module) else [v.value for v in part.variables] for part in parts]
    strings = tf.TensorSpec([None], tf.string, name="texts")
    numbers = [tf.TensorSpec([], value.dtype, name=name) for name, value in task.serving_options.items()]
    signatures = {
        name: tf.function(
            function, input_signature=[strings, *(numbers if name == "serving_default" else ())], autograph=False
        )
        for name, function in functions.items()
    }
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return signatures


def json_options(task):
    """Returns what else serving_default takes, as {name: (value, dtype)} in JSON."""
    return json.dumps({name: (value.numpy().item(), value.dtype.name) for name, value in task.serving_options.items()})


def _facts(run, task):
    facts = {key: run.manifest.get(key) for key in ("task", "corpus", "versions", "best", "text_fingerprint")}
    facts |= {"run": str(run.path), "decoding": task.decoding, "batch_size": task.answers_together}
    facts["options"] = json.loads(json_options(task))
    return to_json(facts, indent=2) + "\n"


def _next_version(folder):
    taken = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return folder / str(max(taken, default=0) + 1)
