"""Masks as values: true at real steps, false at padding; the real steps come first."""

import tensorflow as tf


def masked_softmax(scores, mask):
    """Softmax over the last axis that gives padded steps exactly 0; a row with only padding is all 0.

    Args:
        scores: (..., steps) floats.
        mask: (..., steps) bool.

    Returns:
        (..., steps), each row with a real step sums to 1.
    """
    lowest = tf.constant(scores.dtype.min, scores.dtype)
    scores = tf.where(mask, scores, lowest)
    scores = tf.where(mask, scores - tf.stop_gradient(tf.reduce_max(scores, axis=-1, keepdims=True)), lowest)
    weights = tf.exp(scores)
    return tf.math.divide_no_nan(weights, tf.reduce_sum(weights, axis=-1, keepdims=True))
