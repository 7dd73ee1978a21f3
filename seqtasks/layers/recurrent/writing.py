"""Models that write a sequence piece by piece: the decoder's half, which tasks share."""

from abc import abstractmethod

import keras
import numpy as np
import tensorflow as tf

from seqtasks.decoding.beam_search import beam_search
from seqtasks.decoding.choices import choices
from seqtasks.layers.noise import dropped, words_dropped
from seqtasks.layers.output import SoftmaxOutput
from seqtasks.layers.recurrent.decoder import RecurrentDecoder
from seqtasks.text import BOS, EOS, PAD, UNK


class WritingModel(keras.Model):
    """A decoder with attention and deep output; a subclass has the encoder of what is read, the source.

    t_i = tanh(U s_i + V E y_{i-1} + C c_i + b), p(y_i) = softmax(W t_i + b). Bahdanau et al. (2015), appendix A.2.2,
    have a maxout layer of s_{i-1} instead; later toolkits use the new state s_i and tanh, as here. It is equation 7 of
    Xu et al. (2015), "Show, Attend and Tell", with another layer of tanh.

    Masking: of the pieces written, true where they are not PAD. Padding reaches neither logits of real steps nor
    gradients.
    """

    @abstractmethod
    def encode(self, source, noise=None):
        """Returns the decoder's memory and first state from a batch of sources."""

    def make_decoder(self, settings, size, *, attention, encoder_size, coverage=False, starts="state", output=None):
        """Makes the layers that write pieces of a vocabulary of `size`; `build_decoder` builds them.

        A subclass has made `target_embedding`, with settings.tied a tied one.

        Args:
            settings: cell, units, attention_units, activation, embedding, tied, and the rates of dropout.
            attention: whether the decoder attends to the encoder.
            encoder_size, coverage, starts: see RecurrentDecoder.
            output: the output layer, a SoftmaxOutput by default.
        """
        self.decoder = RecurrentDecoder(
            settings.cell,
            settings.units,
            attention_units=settings.attention_units if attention else None,
            coverage=coverage,
            encoder_size=encoder_size,
            activation=settings.activation,
            starts=starts,
            recurrent_dropout=settings.recurrent_dropout,
            name="decoder",
        )
        self.deep_output = keras.layers.Dense(settings.embedding, activation="tanh", name="deep_output")
        self.output_projection = output or SoftmaxOutput(
            size, tied=self.target_embedding if settings.tied else None, name="output_projection"
        )
        # Of what is read, of the pieces written before, of the deep output.
        self.dropout, self.word_dropout = settings.dropout, settings.word_dropout
        self.unpredictable = np.zeros(size, self.compute_dtype)
        self.unpredictable[[PAD, UNK, BOS]] = -1e9

    def build_decoder(self, embedding, more=0):
        """Builds the layers of `make_decoder`.

        `embedding` is the size of the target embedding, `more` of what else the deep output reads, behind it.
        """
        self.decoder.build((None, None, embedding))
        self.deep_output.build((None, self.decoder.features + embedding + more))
        self.output_projection.build((None, embedding))

    def call(self, source, target, noise=None):
        """Logits of the real target steps under teacher forcing, of a source as `encode` takes it; see `features`.

        Returns:
            logits (real steps, vocabulary) and the ids to be predicted there (real steps,).
        """
        hidden, wanted = self.features(*self.encode(source, noise=noise), target, noise=noise)
        return self.output_projection(hidden), wanted

    def cross_entropy(self, source, target, *, smoothing=0.0, noise=None):
        """Cross entropy of the real target steps, summed, and their number; see `features`."""
        hidden, wanted = self.features(*self.encode(source, noise=noise), target, noise=noise)
        losses = self.output_projection.cross_entropy(hidden, wanted, smoothing=smoothing)
        return tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype)

    def features(self, memory, state, target, noise=None):
        """The inputs of the output layer at the real target steps under teacher forcing.

        Args:
            memory, state: from `encode`.
            target: (batch, target steps) int32 ids between BOS and EOS.

        Returns:
            (real steps, embedding) and the ids to be predicted there (real steps,).
        """
        steps = tf.transpose(target)
        given, wanted = steps[:-1], steps[1:]
        embedded = words_dropped(self.target_embedding(given), self.word_dropout, noise)
        embedded = dropped(embedded, self.dropout, noise)
        features = [*self.decoder(embedded, state, memory, noise=noise), embedded]
        real = wanted != PAD
        # Padded steps are dropped before the two widest products.
        features = tf.concat([tf.boolean_mask(part, real) for part in features], axis=-1)
        return dropped(self.deep_output(features), self.dropout, noise), tf.boolean_mask(wanted, real)

    def teacher_forced(self, memory, state, written):
        """Returns the logits of each piece of texts that were written, given those before, without dropout.

        Args:
            memory, state: from `encode`.
            written: (batch, steps) int32 ids, without BOS.

        Returns:
            (steps, batch, vocabulary), as `step` has them.
        """
        given = tf.pad(tf.transpose(written)[:-1], [[1, 0], [0, 0]], constant_values=BOS)
        embedded = self.target_embedding(given)
        hidden = self.deep_output(tf.concat([*self.decoder(embedded, state, memory), embedded], axis=-1))
        flat = tf.reshape(hidden, [-1, hidden.shape[-1]])
        logits = self.output_projection(flat, offset=self.unpredictable)
        return tf.reshape(logits, [*tf.unstack(tf.shape(given)), logits.shape[-1]])

    def choices(self, source, found, piece_of):
        """Returns what might stand in the place of each piece of the best sequences that a search found.

        See `decoding.choices`; `source` is what `encode` takes, `found` the Hypotheses.
        """
        ids = found.ids[:, 0, : tf.reduce_max(found.lengths[:, 0])]
        logits = self.teacher_forced(*self.encode(source), ids)
        return choices(tf.transpose(logits, [1, 0, 2]), ids, piece_of(ids), piece_of)

    @staticmethod
    def tree(found, label_of):
        """Returns what `Reader.tree` takes, from the Hypotheses of a search that was recorded.

        `label_of` is a function of ids (batch, any) to the strings by which they are shown.
        """
        by_sentence = {name: tf.transpose(getattr(found.steps, name), [1, 0, 2]) for name in ("parents", "ids", "logp")}
        ids = by_sentence.pop("ids")
        labels = tf.reshape(label_of(tf.reshape(ids, [tf.shape(ids)[0], -1])), tf.shape(ids))
        found = {**by_sentence, "labels": tf.where(ids == PAD, "", labels), "order": found.steps.order}
        return {f"tree_{name}": value for name, value in found.items()}

    def search_memory(self, memory):
        """Returns the memory of `encode` in the form that `step` takes."""
        start = self.decoder.cell.units
        return self.decoder.search_memory(memory, self.deep_output.kernel[start : start + self.decoder.encoder_size])

    def step(self, ids, state, memory):
        """One step of a search with n hypotheses for each source, in adjacent rows.

        Args:
            ids: (rows,) int32, the previous pieces, for rows = sources * n.
            state: list of (rows, units).
            memory: from `search_memory`, one row for each source.

        Returns:
            logits (rows, vocabulary), float32, about -1e9 for PAD, UNK and BOS; the new state; and the attention
            weights (rows, source steps).
        """
        hidden, state, attention = self.hidden(self.target_embedding(ids), state, memory)
        return self.output_projection(hidden, offset=self.unpredictable), state, attention

    def hidden(self, embedded, state, memory, more=0.0):
        """The part of `step` before the output layer, given the inputs of the step (rows, embedding).

        `more` (rows, embedding) is the share of what else the deep output reads.

        Returns:
            the deep output (rows, embedding), the new state and the attention weights.
        """
        state, share, attention = self.decoder.step(self.decoder.cell.project(embedded), state, memory)
        kernel, units = tf.convert_to_tensor(self.deep_output.kernel), self.decoder.cell.units
        start = self.decoder.features
        hidden = tf.matmul(state[0], kernel[:units])
        hidden += tf.matmul(embedded, kernel[start : start + embedded.shape[-1]]) + self.deep_output.bias + more
        return tf.tanh(hidden if share is None else hidden + share), state, attention

    def search_state(self, state, limits):
        """Returns the state before the first step of a search, from that of `encode` and its `limits`; see `search`."""
        return state

    def search(self, source, *, limits, blank, **options):
        """Writes the best sequences for sources by beam search; for blank ones the end alone, with score 0.

        Args:
            source: what `encode` takes.
            limits, options: see `beam_search`.
            blank: (batch,) bool.

        Returns:
            Hypotheses.
        """
        memory, state = self.encode(source)
        state = self.search_state(state, limits)
        found = beam_search(self.step, state, self.search_memory(memory), limits=limits, **options)
        blank = blank[:, tf.newaxis]
        if found.steps:
            found = found._replace(steps=found.steps._replace(ids=tf.where(blank, PAD, found.steps.ids)))
        return found._replace(
            ids=tf.where(blank[..., tf.newaxis], EOS, found.ids),
            lengths=tf.where(blank, 1, found.lengths),
            scores=tf.where(blank, 0.0, found.scores),
        )
