"""A linear classifier of texts by the n-grams that they have, looked up in a table by their hash."""

import keras
import numpy as np
import tensorflow as tf

from seqtasks.layers.counting.naive_bayes import fit
from seqtasks.layers.counting.presence import Presence
from seqtasks.text import EOS, PAD

# Rows of the table.
BUCKETS = 1 << 19
# A prime below 2 ** 31 and a factor below it, so that no product exceeds 63 bits. Padding has the prime as its key.
_PRIME, _FACTOR = (1 << 31) - 1, 1_103_515_245
# N-grams that the table is fitted on, each counted once in a text.
_MOST = 30_000_000
# Texts whose n-grams are found at once.
_AT_ONCE = 256


class NGrams(keras.layers.Layer):
    """Adds up, for each class, a weight of every n-gram that a text has, however often it has it.

    The n-grams are those of the ids, up to a longest one; the end mark is an id like any other. The weights are of
    naive Bayes, corrected by gradient descent (see naive_bayes.py); they are not trained, but zeros until `fit` is
    called or a run is loaded.

    An n-gram has a key, its hash of 31 bits, and its row of the table is the key modulo 2 ** 19 (the hashing trick of
    Weinberger et al., 2009). There the row belongs to the n-gram that most texts of train have; others, those that
    train has not among them, have the weight 0.

    Masking: an n-gram with padding in it has no weight.
    """

    def __init__(self, longest, classes, **kwargs):
        """Takes the length of the longest n-grams and the number of classes."""
        super().__init__(**kwargs)
        self.longest, self.classes = longest, classes

    def build(self, ids_shape=None):
        def fixed(name, *shape, **options):
            return self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False, **options)

        self.keys = fixed("keys", BUCKETS, dtype="int32")
        self.table = fixed("table", BUCKETS, self.classes)
        self.built = True

    def call(self, ids):
        """Returns what each step adds to the logits, (batch, steps, classes), 0 at padding, of ids (batch, steps).

        The weight of an n-gram is shared evenly by the steps that it covers, wherever the text has it.
        """
        keys = self.keys_of(ids)
        buckets = keys % BUCKETS
        known = tf.cast(tf.gather(tf.convert_to_tensor(self.keys), buckets), tf.int64) == keys
        rows = tf.range(tf.shape(ids, tf.int64)[0])[:, tf.newaxis, tf.newaxis]
        # Equal only for the same n-gram of the same text.
        _, places, counts = tf.unique_with_counts(tf.reshape(rows * (_PRIME + 1) + keys, [-1]))
        counts = tf.cast(tf.reshape(tf.gather(counts, places), tf.shape(keys)), self.compute_dtype)
        weights = tf.gather(tf.convert_to_tensor(self.table), buckets) / counts[..., tf.newaxis]
        weights = tf.unstack(tf.where(known[..., tf.newaxis], weights, 0), num=self.longest, axis=1)
        return tf.add_n(
            [_later(found / length, steps) for length, found in enumerate(weights, start=1) for steps in range(length)]
        )

    def keys_of(self, ids):
        """Returns the keys (batch, longest, steps) int64 of the n-grams of each length that begin at each step."""
        ids = tf.cast(ids, tf.int64)
        keys, found = tf.zeros_like(ids), []
        for length in range(self.longest):
            last = tf.pad(ids[:, length:], [[0, 0], [0, tf.minimum(length, tf.shape(ids)[1])]])
            keys = (keys + last + 1) * _FACTOR % _PRIME
            found.append(tf.where(last == PAD, tf.constant(_PRIME, tf.int64), keys))
        return tf.stack(found, axis=1)

    def fit(self, texts, classes, weights):
        """Fits the table to texts, Sequences of ids that end with EOS, and the numbers (n,) of their classes.

        Each text counts with the weight of its class, from weights (classes,). Where there are more than 30 million
        n-grams, texts that are evenly spaced are looked at.
        """
        lengths = texts.lengths
        chosen = np.arange(0, len(lengths), max(1, -(-int(lengths.sum()) * self.longest // _MOST)))
        parts = [texts.padded(chosen[i : i + _AT_ONCE]) for i in range(0, len(chosen), _AT_ONCE)]
        found = Presence.of_parts((self._flat(part) for part in parts), none=_PRIME)
        end = self._flat(np.array([[EOS]]))[0, 0]
        present = found.only(_owners(found, end))
        rows = present.names % BUCKETS
        weighed, bias = fit(present, np.asarray(classes)[chosen], np.asarray(weights, np.float64))
        keys, table = np.zeros(BUCKETS, np.int32), np.zeros((BUCKETS, self.classes), self.compute_dtype)
        keys[rows], table[rows] = present.names, weighed
        # As every text has the end mark.
        table[end % BUCKETS] += bias
        self.keys.assign(keys)
        self.table.assign(table)

    def _flat(self, ids):
        return self.keys_of(ids).numpy().reshape(len(ids), -1)


def _owners(found, end):
    """Returns which n-grams (size,) of a Presence own their rows of the table, the one with the key `end` for sure."""
    buckets, texts = found.names % BUCKETS, np.bincount(found.columns, minlength=len(found.names))
    order = np.lexsort([found.names != end, -texts, buckets])
    owners = np.zeros(len(order), bool)
    owners[order[np.diff(buckets[order], prepend=-1) > 0]] = True
    return owners


def _later(weights, steps):
    """Returns weights (batch, steps, classes) moved to a later step; what is moved beyond the last one is 0."""
    return tf.pad(weights, [[0, 0], [steps, 0], [0, 0]])[:, : tf.shape(weights)[1]]
