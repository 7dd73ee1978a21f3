"""What the page may ask of a model: see Player."""

import base64
import binascii
import json
from dataclasses import asdict

from seqtasks.api import Run
from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.images.image import fault_of

# Numbers of answers of a search, of classes, of examples; the least characters of a good example, the most of one that
# is a text, and of one that is an image in base64; the number of pieces that are written on.
_BEST, _CLASSES, _EXAMPLES, _SHORTEST, _LONGEST, _LARGEST, _WRITTEN = 5, 50, 5, 12, 120, 200_000, 200


class Player:
    """A run or an exported model, as the page sees it; all that it takes and returns are JSON values.

    An input is a text, or the bytes of an image in base64.

    Attributes:
        model: the seqtasks.Run or Exported.
        task: the name of its task.
        reads: "texts" or "images".
        examples: a few inputs of the dev split, none for an export.
    """

    def __init__(self, model):
        """Takes a model."""
        self.model, self.task = model, model.manifest["task"]
        self._reader = model.predictor.reader
        self.reads, self._is_run = self._reader.argument, isinstance(model, Run)
        self._writes = self._is_run and self._reader.writes
        most = _LONGEST if self.reads == "texts" else _LARGEST
        probes = model.folder.read_json("probes.json") if self._is_run else []
        probes = [probe for probe in probes if 0 < len(probe) <= most]
        self.examples = sorted(probes, key=lambda probe: len(probe) < _SHORTEST)[:_EXAMPLES]

    def described(self):
        """Returns what the page shows of the model and what it may ask."""
        manifest = self.model.manifest
        best, corpus = manifest.get("best") or {}, manifest.get("corpus") or {}
        return {
            "name": str(self.model.path),
            "task": self.task,
            "kind": "run" if self._is_run else "export",
            "reads": self.reads,
            "corpus": corpus.get("name", ""),
            "score": {best["name"]: best["value"]} if "value" in best else {},
            "examples": self.examples,
            "pins": self._is_run and "prefix" in self._reader.options,
            "writes": self._writes,
            "sampling": self.model.settings.sampling.model_dump() if self._writes else {},
        }

    def answer(self, text, prefix=None):
        """Returns the answer to an input, all that is known of it, and its explanation, None where there is none.

        For a run that writes on, see `write`, it is how the text is read, with the Choices of its `places`.
        """
        one, beginning = self._given(text), {"prefix": prefix} if prefix and self._is_run else {}
        if self._writes:
            answer, places = self.model.check(one), self.choices(text)
            return {**self._told(answer), "places": places, "table": None}
        (answer,) = self.model.predictor.answers([one], **self._best(), **beginning)
        found = {**self._told(answer), "table": None}
        if not self._reader.unexplained:
            table = self.model.explain(one, **beginning)
            found["table"] = json.loads(table.to_json()) | {
                "signed": table.signed,
                "weights": [[round(float(weight), 4) for weight in row] for row in table.weights],
            }
        return found

    def choices(self, text, prefix=None):
        """Returns the Choice of each place: the piece there, its probability, the likeliest in its place."""
        if not self._is_run or not (self._writes or "prefix" in self._reader.options):
            raise UsageError(f"'{self.model.path}' cannot be asked for other pieces; only runs that write can")
        found = self.model.predictor.choices(self._given(text), **({"prefix": prefix} if prefix else {}))
        return [asdict(choice) for choice in found]

    def write(self, text, **options):
        """Returns an iterator over the text that follows, in strings of a few pieces, as they are sampled.

        `options` are temperature, top_k and seed; those that are None are the run's.
        """
        if not self._writes:
            raise UsageError(f"'{self.model.path}' does not write on; only runs of a language model do")
        return self.model.sample(text, length=_WRITTEN, **options)

    def warm_up(self):
        """Answers an example, so that functions are compiled before the first visitor comes."""
        try:
            self.answer(self.examples[0] if self.examples else "a")
        except SeqtasksError:
            # Told again to whoever asks.
            return

    def _best(self):
        """Returns options for the number of answers; a search keeps its width, so its best is what is explained."""
        if "best" not in self._reader.options:
            return {}
        if "beam" not in self._reader.options:
            return {"best": _CLASSES}
        return {"best": min(_BEST, self.model.settings.search.beam)} if self._is_run else {}

    def _given(self, text):
        """Returns the input that JSON stands for; raises UsageError for one that the task does not take."""
        if self.reads == "images":
            try:
                text = base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                raise UsageError("the image is not in base64; choose a PNG, JPEG, GIF or BMP image") from None
            if fault := fault_of(text):
                raise UsageError(f"the image: {fault}")
        return self._reader.checked([text])[0]

    def _told(self, answer):
        return {**asdict(answer), "unread": answer.unread, "unexplained": self._reader.unexplained}
