"""What the page may ask of a model: see Player."""

from dataclasses import asdict

from seqtasks.api import Run
from seqtasks.errors import SeqtasksError, UsageError

# Numbers of answers, of examples, and the most characters of an example.
_BEST, _EXAMPLES, _LONGEST = 5, 5, 120


class Player:
    """A run or an exported model, as the page sees it; all that it returns are JSON values.

    Attributes:
        model: the seqtasks.Run or Exported.
        task: the name of its task.
        examples: a few inputs of the dev split, none for an export.
    """

    def __init__(self, model):
        """Takes a model; raises UsageError if it does not read texts."""
        self.model, self.task = model, model.manifest["task"]
        self._reader = model.predictor.reader
        if self._reader.argument != "texts":
            raise UsageError(f"'{model.path}' reads {self._reader.argument}; play shows models that read texts")
        self._is_run = isinstance(model, Run)
        probes = model.folder.read_json("probes.json") if self._is_run else []
        self.examples = [probe for probe in probes if 0 < len(probe) <= _LONGEST][:_EXAMPLES]

    def described(self):
        """Returns what the page shows of the model and what it may ask."""
        manifest = self.model.manifest
        best, corpus = manifest.get("best") or {}, manifest.get("corpus") or {}
        return {
            "name": str(self.model.path),
            "task": self.task,
            "kind": "run" if self._is_run else "export",
            "corpus": corpus.get("name", ""),
            "score": {"dev": best["value"]} if "value" in best else {},
            "examples": self.examples,
            "pins": self._is_run and "prefix" in self._reader.options,
        }

    def answer(self, text, prefix=None):
        """Returns the answer to a text, all that is known of it, and its explanation, None where there is none."""
        options = {"best": _BEST} if self._is_run and "best" in self._reader.options else {}
        beginning = {"prefix": prefix} if prefix else {}
        (answer,) = self.model.answers([text], **options, **beginning)
        found = {**asdict(answer), "unread": answer.unread, "table": None, "unexplained": self._reader.unexplained}
        if not self._reader.unexplained:
            table = self.model.explain(text, **beginning)
            found["table"] = {
                "kind": table.kind,
                "layout": table.layout,
                "columns": table.columns,
                "rows": table.rows,
                "weights": [[round(float(weight), 4) for weight in row] for row in table.weights],
            }
        return found

    def choices(self, text, prefix=None):
        """Returns for each piece of the answer the likeliest pieces in its place, [[piece, probability], ...]."""
        if not self.described()["pins"]:
            raise UsageError(f"'{self.model.path}' cannot be asked for other pieces; only runs with a search can")
        return self.model.predictor.choices(text, **({"prefix": prefix} if prefix else {}))

    def warm_up(self):
        """Answers an example, so that functions are compiled before the first visitor comes."""
        try:
            self.answer(self.examples[0] if self.examples else "a")
        except SeqtasksError:
            # Told again to whoever asks.
            return
