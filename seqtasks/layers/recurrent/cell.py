"""Recurrent cells for our own loops, with the projection of the inputs as a separate step.

`project` multiplies inputs by the input kernel, for all steps at once if they are known beforehand, as in teacher
forcing. `step` then does the rest. The equations are those of gates.py; the GRU's two biases on z and on r, which are
only ever added, are one.
"""

import keras
import tensorflow as tf

from seqtasks.layers.products import product
from seqtasks.layers.recurrent.gates import make_gates


class Cell(keras.layers.Layer):
    """A recurrent cell: a kernel for the inputs, one for the previous output, one for an extra input of each step."""

    def __init__(self, cell, units, *, activation="tanh", extra=0, **kwargs):
        """Takes "lstm", "gru" or "rnn" (its `activation` "tanh" or "relu"), and the extra input's size, 0 for none."""
        super().__init__(**kwargs)
        self.kind, self.units, self.extra = cell, units, extra
        self.gates = make_gates(cell, activation=activation)
        self.states = self.gates.states

    def build(self, input_shape):
        width = self.gates.gates * self.units

        def weight(name, shape, initializer):
            return self.add_weight(name=name, shape=shape, initializer=initializer)

        self.kernel = weight("kernel", (input_shape[-1], width), "glorot_uniform")
        self.recurrent_kernel = weight("recurrent_kernel", (self.units, width), "orthogonal")
        self.extra_kernel = weight("extra_kernel", (self.extra, width), "glorot_uniform") if self.extra else None
        self.bias = weight("bias", (width,), _forget_gate_open if self.kind == "lstm" else "zeros")
        if self.kind == "gru":
            self.candidate_bias = weight("recurrent_bias", (self.units,), "zeros")
        self.built = True

    @property
    def recurrent_bias(self):
        """The bias of the state's part of the gates, (gates * units,), or None."""
        return tf.pad(self.candidate_bias, [[2 * self.units, 0]]) if self.kind == "gru" else None

    def project(self, inputs):
        """Returns inputs (..., features) times the input kernel plus bias, (..., gates * units)."""
        return product(inputs, tf.convert_to_tensor(self.kernel)) + self.bias

    def step(self, projected, state):
        """One step, from projected inputs (batch, gates * units) and a list of states (batch, units)."""
        recurrent = product(state[0], tf.convert_to_tensor(self.recurrent_kernel))
        if self.recurrent_bias is not None:
            recurrent = recurrent + self.recurrent_bias
        return self.gates.forward(projected, recurrent, state)[0]


def _forget_gate_open(shape, dtype=None):
    """Bias 1 for the forget gate, else 0 (Jozefowicz et al., 2015, section 2.2)."""
    units = shape[0] // 4
    return tf.concat([tf.zeros(units, dtype), tf.ones(units, dtype), tf.zeros(2 * units, dtype)], axis=0)
