"""Pooling: from the outputs of an encoder, one vector for each step, to one vector for a text."""

import keras
import tensorflow as tf

from seqtasks.layers.attention import masked_softmax

POOLINGS = ("last", "average", "max", "attention", "concat")


class Pooling(keras.layers.Layer):
    """One vector for each text.

    last: the last relevant output, that is the forward half after the last real step beside the backward half after
    step 0, each of which has read the whole text. average and max: over the real steps, feature by feature. attention:
    s = sum_t alpha_t h_t with alpha_t = softmax over real steps of v . tanh(W h_t + b), additive attention without a
    query (Yang et al., 2016, equations 5-7, where v is the context vector u_w). concat: last, max and average side by
    side (Howard and Ruder, 2018, section 3.3), three times as many features.

    Masking: padded steps reach neither the result nor a gradient. A row with only padding gives 0 (except where last
    is part of it).
    """

    def __init__(self, kind, *, units=256, **kwargs):
        """Takes one of POOLINGS and the size `units` of the attention's hidden layer."""
        super().__init__(**kwargs)
        if kind not in POOLINGS:
            raise ValueError(f"'{kind}' is not a pooling; allowed: {', '.join(POOLINGS)}")
        self.kind, self.units = kind, units

    def build(self, outputs_shape):
        if self.kind == "attention":
            self.kernel = self.add_weight(
                name="kernel", shape=(outputs_shape[-1], self.units), initializer="glorot_uniform"
            )
            self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
            self.scale = self.add_weight(name="scale", shape=(self.units, 1), initializer="glorot_uniform")
        self.built = True

    def width(self, features):
        """Returns the size of the vector of a text, from that of an output."""
        return 3 * features if self.kind == "concat" else features

    def call(self, outputs, mask, state):
        """Pools a batch; the arguments are the outputs of `RecurrentEncoder.call`.

        Args:
            outputs: (batch, steps, features).
            mask: (batch, steps) bool.
            state: list of (batch, features), the final output first.

        Returns:
            (batch, width(features)), and the attention weights (batch, steps), 0 at padding; None without attention.
        """
        if self.kind == "last":
            return state[0], None
        if self.kind == "concat":
            return tf.concat([state[0], highest(outputs, mask), average(outputs, mask)], axis=-1), None
        if self.kind != "attention":
            return (average if self.kind == "average" else highest)(outputs, mask), None
        hidden = tf.tanh(tf.tensordot(outputs, self.kernel, axes=1) + self.bias)
        weights = masked_softmax(tf.squeeze(tf.tensordot(hidden, self.scale, axes=1), axis=2), mask)
        return tf.squeeze(tf.matmul(weights[:, tf.newaxis], outputs), axis=1), weights


def average(inputs, mask):
    """Returns the mean (batch, features) over the real steps of (batch, steps, features).

    Over word embeddings it is a bag of words, which ignores their order.
    """
    mask = mask[..., tf.newaxis]
    total = tf.reduce_sum(tf.where(mask, inputs, 0), axis=1)
    return tf.math.divide_no_nan(total, tf.reduce_sum(tf.cast(mask, inputs.dtype), axis=1))


def highest(inputs, mask):
    """Returns the maximum (batch, features) over the real steps of (batch, steps, features)."""
    highest = tf.reduce_max(tf.where(mask[..., tf.newaxis], inputs, inputs.dtype.min), axis=1)
    return tf.where(tf.reduce_any(mask, axis=1, keepdims=True), highest, 0)
