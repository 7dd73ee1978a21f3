"""Recurrent cells for loops of our own, with the input's share of the work kept apart.

`project` multiplies inputs by the input kernel: for all steps at once where they are known beforehand, as in teacher
forcing. `step` then multiplies only what was not known. Gates, their order and equations are those of Keras' own cells;
of the GRU's two biases on z and r, which only ever add up, there is one.
"""

import keras
import tensorflow as tf


class Cell(keras.layers.Layer):
    """Base of the cells: a kernel for known inputs, one for what a step brings (previous output, context).

    Args:
        units: units of the cell.
        extra: size of the further input of each step, 0 for none.
    """

    gates = 1
    states = 1

    def __init__(self, units, *, extra=0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.extra = units, extra

    def build(self, input_shape):
        width = self.gates * self.units
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], width), initializer="glorot_uniform")
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, width), initializer="orthogonal"
        )
        if self.extra:
            self.extra_kernel = self.add_weight(
                name="extra_kernel", shape=(self.extra, width), initializer="glorot_uniform"
            )
        self.bias = self.add_weight(name="bias", shape=(width,), initializer=self.bias_initializer)
        self.built = True

    def bias_initializer(self, shape, dtype=None):
        return tf.zeros(shape, dtype)

    def project(self, inputs):
        """Returns inputs (..., features) times the input kernel plus bias, (..., gates * units)."""
        return tf.matmul(inputs, self.kernel) + self.bias

    def _further(self, output, extra):
        product = tf.matmul(output, self.recurrent_kernel)
        return product + tf.matmul(extra, self.extra_kernel) if self.extra else product


class LSTMCell(Cell):
    """Long short-term memory; state [h, c], forget-gate bias 1 at the start."""

    gates = 4
    states = 2

    def bias_initializer(self, shape, dtype=None):
        units = shape[0] // 4
        return tf.concat([tf.zeros(units, dtype), tf.ones(units, dtype), tf.zeros(2 * units, dtype)], axis=0)

    def step(self, projected, state, extra=None):
        """One step: projected (batch, 4 * units), state [h, c] of (batch, units), extra (batch, extra) -> new state."""
        output, memory = state
        i, f, g, o = tf.split(projected + self._further(output, extra), 4, axis=-1)
        memory = tf.sigmoid(f) * memory + tf.sigmoid(i) * tf.tanh(g)
        return [tf.sigmoid(o) * tf.tanh(memory), memory]


class GRUCell(Cell):
    """Gated recurrent unit (Cho et al., 2014), its reset gate applied after the product."""

    gates = 3

    def build(self, input_shape):
        super().build(input_shape)
        self.recurrent_bias = self.add_weight(name="recurrent_bias", shape=(self.units,), initializer="zeros")

    def step(self, projected, state, extra=None):
        """One step: projected (batch, 3 * units), state [h] of (batch, units), extra (batch, extra) -> new state."""
        (output,) = state
        if self.extra:
            projected = projected + tf.matmul(extra, self.extra_kernel)
        z, r, candidate = tf.split(projected, 3, axis=-1)
        recurrent_z, recurrent_r, recurrent_candidate = tf.split(tf.matmul(output, self.recurrent_kernel), 3, axis=-1)
        z, r = tf.sigmoid(z + recurrent_z), tf.sigmoid(r + recurrent_r)
        candidate = tf.tanh(candidate + r * (recurrent_candidate + self.recurrent_bias))
        return [z * output + (1 - z) * candidate]


class RNNCell(Cell):
    """Vanilla (Elman, 1990) cell: h = activation(W x + U h + b)."""

    def __init__(self, units, *, activation="tanh", **kwargs):
        super().__init__(units, **kwargs)
        self.activation = keras.activations.get(activation)

    def step(self, projected, state, extra=None):
        """One step: projected (batch, units), state [h] of (batch, units), extra (batch, extra) -> new state."""
        (output,) = state
        return [self.activation(projected + self._further(output, extra))]


def make_cell(cell, units, *, activation="tanh", extra=0, **kwargs):
    """Returns the cell named "lstm", "gru" or "rnn"; `activation` is that of the vanilla one."""
    if cell == "rnn":
        return RNNCell(units, activation=activation, extra=extra, **kwargs)
    return {"lstm": LSTMCell, "gru": GRUCell}[cell](units, extra=extra, **kwargs)
