"""The model of the language-model task: the next piece, given all pieces before it."""

import keras
import numpy as np
import tensorflow as tf

from seqtasks.layers.convolution import GatedConvolutions
from seqtasks.layers.embedding import embedding
from seqtasks.layers.noise import dropped, words_dropped
from seqtasks.layers.output import SoftmaxOutput
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.text import PAD


class LanguageModel(keras.Model):
    """Embeddings or one-hot vectors, a network that reads forwards, a softmax over the pieces.

    The recurrent neural network language model of Mikolov et al. (2010), with dropout between layers but not along time
    (Zaremba et al., 2014).

    Masking: from the ids, true where they are not PAD. Padding reaches neither losses, states nor gradients.
    """

    def __init__(self, settings, *, counts, portable=False):
        """Takes the section `model` of the settings, and the count of each piece of the vocabulary in the train split.

        Pieces with a count of 0, of `counts` (size,) ints, are never predicted. The output's bias starts at log p of
        each piece by its count, so that frequencies need not be learned; with the initialization "normal" it is 0.
        """
        super().__init__(name="language_model")
        normal, first_bias = None, np.log(np.maximum(counts, 1) / max(1, counts.sum()))
        if settings.initialization == "normal":
            normal, first_bias = keras.initializers.RandomNormal(stddev=settings.initialization_scale), None
        self.size = size = len(counts)
        self.embedding = None
        if settings.embedding:
            self.embedding = embedding(
                size, settings.embedding, scale=settings.embedding_scale, tied=settings.tied, name="embedding"
            )
        if settings.encoder == "recurrent":
            self.encoder = RecurrentEncoder.of(
                settings,
                initialization=settings.initialization,
                scale=settings.initialization_scale,
                portable=portable,
            )
        else:
            self.encoder = GatedConvolutions(
                settings.units,
                layers=settings.layers,
                width=settings.width,
                dropout=settings.dropout,
                initializer=normal or "glorot_uniform",
                portable=portable,
                name="encoder",
            )
        self.output_projection = SoftmaxOutput(
            size,
            initializer=normal or "glorot_uniform",
            first_bias=first_bias,
            tied=self.embedding if settings.tied else None,
            name="output_projection",
        )
        self.dropout, self.word_dropout = settings.dropout, settings.word_dropout
        self.input_size = settings.embedding or size
        self.sampled, shares = settings.sampled, counts / max(1, counts.sum())
        if self.sampled:
            self._up_to = np.cumsum(shares).astype(self.compute_dtype)
            self._last = int(np.flatnonzero(counts)[-1])
            self._log_counts = np.log(self.sampled * np.maximum(shares, 1e-12)).astype(self.compute_dtype)
        self.unpredictable = np.where(counts > 0, 0, -1e9).astype(self.compute_dtype)

        if self.embedding:
            self.embedding.build((None, None))
        self.encoder.build((None, None, self.input_size))
        self.output_projection.build((None, self.encoder.features))
        self.built = True

    def call(self, ids, state=None, noise=None):
        """Reads pieces.

        Args:
            ids: (batch, steps) int32, each row with at least one piece.
            state: from a call on the pieces just before; None is zero.

        Returns:
            logits (batch, steps, size) of the next piece, about -1e9 for pieces that are never predicted, and the state
            after the last real piece of each row, a list of lists of (batch, units).
        """
        hidden, state = self.read(self.inputs(ids), ids != PAD, state, noise=noise)
        logits = self.logits(tf.reshape(hidden, [-1, hidden.shape[-1]]))
        return tf.reshape(logits, [*tf.unstack(tf.shape(ids)), self.size]), state

    def inputs(self, ids):
        """Returns the input vectors of pieces (batch, steps), or (batch,), as (..., features)."""
        return self.embedding(ids) if self.embedding else tf.one_hot(ids, self.size, dtype=self.compute_dtype)

    def read(self, inputs, mask, state=None, noise=None):
        """Returns hidden (batch, steps, units) and the state, from inputs (batch, steps, features) and their mask."""
        inputs = dropped(words_dropped(inputs, self.word_dropout, noise), self.dropout, noise)
        hidden, _, state = self.encoder(inputs, mask, state, noise=noise)
        return dropped(hidden, self.dropout, noise), state

    def logits(self, hidden):
        """Returns the logits (rows, size) of the piece after hidden (rows, units)."""
        return self.output_projection(hidden, offset=self.unpredictable)

    def cross_entropy(self, ids, wanted, state=None, noise=None):
        """Cross entropy of wanted pieces.

        Args:
            ids, wanted: (batch, steps) int32; wanted holds the next pieces, PAD for those that do not count.
            state: see `call`.

        Returns:
            losses (wanted pieces,) in nats, row by row, and the state. With `noise`, and if model.sampled is set, they
            are estimates.
        """
        hidden, state = self.read(self.inputs(ids), ids != PAD, state, noise=noise)
        real = wanted != PAD
        hidden, wanted = tf.boolean_mask(hidden, real), tf.boolean_mask(wanted, real)
        if self.sampled and noise is not None:
            drawn = self.draw(noise)
            return self.output_projection.sampled_cross_entropy(hidden, wanted, drawn, self._log_counts), state
        return self.output_projection.cross_entropy(hidden, wanted, offset=self.unpredictable), state

    def draw(self, noise):
        """Returns model.sampled ids, (n,) int32, drawn by their counts in train with replacement."""
        places = noise.uniform([self.sampled], dtype=self._up_to.dtype)
        return tf.minimum(tf.searchsorted(self._up_to, places, side="right"), self._last)

    def step(self, ids, state, **held):
        """Reads one more piece (batch,); returns logits (batch, size) of the next one, and the state.

        `held` may hold units of a recurrent network at a value, see RecurrentEncoder.
        """
        hidden, state = self.encoder.step(self.inputs(ids), state, **held)
        return self.logits(hidden), state

    def zero_state(self, rows):
        """Returns the zero state of a number of rows."""
        return self.encoder.zero_state(rows)

    @property
    def state_signature(self):
        """The state as tf.TensorSpec."""
        return self.encoder.state_signature
