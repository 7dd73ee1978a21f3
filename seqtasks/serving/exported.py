"""An exported model, loaded."""

import json
import os
from pathlib import Path

from seqtasks.errors import RunError

FACTS = "seqtasks.json"


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

        from seqtasks.tasks import task_class

        self._task = task_class(task)
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
        from seqtasks.batches.planning import answer_in_batches

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
