"""What the page may ask of a model: see Player."""

import base64
import binascii
import json
import math
from dataclasses import asdict
from functools import cached_property

from seqtasks.api import Run
from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.images.image import fault_of
from seqtasks.laboratory.units import Units

# Numbers of answers of a search, of classes, of examples; the least characters of a good example, the most of one that
# is a text, and of one that is an image in base64; the number of pieces that are written on.
_BEST, _CLASSES, _EXAMPLES, _SHORTEST, _LONGEST, _LARGEST, _WRITTEN = 5, 50, 5, 12, 120, 200_000, 200


class Player:
    """A run or an exported model, as the page sees it; all that it takes and returns are JSON values.

    An input is a text, or the bytes of an image in base64.

    Attributes:
        model: the seqtasks.Run or Exported.
        name: its path.
        task: the name of its task.
        reads: "texts" or "images".
        writes: whether it is a run that writes on, see `write`.
        searches: whether it is a run that answers by a search, see `tree`.
        probes: the inputs of the dev split that a run keeps, none for an export.
        examples: a few of them.
    """

    def __init__(self, model):
        """Takes a model."""
        self.model, self.name, self.task = model, str(model.path), model.manifest["task"]
        self._reader = model.predictor.reader
        # A series is a text, too: its line.
        self.reads = "images" if self._reader.argument == "images" else "texts"
        self._is_run = isinstance(model, Run)
        self.writes = self._is_run and self._reader.writes
        self.searches = self._is_run and "beam" in self._reader.options
        self.probes = model.folder.read_json("probes.json") if self._is_run else []
        fitting = filter(self.fits, self.probes)
        self.examples = sorted(fitting, key=lambda probe: len(probe) < _SHORTEST)[:_EXAMPLES]

    def described(self):
        """Returns what the page shows of the model and what it may ask."""
        manifest = self.model.manifest
        best, corpus = manifest.get("best") or {}, manifest.get("corpus") or {}
        return {
            "name": self.name,
            "task": self.task,
            "kind": "run" if self._is_run else "export",
            "reads": self.reads,
            "corpus": corpus.get("name", ""),
            "fingerprint": corpus.get("fingerprint", "") if self._is_run else "",
            "score": {best["name"]: best["value"]} if "value" in best else {},
            "examples": self.examples,
            "pins": self._is_run and "prefix" in self._reader.options,
            "searches": self.searches,
            "units": self.units,
            "writes": self.writes,
            "sampling": self.model.settings.sampling.model_dump() if self.writes else {},
        }

    def answer(self, text, prefix=None):
        """Returns the answer to an input, all that is known of it, and its explanation, None where there is none.

        For a run that writes on, see `write`, it is how the text is read, with the Choices of its `places`.
        """
        one, beginning = self._given(text), self._beginning(prefix)
        if self.writes:
            answer, places = self.model.check(one), self.choices(text)
            return {**self._told(answer), "places": places, "table": None}
        predictor, options = self.model.predictor, {**self._best(), **beginning}
        if self._reader.unexplained:
            (answer,) = predictor.answers([one], **options)
            return {**self._told(answer), "table": None}
        if self.searches:
            answer, table = predictor.explained(one, **options)
        else:
            (answer,), table = predictor.answers([one], **options), self.model.explain(one)
        weights = [[round(float(weight), 4) for weight in row] for row in table.weights]
        return {
            **self._told(answer),
            "table": json.loads(table.to_json()) | {"signed": table.signed, "weights": weights},
        }

    def choices(self, text, prefix=None):
        """Returns the Choice of each place: the piece there, its probability, the likeliest in its place."""
        if not self._is_run or not (self.writes or "prefix" in self._reader.options):
            raise UsageError(f"'{self.name}' cannot be asked for other pieces; only runs that write can")
        found = self.model.predictor.choices(self._given(text), **self._beginning(prefix))
        return [asdict(choice) for choice in found]

    def tree(self, text, prefix=None):
        """Returns the Nodes of the search for the answer; see `Predictor.tree`."""
        if not self.searches:
            raise UsageError(f"'{self.name}' keeps no tree; only runs that search do")
        options = {**self._best(), **self._beginning(prefix)}
        return [asdict(node) for node in self.model.predictor.tree(self._given(text), **options)]

    def unit(self, text, layer, unit):
        """Returns the pieces of a text and the activation of a unit after each, in [-1, 1]; see `Units`."""
        pieces, values = self._units.follow(self._given(text), layer, unit)
        return {"pieces": pieces, "values": [round(value, 4) for value in values]}

    def write(self, text, clamp=None, **options):
        """Returns an iterator over the text that follows, in strings of a few pieces, as they are sampled.

        `options` are temperature, top_k and seed; those that are None are the run's. `clamp` holds a unit at a value,
        {"layer", "unit", "value"}.
        """
        if not self.writes:
            raise UsageError(f"'{self.name}' does not write on; only runs of a language model do")
        held = () if clamp is None else self._units.held(**clamp)
        given = {name: value for name, value in options.items() if value is not None}
        return self.model.task.write(self._given(text), length=_WRITTEN, held=held, **given)

    @cached_property
    def _units(self):
        folder = self.folder("looking at units")
        folder.must_write("looking at units")
        folder.must_be_single("looking at units")
        folder.must_recur("looking at units")
        return Units(self.model.task)

    @property
    def units(self):
        """{"layers", "units"} of a run whose units can be looked at, None otherwise."""
        if not self.writes or self.model.folder.members or self.model.settings.model.encoder != "recurrent":
            return None
        return self.model.settings.model.model_dump(include={"layers", "units"})

    def folder(self, what):
        """Returns the RunFolder; raises UsageError for an export, which has none. `what` names the action, for it."""
        if not self._is_run:
            raise UsageError(f"{what} needs runs, but '{self.name}' is an exported model")
        return self.model.folder

    def fits(self, probe):
        """Tells whether an input as a run keeps it is neither blank nor too large to be an example."""
        return 0 < len(probe) <= (_LONGEST if self._reader.argument == "texts" else _LARGEST)

    def lines(self, probes):
        """Answers inputs as a run keeps them, all at once.

        Returns what can be compared with that of another run: lines as they are scored, or log p of each text if the
        run writes on.
        """
        inputs = [self._reader.from_probe(probe) for probe in probes]
        if self.writes:
            shares = [[place.probability for place in self.model.predictor.choices(one)] for one in inputs]
            # The last place is free.
            return [sum(math.log(max(share, 1e-30)) for share in places[:-1]) for places in shares]
        scorer = self.model.task.scorer
        return [scorer.line(answer) for answer in self.model.predictor.answers(inputs)]

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

    def _beginning(self, prefix):
        """Returns the option of answers that begin with a prefix; raises UsageError for a model without it."""
        if prefix and not (self._is_run and "prefix" in self._reader.options):
            raise UsageError(f"'{self.name}' has no answers that begin with a prefix; leave it out")
        return {"prefix": prefix} if prefix else {}

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
