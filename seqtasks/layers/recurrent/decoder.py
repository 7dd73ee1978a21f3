"""The recurrent decoder, with attention or without."""

import keras
import tensorflow as tf

from seqtasks.layers.attention import BahdanauAttention
from seqtasks.layers.recurrent.attending import recur_attending
from seqtasks.layers.recurrent.cell import Cell
from seqtasks.layers.recurrent.loop import recur


class RecurrentDecoder(keras.layers.Layer):
    """A recurrent layer that attends to the encoder: s_i = f(s_{i-1}, y_{i-1}, c_i) (Bahdanau et al., 2015, 3.1).

    The first state is tanh(W h + b) of the encoder's final state, as in their appendix A.2.2 but of both directions; an
    LSTM's memory starts from a linear map of the encoder's final memory. With `attention_units=None` there is no
    context: the decoder knows the source only by its first state (Sutskever et al., 2014). With `starts="input"` the
    state starts from zero, and a vector of the source is added to the gates of the first step, once, through a matrix
    of its own: h_1 = f(W_xh x_1 + W_ih v) (Karpathy and Fei-Fei, 2015, equation 13). The search carries it as the last
    part of the state, which is zero after the first step.

    Masking: the attention gives padded source steps weight 0; target steps are computed to the end of the batch, and
    steps after a target's end influence nothing before it.
    """

    def __init__(
        self,
        cell,
        units,
        *,
        attention_units=256,
        coverage=False,
        encoder_size,
        activation="tanh",
        starts="state",
        recurrent_dropout=0.0,
        **kwargs,
    ):
        """`encoder_size` is the last dimension of the encoder's outputs and states, or of the vector of the source.

        `recurrent_dropout` is the rate at which units of h are dropped from all steps of a sequence, in training.
        """
        super().__init__(**kwargs)
        self.starts, self.recurrent_dropout = starts, recurrent_dropout
        self.attention = None
        if attention_units is not None:
            self.attention = BahdanauAttention(attention_units, coverage=coverage, name="attention")
        self.features = units + (encoder_size if self.attention else 0)
        self.encoder_size = encoder_size
        self.cell = Cell(cell, units, activation=activation, extra=encoder_size if self.attention else 0, name="cell")
        self.bridges = [
            keras.layers.Dense(units, activation="tanh" if i == 0 else None, name=f"bridge_{i}")
            for i in range(self.cell.states if starts == "state" else 0)
        ]

    def build(self, inputs_shape):
        self.cell.build(inputs_shape)
        if self.attention:
            self.attention.build((None, self.cell.units), (None, None, self.encoder_size))
        for bridge in self.bridges:
            bridge.build((None, self.encoder_size))
        if self.starts == "input":
            width = self.cell.gates.gates * self.cell.units
            self.first_kernel = self.add_weight(
                name="first_kernel", shape=(self.encoder_size, width), initializer="glorot_uniform"
            )
        self.built = True

    def start_with(self, vector):
        """Returns the first state of a decoder that `starts` with an input, from a vector (batch, encoder size)."""
        zeros = tf.zeros([tf.shape(vector)[0], self.cell.units], vector.dtype)
        return [zeros] * self.cell.states + [tf.matmul(vector, self.first_kernel)]

    def start(self, encoder_state, memory):
        """Returns the first state, a list of (batch, units), from the encoder's final state.

        With coverage a last part, (batch, source steps), is the sum of the attention weights so far.
        """
        state = [bridge(state) for bridge, state in zip(self.bridges, encoder_state, strict=True)]
        covers = self.attention is not None and self.attention.coverage
        return state + ([tf.zeros_like(memory["keys"][..., 0])] if covers else [])

    def memory(self, outputs, mask):
        """Returns the keys and values that each step attends to, from encoder outputs (batch, steps, size)."""
        if not self.attention:
            return {"mask": mask}
        return {"keys": self.attention.keys(outputs), "values": outputs, "mask": mask}

    def search_memory(self, memory, readout):
        """Returns the memory for `step`, whose values are projected to the gates and to the readout.

        Both are linear in the context, so the attention's sum over source steps can come after the projection, which is
        then computed once for a sentence, not at each step of each hypothesis. `readout` is (encoder size, anything).
        """
        if not self.attention:
            return memory
        kernel = tf.concat([tf.convert_to_tensor(self.cell.extra_kernel), readout], axis=1)
        return {**memory, "values": tf.tensordot(memory["values"], kernel, axes=1)}

    def step(self, projected, state, memory):
        """One step of a search with n hypotheses for each sentence, in adjacent rows.

        Args:
            projected: (batch * n, gates * units), `cell.project` of the embedding of the previous piece.
            state: list of (batch * n, units).
            memory: from `search_memory`.

        Returns:
            the new state, a list of (batch * n, units); the context's part of the readout (batch * n, ...), None
            without attention; and the attention weights (batch * n, source steps), all 0 without attention.
        """
        state, rest = state[: self.cell.states], state[self.cell.states :]
        if not self.attention:
            nothing = tf.zeros([tf.shape(projected)[0], tf.shape(memory["mask"])[1]], projected.dtype)
            state = self.cell.step(sum(rest, projected), state)
            return state + [tf.zeros_like(first) for first in rest], None, nothing
        shares, weights = self.attention(state[0], memory["keys"], memory["values"], memory["mask"], *rest)
        width = projected.shape[-1]
        state = self.cell.step(projected + shares[:, :width], state)
        return state + [covered + weights for covered in rest], shares[:, width:], weights

    def call(self, inputs, state, memory, noise=None):
        """Decodes with known inputs (teacher forcing).

        Args:
            inputs: (steps, batch, embedding), embeddings of the previous pieces.
            state: from `start`.
            memory: from `memory`.
            noise: the Noise of dropout, in training.

        Returns:
            Parts of the features, to be concatenated: outputs (steps, batch, units) and, with attention, contexts
            (steps, batch, encoder size).
        """
        projected = self.cell.project(inputs)
        state, rest = state[: self.cell.states], state[self.cell.states :]
        for first in [] if self.attention else rest:
            projected = tf.concat([projected[:1] + first, projected[1:]], axis=0)
        weights = [self.cell.recurrent_kernel, self.cell.recurrent_bias]
        if self.attention:
            attention = self.attention
            weights += [self.cell.extra_kernel, attention.query_kernel, attention.scale, attention.coverage_kernel]
        weights = [weight if weight is None else tf.convert_to_tensor(weight) for weight in weights]
        keep = noise and noise.keep(state[0], self.recurrent_dropout)
        if not self.attention:
            return recur(self.cell.gates, projected, state, *weights, keep)[:1]
        return recur_attending(self.cell.gates, projected, state, memory, *weights, keep)
