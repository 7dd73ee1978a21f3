"""Bahdanau attention."""

import keras
import tensorflow as tf

from seqtasks.layers.masks import masked_softmax


class BahdanauAttention(keras.layers.Layer):
    """Additive attention of Bahdanau, Cho and Bengio (2015), section 3.1 and appendix A.1.2.

    alpha_ij = softmax_j over real steps of v . tanh(W s_{i-1} + U h_j + b), context c_i = sum_j alpha_ij h_j. The keys
    U h_j + b do not depend on i and are computed once a sentence. (The paper leaves biases out of its notation.)

    Masking: padded steps get weight 0 and so reach neither context nor gradient.
    """

    def __init__(self, units, **kwargs):
        """Takes the size `units` of the alignment model's hidden layer."""
        super().__init__(**kwargs)
        self.units = units

    def build(self, query_shape, values_shape):
        self.query_kernel = self.add_weight(
            name="query_kernel", shape=(query_shape[-1], self.units), initializer="glorot_uniform"
        )
        self.key_kernel = self.add_weight(
            name="key_kernel", shape=(values_shape[-1], self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
        self.scale = self.add_weight(name="scale", shape=(self.units, 1), initializer="glorot_uniform")
        self.built = True

    def keys(self, values):
        """Returns the keys (batch, steps, units) of values (batch, steps, features)."""
        return tf.matmul(values, self.key_kernel) + self.bias

    def call(self, query, keys, values, mask):
        """Attends once.

        Args:
            query: (batch, features of the query).
            keys: (batch, steps, units), from `keys`.
            values: (batch, steps, features).
            mask: (batch, steps) bool.

        Returns:
            context (batch, features) and weights (batch, steps).
        """
        query = tf.matmul(query, self.query_kernel)
        hidden = tf.tanh(keys + query[:, tf.newaxis])
        shape = tf.shape(hidden)
        flat = tf.reshape(hidden, [-1, self.units])
        scores = tf.reshape(tf.matmul(flat, self.scale), shape[:2])
        weights = masked_softmax(scores, mask)
        context = tf.squeeze(tf.matmul(weights[:, tf.newaxis], values), axis=1)
        return context, weights
