"""The recurrent encoder that every task shares."""

import keras
import tensorflow as tf

from seqtasks.layers.noise import dropped
from seqtasks.layers.products import product
from seqtasks.layers.recurrent.elementwise import ELEMENTWISE, ElementwiseLayer, recur_elementwise
from seqtasks.layers.recurrent.gates import make_gates
from seqtasks.layers.recurrent.loop import recur


class RecurrentEncoder(keras.layers.Layer):
    """Stacked, optionally bidirectional LSTM, GRU or vanilla (Elman) layers, or of one of the cells in elementwise.py.

    The backward half reads each sequence from its last real step to its first (Schuster and Paliwal, 1997). The LSTM is
    that of Hochreiter and Schmidhuber (1997) with forget gates (Gers et al., 2000) whose bias starts at 1 (Jozefowicz
    et al., 2015, section 2.2); the GRU applies its reset gate after the product, as cuDNN does.

    Weights are those of Keras' layers. On a GPU these layers also compute the outputs, with cuDNN; on a CPU the loop of
    loop.py does, which is faster, and with dropout along time, which cuDNN lacks, on any device.

    Masking: takes the mask explicitly and never reads a padded step; outputs there are 0. Right padding, at least one
    real step a row.

    Args:
        cell: "lstm", "gru" or "rnn"; "mingru", "minlstm" or "indrnn".
        units: units in each direction of each layer.
        layers: number of stacked layers.
        bidirectional: read in both directions.
        activation: "tanh" or "relu", for the vanilla cell.
        dropout: dropout rate on the inputs of each layer but the first, in training.
        recurrent_dropout: rate at which units of h are dropped from all steps of a sequence, in training; see `recur`.
        initialization: "orthogonal" or "identity" (Le et al., 2015) for the recurrent weights, with the others
            Glorot-initialized; or "normal", which draws all from N(0, scale^2). Biases start at 0, those of the forget
            gate at 1.
        scale: standard deviation of the normal initialization.
        portable: use neither cuDNN nor written-out gradients, so that the graph can be exported and runs on a CPU too.
    """

    def __init__(
        self,
        cell,
        units,
        *,
        layers=1,
        bidirectional=True,
        activation="tanh",
        dropout=0.0,
        recurrent_dropout=0.0,
        initialization="orthogonal",
        scale=None,
        portable=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cell, self.units, self.bidirectional, self.dropout = cell, units, bidirectional, dropout
        self.recurrent_dropout = recurrent_dropout
        self.elementwise = cell in ELEMENTWISE
        self.gates = ELEMENTWISE[cell]() if self.elementwise else make_gates(cell, activation=activation)
        self.portable = portable
        self.by_keras = not (portable or self.elementwise) and bool(tf.config.list_physical_devices("GPU"))

        normal = initialization == "normal"

        def recurrence(direction, depth):
            options = {
                "kernel_initializer": keras.initializers.RandomNormal(stddev=scale) if normal else "glorot_uniform",
                "go_backwards": direction == "backward",
                "name": f"{direction}_{depth}",
            }
            if self.elementwise:
                return ElementwiseLayer(self.gates, units, **options)
            options |= {
                "recurrent_initializer": keras.initializers.RandomNormal(stddev=scale) if normal else initialization,
                "units": units,
                "return_sequences": True,
                "return_state": True,
                "zero_output_for_mask": True,
            }
            if cell == "rnn":
                return keras.layers.SimpleRNN(activation=activation, **options)
            layer = keras.layers.LSTM if cell == "lstm" else keras.layers.GRU
            return layer(**options)

        directions = ["forward", "backward"] if bidirectional else ["forward"]
        self.layers = [[recurrence(direction, depth) for direction in directions] for depth in range(layers)]

    @classmethod
    def of(cls, settings, *, portable=False, name="encoder", **options):
        """Makes the encoder that the section `Recurrence` of the settings describes."""
        return cls(
            settings.cell,
            settings.units,
            layers=settings.layers,
            bidirectional=settings.bidirectional,
            activation=settings.activation,
            dropout=settings.dropout,
            recurrent_dropout=settings.recurrent_dropout,
            portable=portable,
            name=name,
            **options,
        )

    @property
    def features(self):
        """Size of an output: both directions side by side."""
        return self.units * (2 if self.bidirectional else 1)

    def build(self, input_shape):
        size = input_shape[-1]
        for layer in self.layers:
            for direction in layer:
                direction.build((None, None, size))
            size = len(layer) * self.units
        self.built = True

    def call(self, inputs, mask, state=None, noise=None):
        """Encodes a batch.

        Args:
            inputs: (batch, steps, features).
            mask: (batch, steps) bool.
            state: the state before the first step, in the form of the returned one; None is zero.
            noise: the Noise of dropout, in training.

        Returns:
            outputs (batch, steps, directions * units), 0 at padding; the mask; and the final state of each layer, a
            list of lists of (batch, directions * units): [h, c] for the LSTM, else [h]. The forward half's state is
            that after the last real step, the backward half's that after step 0.
        """
        by_keras, after = self.by_keras and not (noise and self.recurrent_dropout), []
        for depth, layer in enumerate(self.layers):
            if depth:
                inputs = dropped(inputs, self.dropout, noise)
            before = self.zero_state(tf.shape(inputs)[0])[depth] if state is None else state[depth]
            halves = zip(*(tf.split(part, len(layer), axis=-1) for part in before), strict=True)
            found = [
                self._by_keras(one, inputs, mask, list(half))
                if by_keras
                else self._by_recur(one, inputs, mask, list(half), noise)
                for one, half in zip(layer, halves, strict=True)
            ]
            inputs = tf.concat([outputs for outputs, _ in found], axis=-1)
            after.append([tf.concat(parts, axis=-1) for parts in zip(*(last for _, last in found), strict=True)])
        return inputs, mask, after

    def zero_state(self, rows):
        """Returns the zero state, in the form that `call` takes and returns."""
        zero = tf.zeros([rows, self.features], self.compute_dtype)
        return [[zero] * self.gates.states for _ in self.layers]

    @property
    def state_signature(self):
        """The state as tf.TensorSpec."""
        return [[tf.TensorSpec([None, self.features], self.compute_dtype)] * self.gates.states for _ in self.layers]

    def step(self, inputs, state, held=None):
        """Reads one step (batch, features), forwards only; returns outputs (batch, units) and state.

        With `held`, units that are true in (layers, units) bool are at a value () instead, in [-1, 1]: their output
        and, in an LSTM, tanh of their memory.
        """
        after = []
        for number, ((layer,), before) in enumerate(zip(self.layers, state, strict=True)):
            after.append(self.advance(layer, inputs, before)[0])
            if held is not None:
                chosen, value = held
                # tanh would be 1 at infinity alone.
                memory = tf.atanh(tf.clip_by_value(value, -1 + 1e-6, 1 - 1e-6))
                pairs = zip((value, memory), after[-1], strict=False)
                after[-1] = [tf.where(chosen[number], one, part) for one, part in pairs]
            inputs = after[-1][0]
        return inputs, after

    def activations(self, state):
        """Returns what each unit tells of its state, (batch, layers * units), by layers: tanh(c) of an LSTM, else h."""
        return tf.concat([tf.tanh(layer[1]) if self.cell == "lstm" else layer[0] for layer in state], axis=1)

    def advance(self, layer, inputs, before):
        """Reads one step in one direction of a layer; returns its new state and `saved`, see gates.py."""
        if self.elementwise:
            return [layer.step(inputs, before[0])], []
        kernel, recurrent_kernel, bias, recurrent_bias = self.weights_of(layer)
        recurrent = tf.matmul(before[0], recurrent_kernel)
        if recurrent_bias is not None:
            recurrent = recurrent + recurrent_bias
        return self.gates.forward(tf.matmul(inputs, kernel) + bias, recurrent, before)

    def weights_of(self, layer):
        """Returns the kernels and biases of one direction of a layer; the recurrent bias is None if there is none."""
        bias, recurrent_bias = tf.unstack(layer.cell.bias) if self.cell == "gru" else (layer.cell.bias, None)
        kernels = (tf.convert_to_tensor(kernel) for kernel in (layer.cell.kernel, layer.cell.recurrent_kernel))
        return *kernels, bias, recurrent_bias

    def _by_keras(self, layer, inputs, mask, state):
        """Returns outputs (batch, steps, units) and final state of one direction, computed by its Keras layer."""
        outputs, *state = layer(inputs, mask=mask, initial_state=state)
        return tf.reverse(outputs, axis=[1]) if layer.go_backwards else outputs, state

    def _by_recur(self, layer, inputs, mask, state, noise=None):
        """As `_by_keras`, but by `recur`; the backward half reads reversed sequences, whose padding stays last."""
        lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)

        def turn(sequences):
            return tf.reverse_sequence(sequences, lengths, seq_axis=1) if layer.go_backwards else sequences

        inputs = tf.transpose(turn(inputs), [1, 0, 2])
        if self.elementwise:
            how = {"relu": self.gates.relu, "differentiable": not self.portable}
            states = [recur_elementwise(*layer.coefficients(inputs), state[0], **how)]
        else:
            kernel, recurrent_kernel, bias, recurrent_bias = self.weights_of(layer)
            keep = noise and noise.keep(state[0], self.recurrent_dropout)
            weights = recurrent_kernel, recurrent_bias, keep
            projected = product(inputs, kernel) + bias
            states = recur(self.gates, projected, state, *weights, differentiable=not self.portable)
        last = tf.stack([lengths - 1, tf.range(tf.size(lengths))], axis=1)
        outputs = turn(tf.transpose(states[0], [1, 0, 2]))
        return tf.where(mask[..., tf.newaxis], outputs, 0), [tf.gather_nd(part, last) for part in states]
