"""Saliency: how much an output depends on each input, by its gradient."""

import tensorflow as tf


def saliency(score, embedded, mask):
    """Returns the saliency of each step for a score, as shares that sum to 1.

    A step's share is proportional to |sum_k x_k dscore/dx_k|, the size of the product of its embedding and the gradient
    there: to first order, the change of the score without the step (Denil et al., 2014; Shrikumar et al., 2016,
    "gradient x input"). If all products are zero, all real steps get equal shares.

    Args:
        score: a function of `embedded` to (batch,), one score for each row.
        embedded: (batch, steps, features).
        mask: (batch, steps) bool.

    Returns:
        (batch, steps) float32, 0 at padding; each row with a real step sums to 1.
    """
    with tf.GradientTape() as tape:
        tape.watch(embedded)
        scores = score(embedded)
    gradients = tf.convert_to_tensor(tape.gradient(scores, embedded))
    sizes = tf.where(mask, tf.abs(tf.reduce_sum(gradients * embedded, axis=-1)), 0)
    sizes = tf.where(tf.reduce_any(sizes > 0, axis=1, keepdims=True), sizes, tf.cast(mask, sizes.dtype))
    return tf.math.divide_no_nan(sizes, tf.reduce_sum(sizes, axis=1, keepdims=True))
