"""An output layer that either writes from a vocabulary or copies a word that was read, in one softmax."""

import keras
import tensorflow as tf

_IMPOSSIBLE = -1e9
# Of what is allowed, however improbable, so that it is never taken for what is not.
_LEAST = 1e-30


class CopyingOutput(keras.layers.Layer):
    """Scores W t + b of a vocabulary beside scores t . K h_j of the words j that were read (Jia and Liang, 2016, 3.3).

    Without copies there are the scores of the vocabulary alone, and keys have no words.

    The probability of a token is the sum over all ways to write it: from the vocabulary, and by copying any word that
    is the same token. (A pointer network of its own, mixed in by a gate, as in Yin and Neubig, 2017, 4.2.2, is not
    needed, as one softmax weighs all of them.) What is not allowed has probability 0 and gets no gradient.

    Masking: what is padding is not allowed.
    """

    def __init__(self, size, *, encoder_size, copies=True, **kwargs):
        """Takes the size of the vocabulary, the number of features of a word that was read, and whether it copies."""
        super().__init__(**kwargs)
        self.size, self.encoder_size, self.copies = size, encoder_size, copies

    def build(self, input_shape):
        def weight(name, shape, initializer="glorot_uniform"):
            return self.add_weight(name=name, shape=shape, initializer=initializer)

        self.kernel = weight("kernel", (input_shape[-1], self.size))
        self.bias = weight("bias", (self.size,), "zeros")
        if self.copies:
            self.copy_kernel = weight("copy_kernel", (self.encoder_size, input_shape[-1]))
        self.built = True

    def keys(self, words):
        """Returns what copies are scored by, (batch, source steps, features), of words (batch, source steps, size)."""
        if not self.copies:
            return words[:, :0]
        return tf.tensordot(words, tf.convert_to_tensor(self.copy_kernel), axes=1)

    def call(self, inputs, keys, allowed):
        """Scores the vocabulary and the words that were read.

        Args:
            inputs: (batch, steps, features).
            keys: from `keys`.
            allowed: (batch, steps, size + source steps) bool.

        Returns:
            (batch, steps, size + source steps), about -1e9 for what is not allowed.
        """
        scores = tf.tensordot(inputs, tf.convert_to_tensor(self.kernel), axes=1) + self.bias
        if self.copies:
            scores = tf.concat([scores, tf.matmul(inputs, keys, transpose_b=True)], axis=2)
        return tf.where(allowed, scores, tf.constant(_IMPOSSIBLE, scores.dtype))

    def cross_entropy(self, scores, allowed, wanted, copies, *, smoothing=0.0):
        """-log p of the wanted tokens, in nats.

        Args:
            scores, allowed: as `call` returns and takes them; at least one is allowed at each step.
            wanted: (batch, steps) int32 ids.
            copies: (batch, source steps) int32, the id of what is written if the word is copied; see Actions.names.
            smoothing: share of the wanted probability that is spread evenly over what is allowed.

        Returns:
            (batch, steps).
        """
        written = tf.range(self.size) == wanted[..., tf.newaxis]
        same = tf.concat([written, copies[:, tf.newaxis] == wanted[..., tf.newaxis]], axis=2)
        every = tf.reduce_logsumexp(scores, axis=2)
        impossible = tf.constant(_IMPOSSIBLE, scores.dtype)
        right = tf.reduce_logsumexp(tf.where(same, scores, impossible), axis=2)
        if not smoothing:
            return every - right
        count = tf.reduce_sum(tf.cast(allowed, scores.dtype), axis=2)
        mean = tf.reduce_sum(tf.where(allowed, scores, 0), axis=2) / tf.maximum(count, 1)
        return every - (1 - smoothing) * right - smoothing * mean

    def logits(self, scores, allowed, copies, width):
        """Returns logits of the ids of tokens, so that each token has one, however it may be written.

        Args:
            scores, allowed: as `call` returns and takes them.
            copies: as in `cross_entropy`.
            width: number of logits, at least size + source steps.

        Returns:
            (batch, steps, width), about -1e9 for what is not allowed.
        """
        highest = tf.reduce_max(scores, axis=2, keepdims=True)
        shares = tf.where(allowed, tf.maximum(tf.exp(scores - highest), _LEAST), 0)
        written, copied = shares[..., : self.size], shares[..., self.size :]
        written = tf.pad(written, [[0, 0], [0, 0], [0, width - self.size]])
        batch, steps, words = tf.unstack(tf.shape(copied))
        rows = tf.broadcast_to(tf.reshape(tf.range(batch * steps), [batch, steps, 1]), [batch, steps, words])
        places = tf.stack([rows, tf.broadcast_to(copies[:, tf.newaxis], [batch, steps, words])], axis=3)
        merged = tf.tensor_scatter_nd_add(
            tf.reshape(written, [-1, width]), tf.reshape(places, [-1, 2]), tf.reshape(copied, [-1])
        )
        merged = tf.reshape(merged, [batch, steps, width])
        return tf.where(merged > 0, tf.math.log(merged), _IMPOSSIBLE)
