"""Bahdanau attention, and the softmax over real steps that it shares with attention pooling.

A mask is true at real steps and false at padding; the real steps come first.
"""

import keras
import tensorflow as tf

from seqtasks.layers.products import product


class BahdanauAttention(keras.layers.Layer):
    """Additive attention of Bahdanau, Cho and Bengio (2015), section 3.1 and appendix A.1.2.

    alpha_ij = softmax_j over real steps of v . tanh(W s_{i-1} + U h_j + b), context c_i = sum_j alpha_ij h_j. The keys
    U h_j + b do not depend on i and are computed once a sentence. (The paper leaves biases out of its notation.)

    With `coverage`, w sum_{k<i} alpha_kj is added inside the tanh, so that it is known where one has looked before (Tu
    et al., 2016, section 3; See, Liu and Manning, 2017, equation 11).

    Masking: padded steps get weight 0 and so reach neither context nor gradient.
    """

    def __init__(self, units, *, coverage=False, **kwargs):
        """Takes the size `units` of the alignment model's hidden layer."""
        super().__init__(**kwargs)
        self.units, self.coverage = units, coverage

    def build(self, query_shape, values_shape):
        self.query_kernel = self.add_weight(
            name="query_kernel", shape=(query_shape[-1], self.units), initializer="glorot_uniform"
        )
        self.key_kernel = self.add_weight(
            name="key_kernel", shape=(values_shape[-1], self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
        self.scale = self.add_weight(name="scale", shape=(self.units, 1), initializer="glorot_uniform")
        self.coverage_kernel = None
        if self.coverage:
            self.coverage_kernel = self.add_weight(
                name="coverage_kernel", shape=(self.units,), initializer=keras.initializers.RandomNormal(stddev=0.1)
            )
        self.built = True

    def keys(self, values):
        """Returns the keys (batch, steps, units) of values (batch, steps, features)."""
        return product(values, tf.convert_to_tensor(self.key_kernel)) + self.bias

    def call(self, query, keys, values, mask, covered=None):
        """Attends once.

        Args:
            query: (batch * n, features of the query): n queries for each row of the batch, adjacent.
            keys: (batch, steps, units), from `keys`.
            values: (batch, steps, features).
            mask: (batch, steps) bool.
            covered: with coverage, the sum of the weights before, (batch * n, steps).

        Returns:
            context (batch * n, features) and weights (batch * n, steps).
        """
        queries = tf.reshape(tf.matmul(query, self.query_kernel), [tf.shape(mask)[0], -1, self.units])
        if covered is not None:
            covered = tf.reshape(covered, [tf.shape(mask)[0], -1, tf.shape(mask)[1]]), self.coverage_kernel
        contexts, weights, _ = attend(queries, keys, values, mask, self.scale, covered)
        return tf.reshape(contexts, [-1, values.shape[2]]), tf.reshape(weights, [-1, tf.shape(mask)[1]])


def attend(queries, keys, values, mask, scale, coverage=None):
    """Attends with projected queries (batch, n, units); keys, values and mask are as in BahdanauAttention.call.

    `coverage` is None, or the sums of the weights before (batch, n, steps) and the coverage kernel.

    Returns:
        contexts (batch, n, features), weights (batch, n, steps), and the hidden layer (batch, n, steps, units).
    """
    hidden = keys[:, tf.newaxis] + queries[:, :, tf.newaxis]
    if coverage is not None:
        hidden += coverage[0][..., tf.newaxis] * coverage[1]
    hidden = tf.tanh(hidden)
    scores = tf.matmul(tf.reshape(hidden, [-1, scale.shape[0]]), scale)
    weights = masked_softmax(tf.reshape(scores, tf.shape(hidden)[:3]), mask[:, tf.newaxis])
    return tf.matmul(weights, values), weights, hidden


def attend_backward(gradient, weights, hidden, values, scale, later=None):
    """Returns the gradients of the projected query, the keys and the scale from the gradient of the context.

    That of the keys is also that of the sums inside the tanh. `later` is a further gradient of the weights, or None.

    There is one query in each row and no axis of queries: gradient (batch, features), weights (batch, steps), hidden
    (batch, steps, units). The gradient of the values, weights^T gradient, is left to the caller, who can compute it for
    many queries at once.
    """
    d_weights = tf.squeeze(tf.matmul(values, gradient[..., tf.newaxis]), axis=2)
    if later is not None:
        d_weights += later
    d_scores = weights * (d_weights - tf.reduce_sum(d_weights * weights, axis=1, keepdims=True))
    d_keys = d_scores[..., tf.newaxis] * scale[:, 0] * (1 - hidden * hidden)
    d_scale = tf.matmul(tf.reshape(hidden, [-1, hidden.shape[-1]]), tf.reshape(d_scores, [-1, 1]), transpose_a=True)
    return tf.reduce_sum(d_keys, axis=1), d_keys, d_scale


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
