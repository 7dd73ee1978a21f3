"""Lines <-> vectors, as TensorFlow operations: numbers are read, and standardized channel by channel.

The same operations run in training, in predict and inside the exported model. See line.py for the form of a line.
"""

import hashlib
import json
import logging

import numpy as np
import tensorflow as tf

from seqtasks.errors import CorpusError, listing
from seqtasks.series.line import BLANKS, MISSING, NUMBER

_log = logging.getLogger("seqtasks")
# Maximum of a standardized value, of either sign, so that no product of it is infinite.
_MOST = 1e3


class Numbers(tf.Module):
    """The channels of series with their means and deviations in the train split.

    Attributes:
        channels: their names, a tuple of str.
        means, deviations: (channels,) float64; the deviation of a constant channel is 0, and it is always read as 0.
        fingerprint: sha256 of everything that determines the vectors of a line.
    """

    def __init__(self, channels, means, deviations):
        super().__init__(name="numbers")
        self.channels = tuple(channels)
        self.means, self.deviations = (np.asarray(part, np.float64) for part in (means, deviations))
        known = json.dumps([self.channels, self.means.tolist(), self.deviations.tolist(), NUMBER, MISSING, _MOST])
        self.fingerprint = hashlib.sha256(known.encode()).hexdigest()

    @property
    def size(self):
        """Number of channels."""
        return len(self.channels)

    @property
    def features(self):
        """Number of features of a step in `features_of`."""
        return 2 * self.size

    @staticmethod
    def split(strings):
        """Returns the steps of strings (n,), ragged (n, None)."""
        return tf.strings.split(tf.strings.regex_replace(strings, BLANKS, " "))

    def parse(self, steps):
        """Reads the numbers of steps (...) of strings.

        Returns:
            values (..., channels) float64, NaN where they are missing; and whether the step is unknown (...), bool: has
            another number of channels, all of which are then missing, or something that is no finite number.
        """
        fields = tf.strings.split(tf.reshape(steps, [-1]), ",")
        fits = tf.equal(fields.row_lengths(), self.size)
        fields = fields.to_tensor("", shape=[None, self.size])
        is_number = tf.strings.regex_full_match(fields, NUMBER)
        values = tf.strings.to_number(tf.where(is_number, fields, "0"), tf.float64)
        is_number &= tf.math.is_finite(values)
        wrong = tf.logical_not(is_number | tf.strings.regex_full_match(fields, MISSING))
        values = tf.where(is_number & fits[:, tf.newaxis], values, np.nan)
        unknown = tf.reduce_any(wrong, axis=1) | tf.logical_not(fits)
        shape = tf.shape(steps)
        return tf.reshape(values, tf.concat([shape, [self.size]], axis=0)), tf.reshape(unknown, shape)

    def standardize(self, values):
        """Returns values (..., channels) of any float type less the mean, over the deviation; float32, NaN stays.

        What is more than a thousand deviations from the mean is read as that.
        """
        apart = tf.cast(values, tf.float64) - self.means
        scaled = apart * np.divide(1, self.deviations, out=np.zeros(self.size), where=self.deviations > 0)
        return tf.cast(tf.clip_by_value(scaled, -_MOST, _MOST), tf.float32)

    def restore(self, standardized):
        """Returns values (..., channels) float64 from those that `standardize` returns."""
        return tf.cast(standardized, tf.float64) * self.deviations + self.means

    def features_of(self, values):
        """Returns what a model reads of values (..., channels), NaN where they are missing.

        It is (..., 2 * channels) float32: the standardized values, 0 where they are missing, and behind them 1 for each
        that is missing and 0 for the others. So a missing value is not the same as one that is the mean.
        """
        scaled = self.standardize(values)
        missing = tf.math.is_nan(scaled)
        return tf.concat([tf.where(missing, 0.0, scaled), tf.cast(missing, tf.float32)], axis=-1)

    def encode(self, strings, most=None):
        """Returns the features of strings (n,), at most the first `most` steps of each, ragged (n, None, features)."""
        steps = self.split(strings)[:, :most]
        values, _ = self.parse(steps.values)
        return steps.with_values(self.features_of(values))

    def read(self, strings, most=None):
        """Reads strings (n,) as the inputs of a model, at most the first `most` steps of each.

        Returns:
            features (n, steps, features) float32, 0 at padding; the lengths (n,) int32, of which a blank string has 1,
            a step whose values are all missing; and facts about each: `pieces`, its steps, int32; whether it is `cut`;
            and the share of `unknown` steps among those that are read.
        """
        steps = self.split(strings)
        pieces = tf.cast(steps.row_lengths(), tf.int32)
        steps = steps if most is None else steps[:, :most]
        values, unknown = self.parse(steps.values)
        share = tf.reduce_mean(steps.with_values(tf.cast(unknown, tf.float32)), axis=1)
        facts = {
            "pieces": pieces,
            "cut": tf.zeros_like(pieces, tf.bool) if most is None else pieces > most,
            "unknown": tf.where(pieces > 0, share, 0.0),
        }
        features, lengths = self.padded(steps.with_values(self.features_of(values)))
        return features, lengths, facts

    def padded(self, features):
        """Returns ragged features (n, None, features) as (n, steps, features), 0 at padding, and lengths (n,) int32.

        A row without a step gets one whose values are all missing.
        """
        lengths = tf.cast(features.row_lengths(), tf.int32)
        dense = features.to_tensor(0.0, shape=[None, None, self.features])
        dense = tf.pad(dense, [[0, 0], [0, tf.cast(tf.equal(tf.shape(dense)[1], 0), tf.int32)], [0, 0]])
        absent = tf.constant([0.0] * self.size + [1.0] * self.size)
        first = tf.equal(tf.range(tf.shape(dense)[1]), 0)
        dense = tf.where((tf.equal(lengths, 0)[:, tf.newaxis] & first)[..., tf.newaxis], absent, dense)
        return dense, tf.maximum(lengths, 1)

    @staticmethod
    def written(values):
        """Returns values (..., channels) of any float type as steps (...), strings, of seven digits."""
        digits = tf.strings.as_string(values, precision=7, shortest=True)
        return tf.strings.reduce_join(digits, axis=-1, separator=",")

    def save(self, folder):
        """Writes it into an existing `folder` (a pathlib.Path)."""
        known = {
            "channels": self.channels,
            "means": self.means.tolist(),
            "deviations": self.deviations.tolist(),
        }
        (folder / "numbers.json").write_text(json.dumps(known, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder):
        """Reads what `save` wrote; raises ValueError if it is something else."""
        known = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
        numbers = cls(*(known[name] for name in ("channels", "means", "deviations")))
        shapes = {numbers.means.shape, numbers.deviations.shape}
        if shapes != {(numbers.size,)} or not np.isfinite([numbers.means, numbers.deviations]).all():
            raise ValueError("numbers.json must have a mean and a deviation of each channel")
        return numbers


def fit_numbers(values, channels):
    """Learns the means and deviations of channels, where they are not missing; warns of constant channels.

    Args:
        values: (steps, channels) floats, the steps of all series of the train split, NaN where they are missing.
        channels: the names of the channels.

    Returns:
        Numbers. Raises CorpusError if a channel has no values.
    """
    values = np.asarray(values, np.float64)
    there = np.isfinite(values)
    if empty := [name for name, found in zip(channels, there.any(axis=0), strict=True) if not found]:
        raise CorpusError(f"the train split has no value in {_named(empty)}; leave it out or fill it in")
    means = np.mean(values, axis=0, where=there)
    deviations = np.std(values, axis=0, where=there)
    # A sum of many equal numbers is off by its last digits.
    deviations[deviations <= 1e-12 * np.abs(means)] = 0
    if constant := [name for name, found in zip(channels, deviations, strict=True) if found == 0]:
        _log.warning("%s: always the same value in the train split, so it tells nothing", _named(constant))
    return Numbers(channels, means, deviations)


def _named(channels):
    return f"channel{'s' if len(channels) > 1 else ''} {listing(channels)}"
