"""The recurrent encoder that every task shares."""

import keras
import tensorflow as tf

from seqtasks.layers.gates import make_gates
from seqtasks.layers.recurrence import recur


class RecurrentEncoder(keras.layers.Layer):
    """Stacked, optionally bidirectional LSTM, GRU or vanilla (Elman) layers.

    The backward half reads each sequence from its last real step to its first (Schuster and Paliwal, 1997). The LSTM is
    that of Hochreiter and Schmidhuber (1997) with forget gates (Gers et al., 2000) whose bias starts at 1 (Jozefowicz
    et al., 2015, section 2.2); the GRU applies its reset gate after the product, as cuDNN does.

    Weights are those of Keras' layers. On a GPU these layers also do the work, with cuDNN; on a CPU the loop of
    recurrence.py does it, in less time.

    Masking: takes the mask explicitly and never reads a padded step; outputs there are 0. Right padding, at least one
    real step a row.

    Args:
        cell: "lstm", "gru" or "rnn".
        units: units of a direction of a layer.
        layers: how many are stacked.
        bidirectional: read in both directions.
        activation: of the vanilla cell, "tanh" or "relu".
        dropout: share of the inputs of each layer but the first that is dropped in training.
        portable: use neither cuDNN nor written-out gradients, so that the graph can be exported and runs on a CPU too.
    """

    def __init__(
        self, cell, units, *, layers=1, bidirectional=True, activation="tanh", dropout=0.0, portable=False, **kwargs
    ):
        super().__init__(**kwargs)
        self.cell, self.units, self.bidirectional = cell, units, bidirectional
        self.gates = make_gates(cell, activation=activation)
        self.portable = portable
        self.by_keras = not portable and bool(tf.config.list_physical_devices("GPU"))

        def recurrence(direction, depth):
            options = {
                "units": units,
                "return_sequences": True,
                "return_state": True,
                "zero_output_for_mask": True,
                "go_backwards": direction == "backward",
                "name": f"{direction}_{depth}",
            }
            if cell == "rnn":
                return keras.layers.SimpleRNN(activation=activation, **options)
            layer = keras.layers.LSTM if cell == "lstm" else keras.layers.GRU
            return layer(**options)

        directions = ["forward", "backward"] if bidirectional else ["forward"]
        self.layers = [[recurrence(direction, depth) for direction in directions] for depth in range(layers)]
        self.dropouts = [keras.layers.Dropout(dropout) for _ in range(layers - 1)]

    @classmethod
    def of(cls, settings, *, portable=False):
        """Makes the encoder, named "encoder", that the section `Recurrence` of the settings describes."""
        return cls(
            settings.cell,
            settings.units,
            layers=settings.layers,
            bidirectional=settings.bidirectional,
            activation=settings.activation,
            dropout=settings.dropout,
            portable=portable,
            name="encoder",
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

    def call(self, inputs, mask, training=False):
        """Encodes a batch.

        Args:
            inputs: (batch, steps, features).
            mask: (batch, steps) bool.
            training: apply dropout.

        Returns:
            outputs (batch, steps, directions * units), 0 at padding; the mask; and the final state of the last layer, a
            list of (batch, directions * units): [h, c] for the LSTM, else [h]. The forward half's state is that after
            the last real step, the backward half's that after step 0.
        """
        for depth, layer in enumerate(self.layers):
            if depth:
                inputs = self.dropouts[depth - 1](inputs, training=training)
            run = self._by_keras if self.by_keras else self._by_recur
            directions = [run(direction, inputs, mask) for direction in layer]
            inputs = tf.concat([outputs for outputs, _ in directions], axis=-1)
            states = zip(*(state for _, state in directions), strict=True)
        return inputs, mask, [tf.concat(parts, axis=-1) for parts in states]

    def _by_keras(self, layer, inputs, mask):
        """Returns outputs (batch, steps, units) and final state of one direction, computed by its Keras layer."""
        outputs, *state = layer(inputs, mask=mask)
        return tf.reverse(outputs, axis=[1]) if layer.go_backwards else outputs, state

    def _by_recur(self, layer, inputs, mask):
        """The same by `recur`; the backward half reads reversed sequences, whose padding stays last."""
        lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)

        def turn(sequences):
            return tf.reverse_sequence(sequences, lengths, seq_axis=1) if layer.go_backwards else sequences

        bias, *recurrent_bias = tf.unstack(layer.cell.bias) if self.cell == "gru" else [layer.cell.bias]
        inputs = tf.transpose(turn(inputs), [1, 0, 2])
        known = tf.tensordot(inputs, layer.cell.kernel, axes=1) + bias
        start = tf.zeros([tf.shape(inputs)[1], self.units], known.dtype)
        states = recur(
            self.gates,
            known,
            [start] * self.gates.states,
            tf.convert_to_tensor(layer.cell.recurrent_kernel),
            *recurrent_bias,
            differentiable=not self.portable,
        )
        last = tf.stack([lengths - 1, tf.range(tf.size(lengths))], axis=1)
        outputs = turn(tf.transpose(states[0], [1, 0, 2]))
        return tf.where(mask[..., tf.newaxis], outputs, 0), [tf.gather_nd(part, last) for part in states]
