"""The model of the sentiment task: one vector for a whole text, one class."""

import keras
import tensorflow as tf

from seqtasks.layers.convolution import Windows
from seqtasks.layers.counting.ngrams import NGrams
from seqtasks.layers.embedding import word_embedding
from seqtasks.layers.noise import dropped, words_dropped
from seqtasks.layers.output import SoftmaxOutput
from seqtasks.layers.pooling import Pooling
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.text import PAD

_HALF = keras.initializers.Constant(0.5)


class Classifier(keras.Model):
    """Embeddings, an encoder, a pooling over its steps, a softmax over the classes.

    Two variants have no recurrence: without an encoder and with average pooling it is a bag of words, with windows the
    convolutional network of Kim (2014). With `ngrams`, a linear classifier of n-grams stands beside this network, which
    is trained as if it were alone; the logits are the sum of theirs, with a weight each.

    Masking: from the ids, true where they are not PAD. Padding reaches neither the logits nor gradients.
    """

    ngrams = None

    def __init__(self, settings, *, size, classes, more=None, portable=False):
        """Takes the section `model` of the settings, the size of the vocabulary and the number of classes.

        `more` is the number of pieces, the last ones, that only word vectors know; None without vectors.
        """
        super().__init__(name="classifier")
        self.embedding = word_embedding(settings, size, more)
        self.encoder = self.windows = None
        features = settings.embedding
        if settings.encoder == "recurrent":
            self.encoder = RecurrentEncoder.of(settings, portable=portable)
            features = self.encoder.features
        elif settings.encoder == "windows":
            self.windows = Windows(settings.units, name="windows")
            features = self.windows.features
        self.pooling = Pooling(settings.pooling, name="pooling")
        self.output_projection = SoftmaxOutput(classes, name="output_projection")
        self.dropout, self.word_dropout = settings.dropout, settings.word_dropout
        self.attends, self.widths = settings.pooling == "attention", [settings.embedding]

        self.embedding.build((None, None))
        for layer in (self.encoder, self.windows):
            if layer:
                layer.build((None, None, settings.embedding))
        self.pooling.build((None, None, features))
        self.output_projection.build((None, self.pooling.width(features)))
        if settings.ngrams:
            self.ngrams = NGrams(settings.ngrams, classes, name="ngrams")
            self.ngrams.build((None, None))
            self.mixture = self.add_weight(name="mixture", shape=(2,), initializer=_HALF, trainable=False)
            self.widths.append(classes)
        self.built = True

    def call(self, ids, noise=None):
        """Classifies texts.

        Args:
            ids: (batch, steps) int32, each row with at least one piece.

        Returns:
            logits (batch, classes), and the attention weights (batch, steps) of the pooling, None without attention.
        """
        return self.classify(self.inputs(ids), ids != PAD, noise=noise)

    @property
    def width(self):
        """The size of what `inputs` returns for a step."""
        return sum(self.widths)

    def inputs(self, ids):
        """Returns the embeddings of ids (batch, steps), behind them what their n-grams add, (batch, steps, width)."""
        embedded = self.embedding(ids)
        return tf.concat([embedded, self.ngrams(ids)], axis=-1) if self.ngrams else embedded

    def classify(self, inputs, mask, noise=None):
        """The same as `call` from `inputs` and their mask."""
        if not self.ngrams:
            return self._read(inputs, mask, noise)
        logits, weights = self.classify_twice(inputs, mask, noise=noise)
        return tf.einsum("p,bpc->bc", tf.convert_to_tensor(self.mixture), logits), weights

    def classify_twice(self, inputs, mask, noise=None):
        """The same with the logits (batch, 2, classes) of the network alone and of the n-grams alone."""
        embedded, counted = tf.split(inputs, self.widths, axis=-1)
        logits, weights = self._read(embedded, mask, noise)
        return tf.stack([logits, tf.reduce_sum(counted, axis=1)], axis=1), weights

    def _read(self, embedded, mask, noise):
        pooled, weights = self.pool(embedded, mask, noise=noise)
        return self.output_projection(pooled), weights

    def cross_entropy(self, ids, classes, *, weights, smoothing=0.0, noise=None):
        """Cross entropy in nats with the wanted classes (batch,) int32, summed over the texts, and their number.

        Each text counts with the weight of its class, from weights (classes,); so does the number.
        """
        pooled, _ = self.pool(self.embedding(ids), ids != PAD, noise=noise)
        losses = self.output_projection.cross_entropy(pooled, classes, smoothing=smoothing)
        weights = tf.gather(weights, classes)
        return tf.reduce_sum(weights * losses), tf.reduce_sum(weights)

    def pool(self, embedded, mask, noise=None):
        """Returns one vector (batch, features) a text, and the pooling's weights (batch, steps) or None."""
        embedded = words_dropped(embedded, self.word_dropout, noise)
        outputs, state = dropped(embedded, self.dropout, noise), None
        if self.encoder:
            outputs, mask, state = self.encoder(outputs, mask, noise=noise)
        if self.windows:
            pooled, weights = self.windows(outputs, mask), None
        else:
            pooled, weights = self.pooling(outputs, mask, state and state[-1])
        return dropped(pooled, self.dropout, noise), weights
