"""The encoder-decoder of the translate task."""

import keras
import numpy as np
import tensorflow as tf

from seqtasks.layers.embedding import embedding
from seqtasks.layers.output import SoftmaxOutput
from seqtasks.layers.recurrent.decoder import RecurrentDecoder
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.text import BOS, PAD, UNK


class Translator(keras.Model):
    """RNNsearch of Bahdanau, Cho and Bengio (2015), and without attention the model of Sutskever et al. (2014).

    Source embeddings go through a recurrent encoder; the decoder reads it through attention. Deep output: t_i =
    tanh(U s_i + V E y_{i-1} + C c_i + b), p(y_i) = softmax(W t_i + b). The paper's appendix A.2.2 has a maxout layer of
    s_{i-1} instead; later toolkits use the new state s_i and tanh, as here.

    Masking: from the ids, true where they are not PAD. Padding reaches neither logits of real steps nor gradients.
    """

    def __init__(self, settings, *, source_size, target_size, portable=False):
        """Takes the section `model` of the settings and the sizes of both vocabularies."""
        super().__init__(name="translator")
        self.source_embedding, self.target_embedding = (
            embedding(size, settings.embedding, scale=settings.embedding_scale, name=f"{side}_embedding")
            for side, size in (("source", source_size), ("target", target_size))
        )
        self.encoder = RecurrentEncoder.of(settings, portable=portable)
        self.decoder = RecurrentDecoder(
            settings.cell,
            settings.units,
            attention_units=settings.attention_units if settings.attention == "bahdanau" else None,
            encoder_size=self.encoder.features,
            activation=settings.activation,
            name="decoder",
        )
        self.deep_output = keras.layers.Dense(settings.embedding, activation="tanh", name="deep_output")
        self.output_projection = SoftmaxOutput(target_size, name="output_projection")
        self.dropouts = [keras.layers.Dropout(settings.dropout, name=f"dropout_{i}") for i in range(3)]
        self.unpredictable = np.zeros(target_size, self.compute_dtype)
        self.unpredictable[[PAD, UNK, BOS]] = -1e9

        self.source_embedding.build((None, None))
        self.target_embedding.build((None, None))
        self.encoder.build((None, None, settings.embedding))
        self.decoder.build((None, None, settings.embedding))
        self.deep_output.build((None, self.decoder.features + settings.embedding))
        self.output_projection.build((None, settings.embedding))
        self.built = True

    def encode(self, source, training=False):
        """Encodes source ids (batch, steps) into the decoder's memory and first state."""
        embedded = self.dropouts[0](self.source_embedding(source), training=training)
        outputs, mask, state = self.encoder(embedded, source != PAD, training=training)
        return self.decoder.memory(outputs, mask), self.decoder.start(state[-1])

    def call(self, source, target, training=False):
        """Logits of the real target steps under teacher forcing; arguments and masking are those of `features`.

        Returns:
            logits (real steps, vocabulary) and the ids to be predicted there (real steps,).
        """
        hidden, wanted = self.features(source, target, training=training)
        return self.output_projection(hidden), wanted

    def cross_entropy(self, source, target, *, smoothing=0.0, training=False):
        """Cross entropy of the real target steps, summed, and their number; see `features`."""
        hidden, wanted = self.features(source, target, training=training)
        losses = self.output_projection.cross_entropy(hidden, wanted, smoothing=smoothing)
        return tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype)

    def features(self, source, target, training=False):
        """The inputs of the output layer at the real target steps under teacher forcing.

        Args:
            source: (batch, source steps) int32 ids that end with EOS.
            target: (batch, target steps) int32 ids between BOS and EOS.

        Returns:
            (real steps, embedding) and the ids to be predicted there (real steps,).
        """
        memory, state = self.encode(source, training=training)
        steps = tf.transpose(target)
        given, wanted = steps[:-1], steps[1:]
        embedded = self.dropouts[1](self.target_embedding(given), training=training)
        features = [*self.decoder(embedded, state, memory), embedded]
        real = wanted != PAD
        # Padded steps are dropped before the two widest products.
        features = tf.concat([tf.boolean_mask(part, real) for part in features], axis=-1)
        return self.dropouts[2](self.deep_output(features), training=training), tf.boolean_mask(wanted, real)

    def search_memory(self, memory):
        """Returns the memory of `encode` in the form that `step` takes."""
        start = self.decoder.cell.units
        return self.decoder.search_memory(memory, self.deep_output.kernel[start : start + self.decoder.encoder_size])

    def step(self, ids, state, memory):
        """One step of a search with n hypotheses for each sentence, in adjacent rows.

        Args:
            ids: (rows,) int32, the previous pieces, for rows = sentences * n.
            state: list of (rows, units).
            memory: from `search_memory`, one row for each sentence.

        Returns:
            logits (rows, vocabulary), float32, about -1e9 for PAD, UNK and BOS; the new state; and the attention
            weights (rows, source steps).
        """
        embedded = self.target_embedding(ids)
        state, share, attention = self.decoder.step(self.decoder.cell.project(embedded), state, memory)
        kernel, units = tf.convert_to_tensor(self.deep_output.kernel), self.decoder.cell.units
        hidden = tf.matmul(state[0], kernel[:units]) + tf.matmul(embedded, kernel[self.decoder.features :])
        hidden = hidden + self.deep_output.bias
        hidden = tf.tanh(hidden if share is None else hidden + share)
        return self.output_projection(hidden, offset=self.unpredictable), state, attention
