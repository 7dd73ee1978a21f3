"""Paths of tags: which transitions are legal, and the best path by Viterbi decoding.

A path is scored by its potentials, one a step, and by its transitions: y_0 ... y_n with the outside, as if it were a
last tag, before and after. `scores` (tags + 1, tags + 1) holds all transitions: [i, j] from tag i to tag j, the last
row from the outside to the first tag, the last column from the last tag to the outside; the corner is never read.

Loops go over arrays (..., tags, batch): sums and maxima over tags then run along whole rows of memory.
"""

import numpy as np
import tensorflow as tf

from seqtasks.layers.recurrent.loop import arrays, back, onwards, unstack
from seqtasks.text.tags import OUTSIDE, may_follow

ILLEGAL = -1e9


def legal_transitions(tags, scheme="iob2"):
    """Returns (tags + 1, tags + 1) bool, [i, j] true if tag j may follow tag i in a scheme of tags.py; outside last."""
    tags = [*tags, OUTSIDE]
    return np.array([[may_follow(before, tag, scheme) for tag in tags] for before in tags])


def hold(scores, legal):
    """Returns scores, a scalar or (tags + 1, tags + 1), with -1e9 and no gradient for illegal transitions."""
    return tf.where(legal, scores, ILLEGAL)


def constrained(logits, mask, legal):
    """Finds the best legal path of a softmax at each step: Viterbi decoding where all legal transitions score 0.

    Args:
        logits: (batch, steps, tags).
        mask: (batch, steps) bool.
        legal: from `legal_transitions`.

    Returns:
        (batch, steps) int32, 0 at padding, and the log probability of each path (batch,).
    """
    return viterbi(tf.nn.log_softmax(logits), mask, hold(tf.zeros([], logits.dtype), legal))


def viterbi(potentials, mask, scores):
    """Finds the path of the highest score (Viterbi, 1967).

    Back pointers are not kept: the tag before is looked up once the tag after is known.

    Masking: potentials at padding are never read. Right padding, at least one real step a row.

    Args:
        potentials: (batch, steps, tags).
        mask: (batch, steps) bool.
        scores: (tags + 1, tags + 1).

    Returns:
        (batch, steps) int32, 0 at padding, and the scores of the paths (batch,).
    """
    potentials, ends, start, transitions, end = time_major(potentials, mask, scores)
    steps, inputs = tf.shape(potentials)[0], unstack(potentials)

    def onward(t, best, found):
        best = tf.reduce_max(best[:, tf.newaxis] + transitions, axis=0) + inputs.read(t)
        return t + 1, best, found.write(t, best)

    best = inputs.read(0) + start
    found = arrays([potentials.shape[1:]], steps, potentials.dtype)[0].write(0, best)
    _, _, best = onwards(steps, onward, (best, found), first=1)

    def backward(t, tag, found):
        coming = tf.where(tf.equal(ends, t), end, tf.gather(transitions[..., 0], tag, axis=1))
        tag = tf.argmax(best.read(t) + coming, axis=0, output_type=tf.int32)
        return t - 1, tag, found.write(t, tag)

    _, _, path = back(steps, backward, (tf.zeros_like(ends), *arrays([[None]], steps, tf.int32)))
    path = tf.where(mask, tf.transpose(path.stack()), 0)
    return path, tf.reduce_max(at(ends, best.stack()) + end, axis=0)


def time_major(potentials, mask, scores):
    """Returns the potentials and scores of paths in the form that the loops read.

    Returns:
        potentials (steps, tags, batch), 0 at padding; the last real step of each row (batch,) int32; and the scores of
        the first tag (tags, 1), of transitions (before, after, 1) and of the last tag (tags, 1).
    """
    potentials = tf.transpose(tf.where(mask[..., tf.newaxis], potentials, 0), [1, 2, 0])
    ends = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1) - 1
    return potentials, ends, scores[-1, :-1, tf.newaxis], scores[:-1, :-1, tf.newaxis], scores[:-1, -1:]


def at(ends, values):
    """Returns the values at each row's last real step, (tags, batch), from values (steps, tags, batch)."""
    places = tf.stack([ends, tf.range(tf.size(ends))], axis=1)
    return tf.transpose(tf.gather_nd(tf.transpose(values, [0, 2, 1]), places))
