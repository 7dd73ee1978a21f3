"""The elementwise part of recurrent cells, between two matrix products: gates and their derivatives.

`projected` is the input's part of the gates, W x + b, `recurrent` the state's, U h (+ b); both (batch, gates * units).
Gates, their order and equations are those of Keras' own cells.

    forward(projected, recurrent, state) -> new state, saved
    backward(saved, state, gradients) -> gradients of projected, of recurrent, and of the state, the last without the
        part that flows through `recurrent`, and None if nothing else does

`gradients` are those of the loss with respect to the new state. States and their gradients are lists of (batch, units);
so is `saved`, whose length is the attribute of that name.
"""

import tensorflow as tf


class LSTM:
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) with forget gates (Gers et al., 2000); state [h, c]."""

    gates, states, saved = 4, 2, 5

    def forward(self, projected, recurrent, state):
        i, f, g, o = tf.split(projected + recurrent, 4, axis=-1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        memory = f * state[1] + i * g
        squashed = tf.tanh(memory)
        return [o * squashed, memory], [i, f, g, o, squashed]

    def backward(self, saved, state, gradients):
        i, f, g, o, squashed = saved
        d_output, d_memory = gradients
        d_memory = d_memory + d_output * o * (1 - squashed * squashed)
        gates = [
            d_memory * g * i * (1 - i),
            d_memory * state[1] * f * (1 - f),
            d_memory * i * (1 - g * g),
            d_output * squashed * o * (1 - o),
        ]
        gradient = tf.concat(gates, axis=-1)
        return gradient, gradient, [None, d_memory * f]


class GRU:
    """Gated recurrent unit (Cho et al., 2014), its reset gate applied after the product, as cuDNN does; state [h]."""

    gates, states, saved = 3, 1, 4

    def forward(self, projected, recurrent, state):
        projected_z, projected_r, projected_g = tf.split(projected, 3, axis=-1)
        recurrent_z, recurrent_r, inner = tf.split(recurrent, 3, axis=-1)
        z, r = tf.sigmoid(projected_z + recurrent_z), tf.sigmoid(projected_r + recurrent_r)
        g = tf.tanh(projected_g + r * inner)
        return [z * state[0] + (1 - z) * g], [z, r, g, inner]

    def backward(self, saved, state, gradients):
        z, r, g, inner = saved
        gradient = gradients[0]
        d_g = gradient * (1 - z) * (1 - g * g)
        d_z = gradient * (state[0] - g) * z * (1 - z)
        d_r = d_g * inner * r * (1 - r)
        d_projected = tf.concat([d_z, d_r, d_g], axis=-1)
        return d_projected, tf.concat([d_z, d_r, d_g * r], axis=-1), [gradient * z]


class RNN:
    """Vanilla (Elman, 1990) cell: h = activation(W x + U h + b), activation "tanh" or "relu"; state [h]."""

    gates, states, saved = 1, 1, 1

    def __init__(self, activation="tanh"):
        self.activation = activation

    def forward(self, projected, recurrent, state):
        total = projected + recurrent
        output = tf.tanh(total) if self.activation == "tanh" else tf.nn.relu(total)
        return [output], [output]

    def backward(self, saved, state, gradients):
        (output,) = saved
        gradient = gradients[0] * (
            1 - output * output if self.activation == "tanh" else tf.cast(output > 0, output.dtype)
        )
        return gradient, gradient, [None]


def make_gates(cell, *, activation="tanh"):
    """Returns the gates of the cell "lstm", "gru" or "rnn"; `activation` is for the vanilla cell."""
    return RNN(activation) if cell == "rnn" else {"lstm": LSTM, "gru": GRU}[cell]()
