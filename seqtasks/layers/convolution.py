"""Convolutions over a text: encoders without recurrence. (For a bag of words see pooling.average.)"""

import keras
import tensorflow as tf

from seqtasks.layers.noise import dropped
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


class GatedConvolutions(keras.layers.Layer):
    """Stacked layers of gated linear units over the last `width` steps (Dauphin et al., 2017, equation 1).

    h(X) = (X * W + b) sigmoid(X * V + c), where * is a convolution that sees no later step; X is added where it is as
    wide. It takes the place of a RecurrentEncoder that reads forwards: its state is what the next steps still see, the
    last width - 1 inputs of each layer, in one row, which are 0 at first.

    Masking: as in RecurrentEncoder.
    """

    def __init__(self, units, *, layers, width, dropout=0.0, initializer="glorot_uniform", portable=False, **kwargs):
        """Takes the size of each output, the numbers of layers and of steps that each sees, and the rate of dropout
        on the inputs of each layer but the first. It is the same whether `portable` or not.
        """
        super().__init__(**kwargs)
        self.features, self.depth, self.width, self.dropout = units, layers, width, dropout
        self.initializer, self.portable = initializer, portable

    def build(self, input_shape):
        self.sizes = [input_shape[-1], *[self.features] * (self.depth - 1)]
        self.kernels, self.biases = [], []
        for depth, size in enumerate(self.sizes):
            shape = (self.width * size, 2 * self.features)
            self.kernels.append(self.add_weight(name=f"kernel_{depth}", shape=shape, initializer=self.initializer))
            self.biases.append(self.add_weight(name=f"bias_{depth}", shape=shape[1:], initializer="zeros"))
        self.built = True

    def call(self, inputs, mask, state=None, noise=None):
        """Encodes a batch.

        Args:
            inputs: (batch, steps, features).
            mask: (batch, steps) bool.
            state: the state before the first step, in the form of the returned one; None is zero.
            noise: the Noise of dropout, in training.

        Returns:
            outputs (batch, steps, units), 0 at padding; the mask; and the state after the last real step, a list of
            [(batch, (width - 1) * features)] of each layer.
        """
        rows, steps = tf.unstack(tf.shape(mask))
        lengths, after = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1), []
        last = lengths[:, tf.newaxis] + tf.range(self.width - 1)
        for depth, (before,) in enumerate(self.zero_state(rows) if state is None else state):
            if depth:
                inputs = dropped(inputs, self.dropout, noise)
            size = self.sizes[depth]
            seen = tf.concat([tf.reshape(before, [rows, self.width - 1, size]), inputs], axis=1)
            after.append([tf.reshape(tf.gather(seen, last, batch_dims=1), [rows, (self.width - 1) * size])])
            windows = tf.concat([seen[:, i : i + steps] for i in range(self.width)], axis=-1)
            inputs = self._gated(depth, windows, inputs)
        return tf.where(mask[..., tf.newaxis], inputs, 0), mask, after

    def step(self, inputs, state):
        """Reads one step (batch, features); returns outputs (batch, units) and state."""
        after = []
        for depth, (before,) in enumerate(state):
            window = tf.concat([before, inputs], axis=-1)
            after.append([window[:, self.sizes[depth] :]])
            inputs = self._gated(depth, window, inputs)
        return inputs, after

    def zero_state(self, rows):
        """Returns the zero state, in the form that `call` takes and returns."""
        return [[tf.zeros([rows, (self.width - 1) * size], self.compute_dtype)] for size in self.sizes]

    @property
    def state_signature(self):
        """The state as tf.TensorSpec."""
        return [[tf.TensorSpec([None, (self.width - 1) * size], self.compute_dtype)] for size in self.sizes]

    def _gated(self, depth, windows, inputs):
        """Returns the outputs of a layer from what it sees at each step, (..., width * features), and its inputs."""
        totals = tf.tensordot(windows, tf.convert_to_tensor(self.kernels[depth]), axes=1) + self.biases[depth]
        values, gates = tf.split(totals, 2, axis=-1)
        outputs = values * tf.sigmoid(gates)
        return outputs + inputs if self.sizes[depth] == self.features else outputs
