"""What an output leans on, by its gradient."""

import tensorflow as tf


def saliency(score, embedded, mask):
    """Returns how much a score leans on each step, as shares of the whole.

    A step's share is the size of the product of its embedding and the gradient there, |sum_k x_k dscore/dx_k|: to first
    order, what the score would lose without the step (Denil et al., 2014; Shrikumar et al., 2016, "gradient x input").
    Where all products are zero, the steps share alike.

    Args:
        score: a function of `embedded` to (batch,), one score a row.
        embedded: (batch, steps, features).
        mask: (batch, steps) bool.

    Returns:
        (batch, steps) float32, 0 at padding; each row with a real step sums to 1.
    """
    with tf.GradientTape() as tape:
        tape.watch(embedded)
        scores = score(embedded)
    slopes = tf.convert_to_tensor(tape.gradient(scores, embedded))
    sizes = tf.where(mask, tf.abs(tf.reduce_sum(slopes * embedded, axis=-1)), 0)
    sizes = tf.where(tf.reduce_any(sizes > 0, axis=1, keepdims=True), sizes, tf.cast(mask, sizes.dtype))
    return tf.math.divide_no_nan(sizes, tf.reduce_sum(sizes, axis=1, keepdims=True))
