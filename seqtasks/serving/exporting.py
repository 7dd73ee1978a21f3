"""Exports a run as a SavedModel: strings in, strings out; checked in a clean process before it is put in place."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from seqtasks.errors import RunError, StorageError, UsageError
from seqtasks.runs.creating import moved
from seqtasks.runs.model_card import CARD, model_card
from seqtasks.serving.checking import answers_of, compare, refuse_gpu_operations
from seqtasks.serving.exported import FACTS
from seqtasks.writing import to_json


def export(run, *, output=None):
    """Writes a run's best model as a SavedModel that needs only TensorFlow and tensorflow-text.

    The model is built without cuDNN operations and decodes in float32, on the CPU, wherever it was trained. It is
    loaded in a clean process and must answer as the run does: equal strings, numbers within 1e-4; otherwise nothing is
    written.

    Args:
        run: a RunFolder.
        output: the folder to write; None takes saved_models/<task>/<next number>, the layout of TF Serving.

    Returns:
        The folder. Raises ExportError if the answers differ, StorageError if nothing can be written.
    """
    import tensorflow as tf

    versions = Path("saved_models") / run.manifest["task"]
    folder = _next_version(versions) if output is None else Path(output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _is_there(folder)
    probes = run.read_json("probes.json")
    if not isinstance(probes, list) or not all(isinstance(text, str) for text in probes):
        raise RunError(f"'{run.file('probes.json')}' is damaged (expected a list of texts); restore it or train again")
    with tf.device("/CPU:0"):
        task = run.load_task(portable=True)
        try:
            place = Path(os.path.realpath(folder))
            place.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
            try:
                model = aside / "model"
                _write_checked(run, task, model, [task.reader.from_probe(probe) for probe in probes])
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


def _write_checked(run, task, model, inputs):
    """Writes the SavedModel, checks its answers to inputs and to odd ones, adds its facts and the model card."""
    signatures = task.signatures()
    functions, options = _write(task, signatures, model), _options_of(signatures)
    refuse_gpu_operations(model)
    batches = [[*inputs, *task.reader.odd_inputs], *([one] for one in inputs[:1]), [task.reader.odd_inputs[0]]]
    arrays = {name: signature.arrays for name, signature in signatures.items() if signature.arrays}
    how = {"argument": task.reader.argument, "options": json.dumps(options), "arrays": arrays}
    answered = answers_of(model, batches, model.parent, **how)
    for batch, answers in zip(batches, answered, strict=True):
        compare(task, functions, batch, answers)
    (model / FACTS).write_text(_facts(run, task, options), encoding="utf-8")
    (model / CARD).write_text(model_card(run), encoding="utf-8")


def _is_there(folder):
    return UsageError(f"'{folder}' already exists; choose another folder with --output")


def _put_behind(model, versions):
    """Moves a model to the next number among versions, even if another export takes one at the same time."""
    while not moved(model, folder := _next_version(versions)):
        pass
    return folder


def _write(task, signatures, folder):
    """Writes the SavedModel; returns its functions, compiled in this process, which take a list of inputs only."""
    import tensorflow as tf

    module = tf.Module()
    parts = [task.model, *task.text.modules]
    module.parts = [part if isinstance(part, tf.Module) else [v.value for v in part.variables] for part in parts]
    inputs, functions = tf.TensorSpec([None], tf.string, name=task.reader.argument), {}
    for name, signature in signatures.items():
        scalars = [tf.TensorSpec([], value.dtype, name=key) for key, value in signature.scalars.items()]
        traced = tf.function(
            signature.function, input_signature=[*(signature.specs or [inputs]), *scalars], autograph=False
        )
        # Traced here, since what saving traces is traced once more when it is called.
        functions[name] = traced.get_concrete_function()
    # Gradients that are written out are for training; saliency has its own in the graph already.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(folder), signatures=functions, options=options)

    def of_inputs(name):
        made = signatures[name].arrays

        def function(batch):
            given = map(tf.constant, made(batch).values()) if made else [tf.constant(batch)]
            return functions[name](*given, *signatures[name].scalars.values())

        return function

    return {name: of_inputs(name) for name in functions}


def _options_of(signatures):
    """Returns the scalars that serving_default takes besides inputs, as {name: (value, dtype)}."""
    scalars = signatures["serving_default"].scalars
    return {name: (value.numpy().item(), value.dtype.name) for name, value in scalars.items()}


def _facts(run, task, options):
    facts = {key: run.manifest.get(key) for key in ("task", "corpus", "versions", "best", "text_fingerprint")}
    facts |= {"run": str(run.path), "decoding": task.decoding, "batch_size": task.answer_batch_size}
    facts |= {"text": task.text.description, "options": options}
    return to_json(facts, indent=2) + "\n"


def _next_version(folder):
    taken = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return folder / str(max(taken, default=0) + 1)
