"""The model of the series task: a label for each step, or for the whole series."""

import keras
import tensorflow as tf

from seqtasks.layers.embedding import StepEmbedding
from seqtasks.layers.noise import dropped, words_dropped
from seqtasks.layers.output import SoftmaxOutput
from seqtasks.layers.pooling import Pooling
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.layers.tagging.crf import CRF


class SeriesLabeler(keras.Model):
    """A vector for each step, a recurrent encoder, and scores of labels at each step, or after a pooling over them.

    The scores go into a softmax, or at each step into a conditional random field. Bidirectional, with a softmax at each
    step, it is the framewise classifier of Graves and Schmidhuber (2005).

    Masking: from the lengths. Padding reaches neither scores nor gradients.
    """

    def __init__(self, settings, *, channels, labels, portable=False):
        """Takes the section `model` of the settings, and the numbers of channels and of labels."""
        super().__init__(name="series_labeler")
        self.embedding = StepEmbedding(channels, settings.embedding, scale=settings.embedding_scale, name="embedding")
        self.encoder = RecurrentEncoder.of(settings, portable=portable)
        self.pooling = Pooling(settings.pooling, name="pooling") if settings.output == "sequence" else None
        self.output_projection = SoftmaxOutput(labels, name="output_projection")
        self.crf = CRF(labels, name="crf") if settings.crf else None
        self.noise = settings.noise
        self.dropout, self.word_dropout = settings.dropout, settings.word_dropout
        self.attends = bool(self.pooling) and settings.pooling == "attention"

        self.embedding.build()
        self.encoder.build((None, None, settings.embedding))
        features = self.encoder.features
        if self.pooling:
            self.pooling.build((None, None, features))
            features = self.pooling.width(features)
        self.output_projection.build((None, features))
        if self.crf:
            self.crf.build()
        self.built = True

    def call(self, inputs, mask):
        """Scores the labels of series.

        Args:
            inputs: (batch, steps, 2 * channels), see Numbers.features_of.
            mask: (batch, steps) bool, true at real steps, of which each row has at least one.

        Returns:
            logits (batch, steps, labels), or with a pooling (batch, labels); and the attention weights (batch, steps)
            of the pooling, None without attention.
        """
        hidden, weights = self.hidden(inputs, mask)
        rows = self.output_projection(tf.reshape(hidden, [-1, hidden.shape[-1]]))
        return tf.reshape(rows, [*tf.unstack(tf.shape(hidden)[:-1]), rows.shape[-1]]), weights

    def hidden(self, inputs, mask, noise=None):
        """Returns what the output layer reads, (batch, steps, features) or (batch, features), and weights as `call`."""
        if noise and self.noise:
            values, missing = tf.split(inputs, 2, axis=-1)
            values += (1 - missing) * noise.normal(tf.shape(values), self.noise)
            inputs = tf.concat([values, missing], axis=-1)
        embedded = words_dropped(self.embedding(inputs), self.word_dropout, noise)
        outputs, mask, state = self.encoder(dropped(embedded, self.dropout, noise), mask, noise=noise)
        outputs, weights = self.pooling(outputs, mask, state[-1]) if self.pooling else (outputs, None)
        return dropped(outputs, self.dropout, noise), weights

    def decode(self, logits, mask):
        """Returns the labels (batch, steps) int32 from logits of steps, and their probabilities; both 0 at padding."""
        if self.crf:
            (labels, _), shares = self.crf(logits, mask), self.crf.marginals(logits, mask)
        else:
            labels, shares = tf.argmax(logits, axis=-1, output_type=tf.int32), tf.nn.softmax(logits)
        return tf.where(mask, labels, 0), tf.where(mask, tf.gather(shares, labels, batch_dims=2), 0)

    def negative_log_likelihood(self, inputs, mask, labels, *, smoothing=0.0, noise=None):
        """-log p of the wanted labels, (batch, steps) or (batch,) int32, in nats, summed, and their number."""
        hidden, _ = self.hidden(inputs, mask, noise=noise)
        if self.crf:
            rows = self.output_projection(tf.reshape(hidden, [-1, hidden.shape[-1]]))
            logits = tf.reshape(rows, [*tf.unstack(tf.shape(mask)), rows.shape[-1]])
            return -self.crf.log_likelihood(logits, mask, labels), tf.reduce_sum(tf.cast(mask, logits.dtype))
        if not self.pooling:
            hidden, labels = tf.boolean_mask(hidden, mask), tf.boolean_mask(labels, mask)
        losses = self.output_projection.cross_entropy(hidden, labels, smoothing=smoothing)
        return tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype)
