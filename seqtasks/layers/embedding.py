"""Embeddings: a vector for each piece, or for each step of a series."""

import math

import keras
import numpy as np
import tensorflow as tf


def embedding(size, features, *, scale, name, tied=False):
    """Returns an embedding layer of `size` pieces whose entries are drawn from N(0, scale^2).

    With a scale of 1 the signal reaches the first steps, and the loss falls much sooner than with Keras' 0.05. With 0.1
    to 0.3 it falls later but further on new text. A `tied` one may be an output layer's matrix.
    """
    if tied:
        return TiedEmbedding(size, features, scale=scale, name=name)
    normal = keras.initializers.RandomNormal(stddev=scale)
    return keras.layers.Embedding(size, features, embeddings_initializer=normal, name=name)


def word_embedding(settings, size, more):
    """Returns the layer `embedding` of a model that may start from word vectors.

    Args:
        settings: a sections.WordModel.
        size: number of ids.
        more: number of ids, the last ones, that only word vectors know; None without vectors.
    """
    options = {"scale": settings.embedding_scale, "name": "embedding"}
    if more is None:
        return embedding(size, settings.embedding, **options)
    return VectorEmbedding(size, more, settings.embedding, learned=settings.vectors_learned, **options)


def layers_below_head(model):
    """Returns the encoder's layers and the embedding of a model of words, the highest first; see Task."""
    return [*(reversed(model.encoder.layers) if model.encoder else ()), [model.embedding]]


class TiedEmbedding(keras.layers.Embedding):
    """Embeddings whose matrix is also that of the output layer (Press and Wolf, 2017; Inan et al., 2017).

    The embeddings are sqrt(features) times the matrix (Vaswani et al., 2017, section 3.4), which starts from
    N(0, scale^2 / features): so they start as those of `embedding` do, and the logits on a scale that suits a softmax.
    """

    def __init__(self, size, features, *, scale, **kwargs):
        normal = keras.initializers.RandomNormal(stddev=scale / math.sqrt(features))
        super().__init__(size, features, embeddings_initializer=normal, **kwargs)

    def call(self, ids):
        """Returns (..., features) of ids (...)."""
        return math.sqrt(self.output_dim) * super().call(ids)


class VectorEmbedding(keras.layers.Layer):
    """Embeddings that start from word vectors, for words of which the last ones are never seen in training.

    These last ones are not trained: no gradient ever reaches them, so nothing is lost, and they cost neither time nor
    the state of an optimizer.
    """

    def __init__(self, size, more, features, *, scale, learned=True, **kwargs):
        """Takes the number of ids, and how many of them, the last ones, are not seen in training.

        Rows without a vector start as of `embedding`. Unless `learned`, rows that have one stay as they are.
        """
        super().__init__(**kwargs)
        self.size, self.more, self.features, self.scale, self.learned = size - more, more, features, scale, learned

    def build(self, ids_shape=None):
        normal = keras.initializers.RandomNormal(stddev=self.scale)
        self.embeddings = self.add_weight(name="embeddings", shape=(self.size, self.features), initializer=normal)
        if self.more:
            self.unseen = self.add_weight(
                name="unseen", shape=(self.more, self.features), initializer="zeros", trainable=False
            )
        if not self.learned:
            self.is_fixed = self.add_weight(
                name="is_fixed", shape=(self.size,), initializer="zeros", dtype="float32", trainable=False
            )
        self.built = True

    def start_from(self, vectors):
        """Takes {id: vector (features,)}; those of the last ids must all be there.

        The rows of other ids are brought to the scale of the vectors.
        """
        table, fixed = self.embeddings.numpy(), np.zeros(self.size, np.float32)
        table *= np.std(list(vectors.values())) / self.scale
        unseen = np.zeros((self.more, self.features), np.float32)
        for number, vector in vectors.items():
            if number < self.size:
                table[number], fixed[number] = vector, 1
            else:
                unseen[number - self.size] = vector
        self.embeddings.assign(table)
        if self.more:
            self.unseen.assign(unseen)
        if not self.learned:
            self.is_fixed.assign(fixed)

    def call(self, ids):
        """Returns (..., features) of ids (...)."""
        seen = tf.minimum(ids, self.size - 1)
        found = tf.gather(tf.convert_to_tensor(self.embeddings), seen)
        if not self.learned:
            fixed = tf.gather(tf.convert_to_tensor(self.is_fixed), seen)
            found = tf.where(fixed[..., tf.newaxis] > 0, tf.stop_gradient(found), found)
        if not self.more:
            return found
        unseen = tf.gather(tf.convert_to_tensor(self.unseen), tf.maximum(ids - self.size, 0))
        return tf.where((ids >= self.size)[..., tf.newaxis], unseen, found)


class StepEmbedding(keras.layers.Layer):
    """A vector for each step of a series: x W / sqrt(channels) + m M + b, of its values x and of what is missing m.

    W starts from N(0, scale^2), so that the entries of a vector of standardized channels start as those of `embedding`
    do; M, a row for each channel, and b start at 0: until it has been seen, a missing value is read as the mean.
    """

    def __init__(self, channels, features, *, scale, **kwargs):
        super().__init__(**kwargs)
        self.channels, self.features, self.scale = channels, features, scale

    def build(self, inputs_shape=None):
        normal = keras.initializers.RandomNormal(stddev=self.scale)
        shape = (self.channels, self.features)
        self.embeddings = self.add_weight(name="embeddings", shape=shape, initializer=normal)
        self.missing = self.add_weight(name="missing", shape=shape, initializer="zeros")
        self.bias = self.add_weight(name="bias", shape=(self.features,), initializer="zeros")
        self.built = True

    def call(self, inputs):
        """Returns (..., features) of inputs (..., 2 * channels), see Numbers.features_of."""
        weights = tf.concat([self.embeddings / math.sqrt(self.channels), self.missing], axis=0)
        return tf.tensordot(inputs, weights, axes=1) + self.bias
