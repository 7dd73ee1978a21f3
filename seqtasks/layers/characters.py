"""Features of words from their characters."""

import itertools

import keras
import tensorflow as tf

from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.text import PAD

KINDS = ("cnn", "lstm")


class CharacterFeatures(keras.layers.Layer):
    """One vector for each word, from the embeddings of its characters.

    cnn: a convolution of width 3, with a zero on either side of the word, and of each filter the maximum over the
    word's characters (Ma and Hovy, 2016, section 2.1; Chiu and Nichols, 2016, figure 2). lstm: the final states of a
    bidirectional LSTM over the characters, side by side (Lample et al., 2016, section 4.1).

    Masking: from the ids. Only words with characters are computed; others, such as padding, get 0.
    """

    def __init__(self, kind, size, features, *, embedding=30, portable=False, **kwargs):
        """Takes one of KINDS, the number of character ids with PAD, and the number of features, even for lstm.

        `portable` is as in RecurrentEncoder.
        """
        super().__init__(**kwargs)
        if kind not in KINDS:
            raise ValueError(f"'{kind}' is not a kind of character features; allowed: {', '.join(KINDS)}")
        if kind == "lstm" and features % 2:
            raise ValueError(f"{features} features cannot be halved for lstm; allowed: even numbers")
        self.kind, self.size, self.features, self.embedding = kind, size, features, embedding
        self.encoder = (
            RecurrentEncoder("lstm", features // 2, portable=portable, name="encoder") if kind == "lstm" else None
        )
        # A loop is as long as its longest word, so on a CPU short words have loops of their own.
        self.bounds = [0, tf.int32.max] if kind == "cnn" or self.encoder.by_keras else [0, 4, 9, tf.int32.max]

    def build(self, ids_shape=None):
        def weight(name, shape, initializer):
            return self.add_weight(name=name, shape=shape, initializer=initializer)

        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.embeddings = weight("embeddings", (self.size, self.embedding), normal)
        if self.kind == "lstm":
            self.encoder.build((None, None, self.embedding))
        else:
            self.kernel = weight("kernel", (3, self.embedding, self.features), "glorot_uniform")
            self.bias = weight("bias", (self.features,), "zeros")
        self.built = True

    def call(self, ids):
        """Returns (batch, steps, features) from characters (batch, steps, characters) int32, PAD on the right."""
        lengths = tf.math.count_nonzero(ids != PAD, axis=2, dtype=tf.int32)
        shape = tf.concat([tf.shape(lengths, tf.int64), [self.features]], axis=0)
        found = []
        for low, high in itertools.pairwise(self.bounds):
            group = (low < lengths) & (lengths <= high)
            words = tf.boolean_mask(ids[..., :high], group)  # (words, characters)
            vectors = self._read(words) if self.kind == "lstm" else self._convolve(words)
            found.append(tf.scatter_nd(tf.where(group), vectors, shape))
        return tf.add_n(found)

    def _read(self, words):
        """Returns the final outputs of both directions (words, features)."""
        _, _, state = self.encoder(tf.gather(self.embeddings, words), words != PAD)
        return state[-1][0]

    def _convolve(self, words):
        """Returns (words, features). There are few characters: each is multiplied once, then its product looked up."""
        shares = tf.tensordot(self.kernel, self.embeddings[1:], axes=[[1], [1]])  # (3, features, characters but PAD)
        shares = tf.pad(tf.transpose(shares, [0, 2, 1]), [[0, 0], [1, 0], [0, 0]])
        real, edged = words != PAD, tf.pad(words, [[0, 0], [1, 1]])
        sides = [tf.boolean_mask(side, real) for side in (edged[:, :-2], words, edged[:, 2:])]
        totals = tf.add_n([tf.gather(share, side) for share, side in zip(tf.unstack(shares), sides, strict=True)])
        return tf.math.segment_max(totals, tf.where(real)[:, 0]) + self.bias
