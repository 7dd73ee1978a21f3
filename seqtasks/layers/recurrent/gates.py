"""What a recurrent cell does between two products: gates and their derivatives, element by element.

`known` is the input's share of the gates, W x + b, and `recurrent` the state's, U h (+ b); both (batch, gates * units).
Gates, their order and equations are those of Keras' own cells.

    forward(known, recurrent, state) -> new state, saved
    backward(saved, state, slopes) -> slopes of known, of recurrent, and of the state, the last without what flows
        through `recurrent` and None where that is nothing

A slope is the gradient of the loss, in backward's argument by the new state. States and their slopes are lists of
(batch, units); so is `saved`, with as many entries as the attribute of that name says.
"""

import tensorflow as tf


class LSTM:
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) with forget gates (Gers et al., 2000); state [h, c]."""

    gates, states, saved = 4, 2, 5

    def forward(self, known, recurrent, state):
        i, f, g, o = tf.split(known + recurrent, 4, axis=-1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        memory = f * state[1] + i * g
        squashed = tf.tanh(memory)
        return [o * squashed, memory], [i, f, g, o, squashed]

    def backward(self, saved, state, slopes):
        i, f, g, o, squashed = saved
        d_output, d_memory = slopes
        d_memory = d_memory + d_output * o * (1 - squashed * squashed)
        gates = [
            d_memory * g * i * (1 - i),
            d_memory * state[1] * f * (1 - f),
            d_memory * i * (1 - g * g),
            d_output * squashed * o * (1 - o),
        ]
        slope = tf.concat(gates, axis=-1)
        return slope, slope, [None, d_memory * f]


class GRU:
    """Gated recurrent unit (Cho et al., 2014), its reset gate applied after the product, as cuDNN does; state [h]."""

    gates, states, saved = 3, 1, 4

    def forward(self, known, recurrent, state):
        known_z, known_r, known_g = tf.split(known, 3, axis=-1)
        recurrent_z, recurrent_r, inner = tf.split(recurrent, 3, axis=-1)
        z, r = tf.sigmoid(known_z + recurrent_z), tf.sigmoid(known_r + recurrent_r)
        g = tf.tanh(known_g + r * inner)
        return [z * state[0] + (1 - z) * g], [z, r, g, inner]

    def backward(self, saved, state, slopes):
        z, r, g, inner = saved
        slope = slopes[0]
        d_g = slope * (1 - z) * (1 - g * g)
        d_z = slope * (state[0] - g) * z * (1 - z)
        d_r = d_g * inner * r * (1 - r)
        d_known = tf.concat([d_z, d_r, d_g], axis=-1)
        return d_known, tf.concat([d_z, d_r, d_g * r], axis=-1), [slope * z]


class RNN:
    """Vanilla (Elman, 1990) cell: h = activation(W x + U h + b), activation "tanh" or "relu"; state [h]."""

    gates, states, saved = 1, 1, 1

    def __init__(self, activation="tanh"):
        self.activation = activation

    def forward(self, known, recurrent, state):
        total = known + recurrent
        output = tf.tanh(total) if self.activation == "tanh" else tf.nn.relu(total)
        return [output], [output]

    def backward(self, saved, state, slopes):
        (output,) = saved
        slope = slopes[0] * (1 - output * output if self.activation == "tanh" else tf.cast(output > 0, output.dtype))
        return slope, slope, [None]


def make_gates(cell, *, activation="tanh"):
    """Returns the gates of the cell "lstm", "gru" or "rnn"; `activation` is that of the vanilla one."""
    return RNN(activation) if cell == "rnn" else {"lstm": LSTM, "gru": GRU}[cell]()
