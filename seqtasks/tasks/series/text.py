"""The text of the series task: channels with their means and deviations, and labels."""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.batches.sequences import Sequences
from seqtasks.errors import CorpusError
from seqtasks.series.numbers import Numbers, fit_numbers
from seqtasks.tasks.series.scorer import Scorer
from seqtasks.tasks.text import FittedText

# Series whose numbers are read in one go.
_TOGETHER = 500


class Text(FittedText):
    """Numbers of the channels, and the labels of the train split.

    Attributes:
        numbers: Numbers.
        labels: the labels in the order of their ids, a list of str.
        most: the maximum number of steps of a series that are read.
    """

    file = Scorer.file

    def __init__(self, numbers, labels, *, most):
        self.numbers, self.labels, self.most = numbers, labels, most

    @classmethod
    def fit(cls, corpus, settings):
        rows, output = corpus.split("train"), settings.model.output
        if output == "sequence" and any(len(row["labels"]) > 1 for row in rows):
            raise CorpusError(f"{corpus.name} has a label for each step; set model.output to steps")
        if output == "steps" and (several := [row for row in rows if len(row["labels"][0].split()) > 1]):
            raise CorpusError(
                f"{corpus.name} has the label '{several[0]['labels'][0]}', but that of a step is one word; set "
                "model.output to sequence"
            )
        count = rows[0]["series"].split(maxsplit=1)[0].count(",") + 1
        names = rows[0].get("channels") or [f"channel {number + 1}" for number in range(count)]
        text = cls(Numbers(names, np.zeros(count), np.ones(count)), [], most=settings.text.max_length)
        values = np.concatenate([values for values, _ in text._parsed(rows)])
        labels = sorted({label for row in rows for label in row["labels"]})
        return cls(fit_numbers(values, names), labels, most=settings.text.max_length)

    @classmethod
    def load(cls, folder, settings):
        labels = [str(label) for label in cls.read_known(folder)["labels"]]
        return cls(Numbers.load(folder), labels, most=settings.text.max_length)

    def save(self, folder):
        self.numbers.save(folder)
        self.save_known(folder)

    @property
    def fingerprint(self):
        known = json.dumps([self.numbers.fingerprint, self.most, self.labels])
        return hashlib.sha256(known.encode()).hexdigest()

    @property
    def description(self):
        channels = f"{self.numbers.size:,} channel{'s' if self.numbers.size > 1 else ''}"
        return f"{channels}, {len(self.labels)} labels"

    @property
    def known(self):
        return {"labels": self.labels}

    @property
    def modules(self):
        return [self.numbers]

    def counters(self):
        return (lambda lines: [len(line.split()) for line in lines],)

    def encode(self, rows):
        """Returns the standardized values of rows, NaN where they are missing, as Sequences of (steps, channels)."""
        parts = [(self.numbers.standardize(values).numpy(), lengths) for values, lengths in self._parsed(rows)]
        values, lengths = zip(*parts, strict=True)
        return Sequences(np.concatenate(values), np.cumsum(np.concatenate(lengths), dtype=np.int64))

    def _parsed(self, rows):
        """Yields the values (steps, channels) of some rows, at most `most` of each, and the lengths (rows,)."""
        for first in range(0, max(1, len(rows)), _TOGETHER):
            lines = [row["series"] for row in rows[first : first + _TOGETHER]]
            steps = self.numbers.split(tf.constant(lines, tf.string))[:, : self.most]
            yield self.numbers.parse(steps.values)[0].numpy(), steps.row_lengths().numpy()

    def labels_of(self, row):
        """Returns the ids of the labels of a row's steps that are read."""
        ids = [self.labels.index(label) for label in row["labels"][: self.most]]
        steps = min(self.most, len(row["series"].split()))
        return ids if len(row["labels"]) > 1 else ids * steps
