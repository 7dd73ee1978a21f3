"""The recurrent encoder that every task shares."""

import keras
import tensorflow as tf


class RecurrentEncoder(keras.layers.Layer):
    """Stacked, optionally bidirectional LSTM, GRU or vanilla (Elman) layers.

    The backward half reads each sequence from its last real step to its first (Schuster and Paliwal, 1997). The LSTM is
    that of Hochreiter and Schmidhuber (1997) with forget gates (Gers et al., 2000) whose bias starts at 1 (Jozefowicz
    et al., 2015, section 2.2); the GRU applies its reset gate after the product, as cuDNN does.

    Masking: takes the mask explicitly and never reads a padded step; outputs there are 0. Right padding, at least one
    real step a row.

    Args:
        cell: "lstm", "gru" or "rnn".
        units: units of a direction of a layer.
        layers: how many are stacked.
        bidirectional: read in both directions.
        activation: of the vanilla cell, "tanh" or "relu".
        dropout: share of the inputs of each layer but the first that is dropped in training.
        portable: never use cuDNN, so that an exported graph runs on a CPU too.
    """

    def __init__(
        self, cell, units, *, layers=1, bidirectional=True, activation="tanh", dropout=0.0, portable=False, **kwargs
    ):
        super().__init__(**kwargs)
        self.cell, self.units, self.bidirectional = cell, units, bidirectional

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
            return layer(use_cudnn=False if portable else "auto", **options)

        directions = ["forward", "backward"] if bidirectional else ["forward"]
        self.layers = [[recurrence(direction, depth) for direction in directions] for depth in range(layers)]
        self.dropouts = [keras.layers.Dropout(dropout) for _ in range(layers - 1)]

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
            outputs, *state = layer[0](inputs, mask=mask)
            if self.bidirectional:
                backward, *backward_state = layer[1](inputs, mask=mask)
                outputs = tf.concat([outputs, tf.reverse(backward, axis=[1])], axis=-1)
                state = [tf.concat(pair, axis=-1) for pair in zip(state, backward_state, strict=True)]
            inputs = outputs
        return outputs, mask, state
