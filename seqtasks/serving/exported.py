"""Loading exported models."""

import json
import os
from functools import partial
from pathlib import Path

from seqtasks.errors import RunError
from seqtasks.tasks.predictor import Predictor

FACTS = "seqtasks.json"


class ExportedModel:
    """An exported model; it answers with the settings of its export.

    Attributes:
        path: its folder.
        facts: the contents of its seqtasks.json: task, corpus, versions, decoding.
        predictor: a Predictor that uses its signatures.
    """

    def __init__(self, path):
        """Loads the SavedModel at `path`; raises RunError if seqtasks did not write it or it is damaged."""
        self.path = Path(path)
        try:
            self.facts = json.loads((self.path / FACTS).read_text(encoding="utf-8"))
            task, batch_size = self.facts["task"], int(self.facts["batch_size"])
            options = dict(self.facts.get("options", {}))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(
                f"'{path}' is a SavedModel that seqtasks did not export ({FACTS}: {error!r}); export a run with "
                "'seqtasks export'"
            ) from None
        import tensorflow as tf
        import tensorflow_text  # noqa: F401  registers the operations that the graph holds

        from seqtasks.tasks import reader_class

        self._options = {name: tf.constant(*value) for name, value in options.items()}
        try:
            self._model = tf.saved_model.load(str(path))
        except (OSError, ValueError, IndexError, tf.errors.OpError) as error:
            raise RunError(f"'{path}' is damaged ({str(error).partition(chr(10))[0]}); export the run again") from None
        self.predictor = Predictor(self._function, reader_class(task)(), batch_size=batch_size)

    def _function(self, name, *, tokenized=False, **_):
        if name != "predict":
            return partial(self._served, name)
        signature = "tokenized" if tokenized else "serving_default"
        return lambda inputs: self._served("check", inputs) | self._served(signature, inputs)

    def _served(self, signature, inputs):
        import tensorflow as tf

        more = self._options if signature == "serving_default" else {}
        reader = self.predictor.reader
        inputs = {reader.argument: tf.constant([reader.content(one) for one in inputs], tf.string)}
        return {name: value.numpy() for name, value in self._model.signatures[signature](**inputs, **more).items()}


def is_exported(path):
    """Returns whether `path` is a SavedModel."""
    return os.path.isfile(os.path.join(path, "saved_model.pb"))
