"""A linear-chain conditional random field over tags.

Potentials, scores of transitions, the outside as a tag, and the order of axes are as in viterbi.py.
"""

import keras
import tensorflow as tf

from seqtasks.layers.ensemble import mean
from seqtasks.layers.recurrent.loop import arrays, back, onwards, unstack, write
from seqtasks.layers.tagging.viterbi import at, hold, time_major, viterbi


class CRF(keras.layers.Layer):
    """Linear-chain conditional random field (Lafferty et al., 2001; for tagging Lample et al., 2016, section 2.2).

    p(y | x) = exp(s(x, y)) / sum over y' of exp(s(x, y')), where s adds up the potentials P[t, y_t] and the scores of
    the transitions, learned from 0: a CRF starts as a softmax at each step. Methods take potentials (batch, steps,
    tags) and the mask (batch, steps) bool.

    Masking: potentials at padding are never read; results there are 0. Right padding, at least one real step a row.
    """

    def __init__(self, tags, *, legal=None, **kwargs):
        """Takes the number of tags and the legal transitions, from `legal_transitions`; None allows all."""
        super().__init__(**kwargs)
        self.tags, self.legal = tags, legal

    def build(self, potentials_shape=None):
        size = self.tags + 1
        self.transitions = self.add_weight(name="transitions", shape=(size, size), initializer="zeros")
        self.built = True

    @property
    def scores(self):
        """The scores of transitions (tags + 1, tags + 1), -1e9 for illegal ones."""
        scores = tf.convert_to_tensor(self.transitions)
        return scores if self.legal is None else hold(scores, self.legal)

    def call(self, potentials, mask):
        """Returns the best paths (batch, steps) int32 and their scores s(x, y) (batch,)."""
        return viterbi(potentials, mask, self.scores)

    def log_likelihood(self, potentials, mask, wanted):
        """Returns log p of the wanted tags (batch, steps) int32, summed over the rows."""
        return log_likelihood(potentials, mask, wanted, self.scores)

    def marginals(self, potentials, mask):
        """Returns p(y_t = tag | x) (batch, steps, tags)."""
        return marginals(potentials, mask, self.scores)


class MeanCRF(CRF):
    """A CRF without weights of its own: its scores of transitions are the mean of those of other CRFs."""

    def __init__(self, others, **kwargs):
        """Takes CRFs of the same tags and legal transitions."""
        super().__init__(others[0].tags, legal=others[0].legal, **kwargs)
        self.others, self.built = others, True

    @property
    def scores(self):
        return mean([other.scores for other in self.others])


def log_likelihood(potentials, mask, wanted, scores, *, differentiable=True):
    """Log probability of the wanted paths, with its gradient written out: observed minus expected counts.

    Args:
        potentials: (batch, steps, tags).
        mask: (batch, steps) bool.
        wanted: (batch, steps) int32. An illegal transition among them costs 1e9, but leaves the gradients finite.
        scores: (tags + 1, tags + 1).
        differentiable: False leaves the gradient to TensorFlow, as a SavedModel cannot store ours.

    Returns:
        a scalar, the sum over the rows.
    """
    tags, dtype = potentials.shape[-1], potentials.dtype
    observed = tf.one_hot(tf.where(mask, wanted, -1), tags, dtype=dtype)
    path = tf.pad(tf.where(mask, wanted, tags), [[0, 0], [1, 1]], constant_values=tags)
    pairs = tf.stack([path[:, :-1], path[:, 1:]], axis=2)  # (batch, steps + 1, 2)
    paired = tf.cast(tf.pad(mask, [[0, 0], [1, 0]], constant_values=True), dtype)

    def run(potentials, scores):
        whole, last, before = _filter(potentials, mask, scores)
        score = tf.reduce_sum(observed * potentials, axis=[1, 2])
        score += tf.reduce_sum(paired * tf.gather_nd(scores, pairs), axis=1)

        def backward(gradient):
            each = _smooth(mask, last, before)
            inner = tf.reduce_sum(before * each[:, tf.newaxis], axis=[0, 3])
            start, end = (tf.reduce_sum(part, axis=1, keepdims=True) for part in (each[0], last))
            expected = tf.concat([inner, tf.transpose(start)], axis=0)
            expected = tf.concat([expected, tf.pad(end, [[0, 1], [0, 0]])], axis=1)
            counts = tf.scatter_nd(pairs, paired, tf.shape(scores))
            return gradient * (observed - tf.transpose(each, [2, 0, 1])), gradient * (counts - expected)

        return tf.reduce_sum(score - whole), backward

    given = tf.where(mask[..., tf.newaxis], potentials, 0), scores
    return tf.custom_gradient(run)(*given) if differentiable else run(*given)[0]


def marginals(potentials, mask, scores):
    """Returns p(y_t = tag | x) (batch, steps, tags), 0 at padding; arguments are those of `log_likelihood`."""
    _, last, before = _filter(potentials, mask, scores)
    return tf.transpose(_smooth(mask, last, before), [2, 0, 1])


def _filter(potentials, mask, scores):
    """Sums over all paths from the first step on, as logarithms (the forward algorithm; Rabiner, 1989, III.A).

    Returns:
        the log of the sum over whole paths (batch,); the probabilities of the last tag (tags, batch); and those of the
        tag before, given the tag after and nothing that comes later, (steps, before, after, batch), 0 at step 0.
    """
    potentials, ends, start, transitions, end = time_major(potentials, mask, scores)
    steps, inputs, tags = tf.shape(potentials)[0], unstack(potentials), potentials.shape[1]

    def body(t, sums, found):
        both = sums[:, tf.newaxis] + transitions  # (before, after, batch)
        highest = tf.reduce_max(both, axis=0)
        shares = tf.exp(both - highest)
        total = tf.reduce_sum(shares, axis=0)
        sums = tf.math.log(total) + highest + inputs.read(t)
        return t + 1, sums, write(t, found, [sums, shares / total])

    first = inputs.read(0) + start
    found = arrays([[tags, None], [tags, tags, None]], steps, potentials.dtype)
    found = write(0, found, [first, tf.zeros_like(first[:, tf.newaxis] + transitions)])
    _, _, (sums, before) = onwards(steps, body, (first, found), first=1)
    sums = at(ends, sums.stack()) + end
    return tf.reduce_logsumexp(sums, axis=0), tf.nn.softmax(sums, axis=0), before.stack()


def _smooth(mask, last, before):
    """Returns the marginals (steps, tags, batch), 0 at padding, step by step from the last, from those of `_filter`."""
    steps, ends, before = tf.shape(before)[0], tf.reduce_sum(tf.cast(mask, tf.int32), axis=1) - 1, unstack(before)

    def body(t, each, found):
        each = tf.where(tf.equal(ends, t), last, each)
        return t - 1, tf.reduce_sum(before.read(t) * each, axis=1), found.write(t, each)

    _, _, found = back(steps, body, (tf.zeros_like(last), *arrays([last.shape], steps, last.dtype)))
    return found.stack()
