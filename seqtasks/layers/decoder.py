"""The recurrent decoder, with attention or without."""

import keras
import tensorflow as tf

from seqtasks.layers.attention import BahdanauAttention
from seqtasks.layers.cells import make_cell


class RecurrentDecoder(keras.layers.Layer):
    """One recurrent layer that looks back at the encoder: s_i = f(s_{i-1}, y_{i-1}, c_i) (Bahdanau et al., 2015, 3.1).

    The first state is tanh(W h + b) of the encoder's final state, as in their appendix A.2.2 but of both directions; an
    LSTM's memory starts from a linear map of the encoder's final memory. With `attention_units=None` there is no
    context: the first state is all that the decoder knows of the source (Sutskever et al., 2014).

    Masking: the attention gives padded source steps weight 0; target steps are computed to the end of the batch, and
    what lies behind a target's end influences nothing before it.
    """

    def __init__(self, cell, units, *, attention_units=256, encoder_size, activation="tanh", **kwargs):
        """`encoder_size` is the last dimension of the encoder's outputs and states."""
        super().__init__(**kwargs)
        self.attention = None if attention_units is None else BahdanauAttention(attention_units, name="attention")
        self.features = units + (encoder_size if self.attention else 0)
        self.encoder_size = encoder_size
        self.cell = make_cell(
            cell, units, activation=activation, extra=encoder_size if self.attention else 0, name="cell"
        )
        self.bridges = [
            keras.layers.Dense(units, activation="tanh" if i == 0 else None, name=f"bridge_{i}")
            for i in range(self.cell.states)
        ]

    def build(self, inputs_shape):
        self.cell.build(inputs_shape)
        if self.attention:
            self.attention.build((None, self.cell.units), (None, None, self.encoder_size))
        for bridge in self.bridges:
            bridge.build((None, self.encoder_size))
        self.built = True

    def start(self, encoder_state):
        """Returns the first state, a list of (batch, units), from the encoder's final state."""
        return [bridge(state) for bridge, state in zip(self.bridges, encoder_state, strict=True)]

    def memory(self, outputs, mask):
        """Returns what each step looks at, computed once a sentence, from encoder outputs (batch, steps, size)."""
        if not self.attention:
            return {"mask": mask}
        return {"keys": self.attention.keys(outputs), "values": outputs, "mask": mask}

    def step(self, projected, state, memory):
        """One step.

        Args:
            projected: (batch, gates * units), `cell.project` of the embedding of the previous piece.
            state: list of (batch, units).
            memory: from `memory`.

        Returns:
            features (batch, features): the new state's output, then the context; the new state; and the attention
            weights (batch, source steps), all 0 where there is no attention.
        """
        if not self.attention:
            state = self.cell.step(projected, state)
            return state[0], state, tf.zeros(tf.shape(memory["mask"]), projected.dtype)
        context, weights = self.attention(state[0], memory["keys"], memory["values"], memory["mask"])
        state = self.cell.step(projected, state, context)
        return tf.concat([state[0], context], axis=-1), state, weights

    def call(self, inputs, state, memory):
        """Decodes with known inputs (teacher forcing).

        Args:
            inputs: (batch, steps, embedding), embeddings of the previous pieces.
            state: from `start`.
            memory: from `memory`.

        Returns:
            features (batch, steps, features).
        """
        projected = tf.transpose(self.cell.project(inputs), [1, 0, 2])
        steps = tf.shape(projected)[0]
        known = tf.TensorArray(projected.dtype, steps, element_shape=projected.shape[1:]).unstack(projected)
        found = tf.TensorArray(projected.dtype, steps, element_shape=[inputs.shape[0], self.features])

        def body(i, state, found):
            features, state, _ = self.step(known.read(i), state, memory)
            return i + 1, state, found.write(i, features)

        _, _, found = tf.while_loop(
            lambda i, *_: i < steps, body, (0, state, found), parallel_iterations=1, maximum_iterations=steps
        )
        return tf.transpose(found.stack(), [1, 0, 2])
