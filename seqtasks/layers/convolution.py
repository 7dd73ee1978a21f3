"""A convolution over windows of a text, an encoder without recurrence. (For a bag of words see pooling.average.)"""

import keras
import tensorflow as tf

from seqtasks.layers.pooling import highest


class Windows(keras.layers.Layer):
    """A convolution over all windows of some widths, and the maximum of each filter over time (Kim, 2014, section 2).

    A feature is max over windows of relu(w . x_{i:i+h-1} + b), with `filters` filters for each width h.

    Masking: windows lie within the real steps; a text shorter than a window is followed by zeros.
    """

    def __init__(self, filters, *, widths=(3, 4, 5), **kwargs):
        """Takes the number of filters of each width, and the widths in steps."""
        super().__init__(**kwargs)
        self.filters, self.widths = filters, tuple(widths)
        self.features = filters * len(self.widths)

    def build(self, inputs_shape):
        def weight(name, shape, initializer):
            return self.add_weight(name=name, shape=shape, initializer=initializer)

        shapes = [(width, inputs_shape[-1], self.filters) for width in self.widths]
        self.kernels = [weight(f"kernel_{shape[0]}", shape, "glorot_uniform") for shape in shapes]
        self.bias = weight("bias", (self.features,), "zeros")
        self.built = True

    def call(self, inputs, mask):
        """Returns (batch, features) of inputs (batch, steps, size) and mask (batch, steps) bool."""
        inputs = tf.where(mask[..., tf.newaxis], inputs, 0)
        lengths, found = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1), []
        # oneDNN's convolution of zero rows has a wrong shape, so a row is added.
        inputs, lengths = tf.pad(inputs, [[0, 1], [0, max(self.widths) - 1], [0, 0]]), tf.pad(lengths, [[0, 1]])
        for width, kernel in zip(self.widths, self.kernels, strict=True):
            totals = tf.nn.conv1d(inputs, tf.convert_to_tensor(kernel), stride=1, padding="VALID")
            windows = tf.sequence_mask(tf.maximum(lengths - width + 1, 1), tf.shape(totals)[1])
            found.append(highest(totals, windows))
        # Bias and relu keep the order: the largest remains the largest.
        return tf.nn.relu(tf.concat(found, axis=1)[:-1] + self.bias)
