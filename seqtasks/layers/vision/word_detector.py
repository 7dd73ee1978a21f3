"""Detection of the words that an image shows, from its captions alone."""

import math

import keras
import tensorflow as tf

from seqtasks.text import EOS


class WordDetector(keras.layers.Layer):
    """Tells which words an image shows, cell by cell (Fang et al., 2015, section 3): a further loss in training.

    A word is shown by the image if it is by any cell: its score is log sum_i exp(u_w . a_i) + b_w, a soft maximum over
    the cells a_i, where theirs is a noisy or. Which cell shows it is nowhere given.
    """

    def __init__(self, size, cells, **kwargs):
        """Takes the size of the vocabulary and the number of cells."""
        super().__init__(**kwargs)
        self.size, self.cells = size, cells

    def build(self, inputs_shape):
        # At first no word is likely.
        rare = keras.initializers.Constant(-math.log(self.cells) - 3)
        self.kernel = self.add_weight(name="kernel", shape=(inputs_shape[-1], self.size), initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.size,), initializer=rare)
        self.built = True

    def call(self, cells):
        """Returns the scores (batch, size) of cells (batch, cells, features)."""
        return tf.reduce_logsumexp(tf.tensordot(cells, self.kernel, axes=1), axis=1) + self.bias

    def cross_entropy(self, cells, written):
        """Returns the cross entropy in nats, summed over images and words, of the words of ids (batch, steps)."""
        ids = tf.one_hot(written, self.size, dtype=cells.dtype)
        shown = tf.reduce_max(ids, axis=1) * tf.cast(tf.range(self.size) > EOS, cells.dtype)
        return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(shown, self(cells)))
