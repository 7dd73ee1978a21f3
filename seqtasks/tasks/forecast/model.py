"""The model of the forecast task: the next vector of a table, given all vectors before it."""

import keras
import tensorflow as tf

from seqtasks.layers.embedding import StepEmbedding
from seqtasks.layers.noise import dropped
from seqtasks.layers.recurrent.encoder import RecurrentEncoder


class Forecaster(keras.Model):
    """A vector for each step, a recurrent network that reads forwards, and the next values as a linear function of it.

    It predicts all channels that it reads, so that its answers can be read again (Graves, 2013, "Generating sequences
    with recurrent neural networks", section 2). With each step it reads what is known beforehand of the next. Behind
    the channels it predicts quantiles of each value to forecast (Koenker and Bassett, 1978), which are not read again.

    Masking: from lengths, as 0 is a value. Padding reaches neither losses, states nor gradients. A missing value is
    read as the mean, with a mark.
    """

    def __init__(self, settings, *, channels, count, future, portable=False):
        """Takes the section `model` of the settings, and numbers of channels, values and features known before.

        The values to forecast are the first `count` channels.
        """
        super().__init__(name="forecaster")
        self.channels, self.count, self.future_features = channels, count, future
        self.shares = len(settings.quantiles)
        self.outputs_of_step = channels + count * self.shares
        self.residual, self.dropout = settings.residual, settings.dropout
        self.embedding = StepEmbedding(channels, settings.embedding, scale=settings.embedding_scale, name="embedding")
        self.future = keras.layers.Dense(settings.embedding, use_bias=False, name="future") if future else None
        self.encoder = RecurrentEncoder.of(settings, portable=portable)
        self.output_projection = keras.layers.Dense(self.outputs_of_step, name="output_projection")

        self.embedding.build((None, None, 2 * channels))
        if future:
            self.future.build((None, None, future))
        self.encoder.build((None, None, settings.embedding))
        self.output_projection.build((None, None, self.encoder.features))
        self.built = True

    def call(self, features, future, lengths, state=None, noise=None):
        """Reads steps.

        Args:
            features: (batch, steps, 2 * channels), as `Numbers.features_of` gives them.
            future: (batch, steps, features), what is known beforehand of the step behind each.
            lengths: (batch,) int32, at least 1.
            state: from a call on the steps just before; None is zero.

        Returns:
            the standardized next vectors (batch, steps, channels + count * quantiles), with the quantiles of each value
            behind the channels; and the state after the last real step of each row.
        """
        features = tf.cast(features, self.compute_dtype)
        mask = tf.sequence_mask(lengths, tf.shape(features)[1])
        inputs = dropped(self._inputs(features, future), self.dropout, noise)
        hidden, _, state = self.encoder(inputs, mask, state, noise=noise)
        return self._next(dropped(hidden, self.dropout, noise), features), state

    def step(self, features, future, state):
        """Reads one more step (batch, ...), see `call`; returns the next vectors (batch, ...) and the state."""
        features = tf.cast(features, self.compute_dtype)
        hidden, state = self.encoder.step(self._inputs(features, future), state)
        return self._next(hidden, features), state

    def quantiles(self, found):
        """Returns the quantiles (..., count, quantiles) among next vectors (...), see `call`."""
        behind = found[..., self.channels :]
        return tf.reshape(behind, [*tf.unstack(tf.shape(behind)[:-1]), self.count, self.shares])

    def zero_state(self, rows):
        """Returns the zero state of a number of rows."""
        return self.encoder.zero_state(rows)

    def trace(self, features, future):
        """Reads steps of one series one by one.

        Args:
            features: (steps, 2 * channels).
            future: (steps, features).

        Returns:
            the next vectors (steps, ...), see `call`, and the state after each step, a list of (steps, units), flat.
        """
        state = self.zero_state(1)
        kept = [tf.TensorArray(self.compute_dtype, tf.shape(features)[0]) for _ in (0, *tf.nest.flatten(state))]

        def read(place, state, kept):
            found, state = self.step(features[place][tf.newaxis], future[place][tf.newaxis], state)
            parts = [part[0] for part in (found, *tf.nest.flatten(state))]
            return place + 1, state, [array.write(place, part) for array, part in zip(kept, parts, strict=True)]

        _, _, kept = tf.while_loop(lambda place, *_: place < tf.shape(features)[0], read, (0, state, kept))
        found, *states = [array.stack() for array in kept]
        return tf.ensure_shape(found, [None, self.outputs_of_step]), states

    def ahead(self, first, future, state):
        """Forecasts by feeding back the answers.

        Args:
            first: (batch, ...), the vectors predicted for the next step, see `call`.
            future: (batch, steps, features), what is known beforehand of the steps behind that.
            state: the state that `first` was predicted from.

        Returns:
            (batch, 1 + steps, ...), `first` included.
        """
        future = tf.convert_to_tensor(future)
        steps = tf.shape(future)[1]
        kept = tf.TensorArray(first.dtype, 1 + steps).write(0, first)

        def go_on(place, found, state, kept):
            read = found[:, : self.channels]
            found, state = self.step(tf.concat([read, tf.zeros_like(read)], axis=1), future[:, place], state)
            return place + 1, found, state, kept.write(place + 1, found)

        *_, kept = tf.while_loop(
            lambda place, *_: place < steps,
            go_on,
            (0, first, state, kept),
            # In a step the number of rows is unknown.
            shape_invariants=(
                tf.TensorShape([]),
                *(tf.nest.map_structure(lambda part: tf.TensorShape([None, part.shape[1]]), p) for p in (first, state)),
                tf.TensorShape(None),
            ),
        )
        return tf.ensure_shape(tf.transpose(kept.stack(), [1, 0, 2]), [None, None, self.outputs_of_step])

    def _inputs(self, features, future):
        embedded = self.embedding(features)
        return embedded + self.future(tf.cast(future, self.compute_dtype)) if self.future else embedded

    def _next(self, hidden, features):
        found = self.output_projection(hidden)
        if not self.residual:
            return found
        now = features[..., : self.channels]
        return found + tf.concat([now, tf.repeat(now[..., : self.count], self.shares, axis=-1)], axis=-1)
