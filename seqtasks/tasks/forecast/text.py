"""The text of the forecast task: the numbers of a step, what is known of it beforehand, and how lines are read."""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.errors import CorpusError, listing
from seqtasks.scores.forecasts import scale_of
from seqtasks.series.line import number_in
from seqtasks.series.numbers import Numbers, fit_numbers
from seqtasks.tasks.forecast.scorer import Scorer
from seqtasks.tasks.text import FittedText

# Maximum number of words of a column that is known beforehand.
_WORDS = 1000


class Text(FittedText):
    """Columns, their means and deviations in the train split, and the words of columns that are known beforehand.

    A step of a line has its fields in the order of `names`, between commas; a number that is missing is nan. Steps to
    come, of which only what is known beforehand stands there, may follow.

    Attributes:
        numbers: Numbers of the values to forecast and, behind them, of the inputs.
        future: columns known beforehand, {name: its words, or its Numbers}.
        count: number of values to forecast, the first channels of `numbers`.
        season: rows of a season.
        scales: (count,) denominators of MASE, see scores/forecasts.py.
        most: maximum number of steps of a line that are read, the last ones.
    """

    file = Scorer.file

    def __init__(self, numbers, future, *, count, season, scales, most):
        self.numbers, self.future, self.count, self.season, self.scales = numbers, future, count, season, list(scales)
        self.most = most

    @classmethod
    def fit(cls, corpus, settings):
        rows = corpus.split("train")
        refuse_short(rows, settings)
        names = (*rows.roles.values, *rows.roles.inputs)
        table = np.stack([rows.numbers(name) for name in names], axis=1)
        future = {name: _fitted(rows.words(name), name) for name in rows.roles.future}
        season, count = settings.search.season or rows.roles.season or 1, len(rows.roles.values)
        scales = scale_of(table[:, :count], season).tolist()
        return cls(
            fit_numbers(table, names), future, count=count, season=season, scales=scales, most=settings.text.max_length
        )

    @classmethod
    def load(cls, folder, settings):
        known = cls.read_known(folder)
        future = {
            name: Numbers((name,), *of["numbers"]) if "numbers" in of else tuple(of["words"])
            for name, of in known["future"].items()
        }
        return cls(
            Numbers.load(folder),
            future,
            count=len(known["values"]),
            season=known["season"],
            scales=known["scales"],
            most=settings.text.max_length,
        )

    def save(self, folder):
        self.numbers.save(folder)
        self.save_known(folder)

    @property
    def names(self):
        """The fields of a step, in order."""
        return (*self.numbers.channels, *self.future)

    @property
    def features(self):
        """Number of features of what is known of a step beforehand."""
        return sum(of.features if isinstance(of, Numbers) else len(of) for of in self.future.values())

    @property
    def fingerprint(self):
        return hashlib.sha256(json.dumps([self.numbers.fingerprint, self.most, self.known]).encode()).hexdigest()

    @property
    def description(self):
        values, inputs = self.numbers.channels[: self.count], self.numbers.channels[self.count :]
        told = f"{listing(values)} from {listing(self.numbers.channels)}" if inputs else listing(values)
        return f"{told}; known beforehand {listing(self.future)}" if self.future else told

    @property
    def known(self):
        return {
            "values": self.numbers.channels[: self.count],
            "inputs": self.numbers.channels[self.count :],
            "means": self.numbers.means[: self.count].tolist(),
            "deviations": self.numbers.deviations[: self.count].tolist(),
            "season": self.season,
            "scales": self.scales,
            "future": {
                name: {"numbers": [of.means.tolist(), of.deviations.tolist()]}
                if isinstance(of, Numbers)
                else {"words": list(of)}
                for name, of in self.future.items()
            },
        }

    @property
    def modules(self):
        return [self.numbers]

    def restored(self, vectors, quantiles=None):
        """Returns forecasts (..., values + values * shares) in the unit of the table, float64.

        Quantiles of a value ascend: where they cross, they are sorted (Chernozhukov, Fernández-Val and Galichon, 2010).

        Args:
            vectors: standardized (..., channels).
            quantiles: standardized (..., values, shares), if there are any.
        """
        restored = self.numbers.restore(vectors)[..., : self.count]
        if quantiles is None:
            return restored
        deviations, means = (part[: self.count, np.newaxis] for part in (self.numbers.deviations, self.numbers.means))
        ascending = tf.cast(tf.sort(quantiles, axis=-1), tf.float64) * deviations + means
        flat = tf.concat([tf.shape(restored)[:-1], [self.count * quantiles.shape[-1]]], axis=0)
        return tf.concat([restored, tf.reshape(ascending, flat)], axis=-1)

    def table(self, rows):
        """Returns TableRows as arrays.

        They are values and inputs (rows, channels) float64, NaN where they are missing, and what is known beforehand
        (rows, features) float32. Raises CorpusError for a column that is not there, or a cell of it that is no number.
        """
        try:
            found = np.stack([rows.numbers(name) for name in self.numbers.channels], axis=1)
            fields = [rows.words(name) for name in self.future]
        except KeyError as error:
            raise CorpusError(f"there is no column {error}, which this run reads") from None
        except ValueError as error:
            raise CorpusError(f"a column that this run reads has something that is no number: {error}") from None
        columns = [tf.constant(list(map(word_of, column)), tf.string) for column in fields]
        return found, self._known_beforehand(columns, len(rows))[0].numpy()

    def _known_beforehand(self, columns, count):
        """Encodes columns that are known beforehand, a list of strings (n,), where `count` is n.

        Returns:
            features (n, features) float32, 0 where a word is unknown or missing; and whether any is unknown (n,), bool.
        """
        parts, unknown = [tf.zeros([count, 0])], tf.fill([count], False)
        for of, fields in zip(self.future.values(), columns, strict=True):
            if isinstance(of, Numbers):
                values, wrong = of.parse(fields)
                parts.append(of.features_of(values))
            else:
                found = tf.equal(fields[:, tf.newaxis], tf.constant(of))
                parts.append(tf.cast(found, tf.float32))
                wrong = tf.logical_not(tf.reduce_any(found, axis=1) | tf.equal(fields, ""))
            unknown |= wrong
        return tf.concat(parts, axis=1), unknown

    def read(self, lines):
        """Reads lines (n,) of steps.

        Returns:
            values (n, steps, channels) float64, NaN where they are missing and at padding; what is known beforehand of
            each step (n, steps, features) float32; the number of past steps (n,) int32, those behind them being steps
            to come, in whose fields of numbers nothing stands; the steps (n, steps) as strings; and the facts.
        """
        steps = self.numbers.split(lines)
        pieces = tf.cast(steps.row_lengths(), tf.int32)
        steps = steps[:, -self.most :]
        values, future, there, wrong = self._fields(steps.values)
        place = tf.cast(tf.ragged.range(steps.row_lengths()).values + 1, tf.int32)
        past = tf.reduce_max(steps.with_values(tf.where(there, place, 0)), axis=1)
        unknown = tf.reduce_mean(steps.with_values(wrong), axis=1)
        facts = {
            "pieces": pieces,
            "cut": pieces > self.most,
            "unknown": tf.where(pieces > 0, unknown, 0.0),
        }
        return (
            steps.with_values(values).to_tensor(np.nan, shape=[None, None, self.numbers.size]),
            steps.with_values(future).to_tensor(0.0, shape=[None, None, self.features]),
            tf.where(pieces > 0, past, 0),
            steps.to_tensor(""),
            facts,
        )

    def _fields(self, steps):
        """Reads steps (n,).

        Returns:
            values (n, channels); what is known beforehand (n, features); whether anything stands in the fields of
            numbers (n,) bool, or there is another number of fields; and 1 for steps with something unknown (n,).
        """
        fields, channels = tf.strings.split(steps, ","), self.numbers.size
        fits = tf.equal(fields.row_lengths(), len(self.names))
        fields = tf.where(fits[:, tf.newaxis], fields.to_tensor("", shape=[None, len(self.names)]), "")
        values, wrong = self.numbers.parse(tf.strings.reduce_join(fields[:, :channels], axis=1, separator=","))
        future, unknown = self._known_beforehand(tf.unstack(fields[:, channels:], axis=1), tf.shape(steps)[0])
        there = tf.reduce_any(fields[:, :channels] != "", axis=1) | tf.logical_not(fits)
        return values, future, there, tf.cast(wrong | unknown | tf.logical_not(fits), tf.float32)


def refuse_short(rows, settings):
    """Raises CorpusError if TableRows are too few to train on."""
    training = settings.training
    least = training.batch_size * 2 + training.rollout
    if len(rows) < max(least, training.chunk + 1):
        raise CorpusError(
            f"the train split has {len(rows):,} rows, too few for {training.batch_size} parallel streams and chunks of "
            f"{training.chunk}; lower training.batch_size and training.chunk, or give more rows"
        )


def word_of(cell):
    """Returns a cell of a column that is known beforehand as it stands in a line, without blanks and commas."""
    return "_".join(cell.replace(",", " ").split())


def _fitted(cells, name):
    """Returns the words of a column that is known beforehand, or its Numbers."""
    if all(number_in(cell) is not None for cell in cells):
        return fit_numbers(np.array([[number_in(cell)] for cell in cells]), (name,))
    words = tuple(sorted({word_of(cell) for cell in cells} - {""}))
    if len(words) > _WORDS:
        raise CorpusError(
            f"{name} has {len(words):,} different words in train, more than {_WORDS:,}; leave it out of corpus.future"
        )
    return words
