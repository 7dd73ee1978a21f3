"""The softmax layer and its cross entropy."""

import keras
import tensorflow as tf

from seqtasks.layers.products import inner, multiplied, rounded


class SoftmaxOutput(keras.layers.Layer):
    """A linear layer onto a vocabulary whose cross entropy is computed without a second copy of the logits.

    The backward pass of this product, the widest of a model, keeps only the gradient of the logits, softmax(logits)
    minus the wanted distribution.
    """

    def __init__(self, size, *, initializer="glorot_uniform", first_bias=None, tied=None, **kwargs):
        """Takes the size of the vocabulary, the kernel's initializer, and the first bias, (size,) or None for 0.

        With `tied`, a TiedEmbedding of this size whose features are the inputs', its matrix is the kernel.
        """
        super().__init__(**kwargs)
        self.size, self.initializer, self.tied = size, initializer, tied
        self.first_bias = "zeros" if first_bias is None else keras.initializers.Constant(first_bias)

    def build(self, input_shape):
        if not self.tied:
            shape = (input_shape[-1], self.size)
            self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self.initializer)
        self.bias = self.add_weight(name="bias", shape=(self.size,), initializer=self.first_bias)
        self.built = True

    def call(self, inputs, offset=0.0):
        """Returns the logits (rows, size) of inputs (rows, features), plus `offset`, (size,)."""
        return tf.matmul(inputs, self._kernel()) + (self.bias + offset)

    def cross_entropy(self, inputs, wanted, *, smoothing=0.0, offset=0.0):
        """Cross entropy of each row against its wanted id, in nats.

        Args:
            inputs: (rows, features).
            wanted: (rows,) int32.
            smoothing: share of the wanted probability that is spread evenly over the vocabulary (Szegedy et al., 2016,
                section 7).
            offset: added to the logits, (size,).

        Returns:
            (rows,) float32.
        """
        return _cross_entropy(inputs, self._kernel(), self.bias + offset, wanted, smoothing)

    def sampled_cross_entropy(self, inputs, wanted, drawn, log_counts):
        """As `cross_entropy`, but with an estimate of the softmax's denominator from a few ids that all rows share.

        Importance sampling (Bengio and Senecal, 2008; Jean et al., 2015): the wanted id counts as it is, each drawn one
        divided by how often it is drawn on average, so that the denominator has the right expectation.

        Args:
            drawn: (n,) int32 ids, drawn with replacement; the wanted id of a row is passed over.
            log_counts: (size,), the logarithm of how many of the n are each id, on average.
        """
        rows = tf.convert_to_tensor(self.tied.embeddings) if self.tied else tf.transpose(self.kernel)
        bias = tf.convert_to_tensor(self.bias)
        own = tf.reduce_sum(inputs * tf.gather(rows, wanted), axis=1) + tf.gather(bias, wanted)
        others = multiplied(inputs, rounded(tf.gather(rows, drawn)), transpose_b=True)
        others += tf.gather(bias - log_counts, drawn)
        others = tf.where(wanted[:, tf.newaxis] == drawn, others.dtype.min, others)
        return tf.reduce_logsumexp(tf.concat([own[:, tf.newaxis], others], axis=1), axis=1) - own

    def _kernel(self):
        """Returns the kernel (features, size)."""
        return tf.transpose(self.tied.embeddings) if self.tied else tf.convert_to_tensor(self.kernel)


def _cross_entropy(inputs, kernel, bias, wanted, smoothing):
    @tf.custom_gradient
    def losses(inputs, kernel, bias):
        right = rounded(kernel)
        logits = multiplied(inputs, right) + bias
        highest = tf.reduce_max(logits, axis=1, keepdims=True)
        exponentials = tf.exp(logits - highest)
        sums = tf.reduce_sum(exponentials, axis=1, keepdims=True)
        places = tf.stack([tf.range(tf.size(wanted)), wanted], axis=1)
        found = tf.math.log(sums[:, 0]) + highest[:, 0] - (1 - smoothing) * tf.gather_nd(logits, places)
        if smoothing:
            found -= smoothing * tf.reduce_mean(logits, axis=1)

        def backward(upstream):
            d_logits = exponentials * (upstream[:, tf.newaxis] / sums)
            if smoothing:
                d_logits -= upstream[:, tf.newaxis] * (smoothing / kernel.shape[1])
            d_logits = tf.tensor_scatter_nd_sub(d_logits, places, upstream * (1 - smoothing))
            return (
                multiplied(d_logits, right, transpose_b=True),
                inner(inputs, d_logits),
                tf.reduce_sum(d_logits, axis=0),
            )

        return found, backward

    return losses(inputs, kernel, bias)
