"""Beam search inside the graph; one beam is greedy search. It knows a step function, not a model."""

from typing import NamedTuple

import tensorflow as tf

from seqtasks.text import BOS, EOS, PAD

_IMPOSSIBLE = -1e9


class Hypotheses(NamedTuple):
    """What a search found, best first; `length` counts the end mark, steps behind it hold PAD and no attention."""

    ids: tf.Tensor  # (batch, beam, steps) int32
    lengths: tf.Tensor  # (batch, beam) int32
    scores: tf.Tensor  # (batch, beam) float32: log p / length ** length_penalty
    attention: tf.Tensor  # (batch, beam, steps, source steps) float32


def beam_search(step, state, *, limits, beam, best=1, length_penalty=1.0):
    """Searches the sequences of highest score, log p divided by length ** length_penalty.

    Hypotheses that have ended are frozen: they keep their score and their place among the beams until a better one
    pushes them out. A sentence is done when its `best` leading hypotheses have ended and no other can still overtake
    them. So what is found for a sentence does not depend on its batch.

    Args:
        step: (ids (n,) int32, state) -> log-probabilities (n, vocabulary), state, attention (n, source steps), for
            n = batch * beam hypotheses, those of a sentence side by side.
        state: list of tensors with batch * beam rows.
        limits: (batch,) int32, pieces in an answer at most, end mark included; the end is forced there.
        beam: hypotheses kept for a sentence.
        best: how many of them are wanted.
        length_penalty: 0 ranks by log p alone.

    Returns:
        Hypotheses with `beam` rows a sentence, of which the first `best` are final.
    """
    batch, longest = tf.shape(limits)[0], tf.reduce_max(limits)
    lane = tf.range(beam)[tf.newaxis]
    arrays = [
        tf.TensorArray(dtype, longest, element_shape=shape)
        for dtype, shape in ((tf.int32, [None, beam]), (tf.int32, [None, beam]), (tf.float32, [None, None]))
    ]

    def penalty(length):
        return tf.cast(length, tf.float32) ** length_penalty

    def unfinished(t, last, logp, lengths, ended, state, arrays):
        ranked = tf.sort(tf.where(ended, logp / penalty(lengths), _IMPOSSIBLE), direction="DESCENDING")
        reachable = tf.where(ended, _IMPOSSIBLE, logp / penalty(limits)[:, tf.newaxis])
        done = tf.reduce_all(ended, axis=1) | (ranked[:, best - 1] >= tf.reduce_max(reachable, axis=1))
        return (t < longest) & ~tf.reduce_all(done)

    def advance(t, last, logp, lengths, ended, state, arrays):
        step_logp, state, attention = step(tf.reshape(last, [-1]), state)
        vocabulary = tf.shape(step_logp)[-1]
        step_logp = tf.reshape(step_logp, [batch, beam, vocabulary])
        piece = tf.range(vocabulary)
        at_limit = (t + 1 >= limits)[:, tf.newaxis, tf.newaxis]
        step_logp = tf.where(at_limit & (piece != EOS), _IMPOSSIBLE, step_logp)
        frozen = tf.where(piece == PAD, 0.0, _IMPOSSIBLE)
        step_logp = tf.where(ended[..., tf.newaxis], frozen, step_logp)
        lengths = tf.where(ended, lengths, t + 1)
        total = logp[..., tf.newaxis] + step_logp
        ranking = tf.reshape(total / penalty(lengths)[..., tf.newaxis], [batch, -1])
        _, chosen = tf.math.top_k(ranking, k=beam)
        parent, last = chosen // vocabulary, chosen % vocabulary
        logp = tf.gather(tf.reshape(total, [batch, -1]), chosen, batch_dims=1)
        lengths = tf.gather(lengths, parent, batch_dims=1)
        was_ended = tf.gather(ended, parent, batch_dims=1)
        rows = tf.reshape(parent + tf.range(batch)[:, tf.newaxis] * beam, [-1])
        state = [tf.gather(part, rows) for part in state]
        attention = tf.where(tf.reshape(was_ended, [-1, 1]), 0.0, tf.gather(attention, rows))
        arrays = [array.write(t, value) for array, value in zip(arrays, (parent, last, attention), strict=True)]
        return t + 1, last, logp, lengths, was_ended | (last == EOS), state, arrays

    t, _, logp, lengths, _, _, arrays = tf.while_loop(
        unfinished,
        advance,
        (
            0,
            tf.fill([batch, beam], BOS),
            tf.where(lane == 0, 0.0, _IMPOSSIBLE) + tf.zeros([batch, 1]),
            tf.ones([batch, beam], tf.int32),
            tf.zeros([batch, beam], tf.bool),
            state,
            arrays,
        ),
        parallel_iterations=1,
    )
    scores, order = tf.math.top_k(logp / penalty(lengths), k=beam)
    ids, attention = _trace_back(arrays, order, t)
    return Hypotheses(ids, tf.gather(lengths, order, batch_dims=1), scores, attention)


def _trace_back(arrays, lanes, steps):
    """Follows each final lane (batch, beam) back through its parents; gives its ids and attention, first step first."""
    parents, ids, attention = arrays
    batch, beam = tf.shape(lanes)[0], tf.shape(lanes)[1]
    offsets = tf.range(batch)[:, tf.newaxis] * beam
    found = [
        tf.TensorArray(tf.int32, steps, element_shape=lanes.shape),
        tf.TensorArray(tf.float32, steps, element_shape=[*lanes.shape, None]),
    ]

    def back(t, lanes, found):
        found = [
            found[0].write(t, tf.gather(ids.read(t), lanes, batch_dims=1)),
            found[1].write(t, tf.gather(attention.read(t), lanes + offsets)),
        ]
        return t - 1, tf.gather(parents.read(t), lanes, batch_dims=1), found

    _, _, found = tf.while_loop(lambda t, *_: t >= 0, back, (steps - 1, lanes, found), parallel_iterations=1)
    return tf.transpose(found[0].stack(), [1, 2, 0]), tf.transpose(found[1].stack(), [1, 2, 0, 3])
