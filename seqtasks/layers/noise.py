"""What is drawn at random in training: the same wherever a share of a batch is computed, and however often."""

import tensorflow as tf

from seqtasks.text import PAD

# More than the draws of a share, of a model of any depth.
_DRAWS = 1 << 16
# How often pieces may fall into halves; at low rates few would a fourth time.
_HALVINGS = 3


class Noise:
    """The random numbers of one share of one batch, a function of its seed, the batch, the share and the draw.

    Draws are counted as the graph is traced. There is no state, so nothing of it is saved, and shares can be computed
    in any order, by any worker.
    """

    def __init__(self, seed, batch, share, *, shares):
        """Takes the seed, the number of the batch in the training, and that of the share; int64 scalars or ints."""
        self._seed = tf.cast(seed, tf.int64)
        self._place = (tf.cast(batch, tf.int64) * shares + share) * _DRAWS
        self._draws = 0

    def uniform(self, shape, low=0.0, high=1.0, dtype=tf.float32):
        """Returns random numbers of a shape, low <= x < high."""
        return tf.random.stateless_uniform(shape, self._next(), low, high, dtype, alg="philox")

    def normal(self, shape, deviation, dtype=tf.float32):
        """Returns random numbers of a shape from N(0, deviation^2)."""
        return tf.random.stateless_normal(shape, self._next(), stddev=deviation, dtype=dtype, alg="philox")

    def drop(self, inputs, rate):
        """Returns inputs of which each entry is 0 with probability `rate` and divided by 1 - rate otherwise."""
        return tf.nn.experimental.stateless_dropout(inputs, rate, self._next(), rng_alg="philox")

    def drop_words(self, embedded, rate):
        """Returns embeddings (..., features) of which each vector is 0 with probability `rate`, and whole otherwise.

        It is drawn for each place, not each word (Gal and Ghahramani, 2016, section 4.2, drop a word wherever it is),
        and what is left is not scaled up: a word that is read looks as it does in answering.
        """
        drawn = self.uniform([*tf.unstack(tf.shape(embedded)[:-1]), 1])
        return tf.where(drawn >= rate, embedded, 0)

    def keep(self, state, rate):
        """Returns a dropout mask to multiply a state by at every step, or None for a rate of 0: nothing is drawn."""
        return self.drop(tf.ones_like(state), rate) if rate else None

    def _next(self):
        self._draws += 1
        return tf.stack([self._seed, self._place + self._draws])


def dropped(inputs, rate, noise):
    """Returns inputs after dropout (Srivastava et al., 2014), or as they are without `noise`, as in answering."""
    return inputs if noise is None or not rate else noise.drop(inputs, rate)


def words_dropped(embedded, rate, noise):
    """Returns embeddings after word dropout, see Noise.drop_words, or as they are without `noise`."""
    return embedded if noise is None or not rate else noise.drop_words(embedded, rate)


def halved(ids, halves, rate, noise):
    """Returns pieces of which some have fallen into two, and these again, or as they are without `noise`.

    It is the subword regularization of BPE dropout (Provilkov et al., 2020), whose merges are undone from the last one
    on, for any pieces whose halves are known, and made of ids.

    Args:
        ids: (batch, steps) int32, padded on the right.
        halves: (size, 2) int32, the halves of each piece, or the piece and PAD.
        rate: probability that a piece falls apart.
    """
    if noise is None or not rate:
        return ids
    # What is left whole once is left so.
    new = tf.ones_like(ids, tf.bool)
    for _ in range(_HALVINGS):
        apart = new & (noise.uniform(tf.shape(ids)) < rate)
        whole = tf.stack([ids, tf.fill(tf.shape(ids), PAD)], axis=-1)
        pairs = tf.where(apart[..., tf.newaxis], tf.gather(halves, ids), whole)
        pairs, apart = tf.reshape(pairs, tf.shape(ids) * [1, 2]), tf.repeat(apart, 2, axis=1)
        absent = tf.cast(pairs == PAD, tf.int32)
        order = tf.argsort(absent, axis=1, stable=True)
        longest = tf.maximum(1, tf.reduce_max(tf.reduce_sum(1 - absent, axis=1)))
        ids, new = (tf.gather(part, order, batch_dims=1)[:, :longest] for part in (pairs, apart))
    return ids
