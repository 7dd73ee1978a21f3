"""Exports a run as a SavedModel: strings in, strings out; checked in a clean process before it is put in place."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from seqtasks.errors import ExportError, RunError, StorageError, UsageError
from seqtasks.runs import moved
from seqtasks.writing import to_json

FACTS = "seqtasks.json"

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
_ODD_INPUTS = ["", " \t", "?", "\N{GRINNING FACE} \0 Ω 你好", "la " * 300]
_TOLERANCE = 1e-4
# How TensorFlow and the libraries below it begin a line of their logs.
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[IWEF]\d{4} |WARNING: All log messages|To enable the following")


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
                _refuse_gpu_operations(model)
                batches = [[*inputs, *_ODD_INPUTS], *([text] for text in inputs[:1]), [""]]
                answered = _answers_of(model, batches, aside, options=_json_options(task))
                for batch, answers in zip(batches, answered, strict=True):
                    _compare(task, signatures, batch, answers)
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


def _refuse_gpu_operations(folder):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    graph = SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    nodes = [node for function in graph.library.function for node in function.node_def]
    foreign = sorted({node.op for node in [*graph.node, *nodes] if "cudnn" in node.op.lower()})
    if foreign:
        raise ExportError(f"the exported graph holds {', '.join(foreign)}, which no CPU can run; nothing was written")


def _json_options(task):
    """Returns what else serving_default takes, as {name: (value, dtype)} in JSON."""
    return json.dumps({name: (value.numpy().item(), value.dtype.name) for name, value in task.serving_options.items()})


def _answers_of(model, batches, aside, *, options):
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


def _compare(task, signatures, batch, answers):
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


def _facts(run, task):
    facts = {key: run.manifest.get(key) for key in ("task", "corpus", "versions", "best", "text_fingerprint")}
    facts |= {"run": str(run.path), "decoding": task.decoding, "batch_size": task.answers_together}
    facts["options"] = json.loads(_json_options(task))
    return to_json(facts, indent=2) + "\n"


def _next_version(folder):
    taken = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return folder / str(max(taken, default=0) + 1)


class ExportedModel:
    """An exported model; it answers with the settings that it was exported with.

    Attributes:
        path: its folder.
        facts: what seqtasks.json in it says: task, corpus, versions, decoding.
    """

    def __init__(self, path):
        """Loads the SavedModel at `path`; raises RunError where it is none that seqtasks wrote."""
        self.path = Path(path)
        try:
            self.facts = json.loads((self.path / FACTS).read_text(encoding="utf-8"))
            task, self._batch_size = self.facts["task"], int(self.facts["batch_size"])
            options = dict(self.facts.get("options", {}))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"'{path}' is a SavedModel, but none that seqtasks exported: {FACTS}: {error!r}") from None
        import tensorflow as tf
        import tensorflow_text  # noqa: F401  registers the operations that the graph holds

        from seqtasks.tasks import chapter

        self._task = chapter(task)
        self._options = {name: tf.constant(*value) for name, value in options.items()}
        try:
            self._model = tf.saved_model.load(str(path))
        except (OSError, ValueError, IndexError, tf.errors.OpError) as error:
            raise RunError(f"'{path}' is damaged ({str(error).partition(chr(10))[0]}); export the run again") from None

    @property
    def options(self):
        """The options of the task's answers; see Task."""
        return self._task.options

    def answer(self, strings, *, tokenized=False, progress=None):
        """Answers strings as `Task.answer` does, in batches of similar length; by signature `tokenized` if asked."""
        from seqtasks.batching import answer_in_batches

        signature = "tokenized" if tokenized else "serving_default"

        def serve(batch):
            return self._task.served_answers(batch, self._ask(signature, batch), self._ask("check", batch))

        return answer_in_batches(strings, list(map(len, strings)), self._batch_size, serve, progress=progress)

    def attention(self, string):
        """Explains the answer to a string as an AttentionTable."""
        return self._task.served_attention(string, self._ask("explain", [string]))

    def check(self, string):
        """Returns a blank Answer that tells how a string was read; see `Task.check`."""
        return self._task.checked(self._ask("check", [string]))

    def _ask(self, signature, strings):
        import tensorflow as tf

        from seqtasks.tasks.task import as_arrays

        more = self._options if signature == "serving_default" else {}
        found = self._model.signatures[signature](texts=tf.constant(strings), **more)
        return as_arrays(found)


def is_exported(path):
    """Tells whether `path` is a SavedModel."""
    return os.path.isfile(os.path.join(path, "saved_model.pb"))
