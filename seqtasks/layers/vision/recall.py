"""Recall of the training images that look most like a new one."""

import keras
import numpy as np
import tensorflow as tf

# Size of the space that images are compared in, and images that it is found from.
_DIRECTIONS, _MOST = 256, 4096
# How much likelier an image is to be recalled than one whose cosine is less by 1/40.
_SHARPNESS = 40.0


class Recall(keras.layers.Layer):
    """Reads an image as a mixture of training images, weighted by how much they look alike.

    sum_i a_i v_i, a_i = softmax_i(40 cos(P(x - m), P(x_i - m))): the matching network of Vinyals et al. (2016),
    equations 1 and 2, whose labels are learned vectors v_i here, from which a decoder writes. P whitens what a
    convolutional network finds in the images, so that each of its main directions counts the same. What decides is
    looked up, not learned, so one image of each thing is enough.

    P, m and the keys of the training images are not trained; they are zeros until `remember` is called or a run is
    loaded.
    """

    def __init__(self, images, features, size, **kwargs):
        """Takes the number of training images, that of their features, and the size of the vectors learned."""
        super().__init__(**kwargs)
        self.images, self.features, self.size = images, features, size

    def build(self, inputs_shape=None):
        def fixed(name, *shape):
            return self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False)

        self.middle = fixed("middle", self.features)
        self.whitening = fixed("whitening", self.features, _DIRECTIONS)
        self.keys = fixed("keys", self.images, _DIRECTIONS)
        self.vectors = self.add_weight(
            name="vectors", shape=(self.images, self.size), initializer=keras.initializers.RandomNormal(stddev=1.0)
        )
        self.built = True

    def call(self, found):
        """Returns (batch, size) of what a network finds in images, (batch, features)."""
        alike = tf.matmul(self._compared(found), self.keys, transpose_b=True)
        return tf.matmul(tf.nn.softmax(_SHARPNESS * alike), self.vectors)

    def _compared(self, found):
        return tf.math.l2_normalize(tf.matmul(found - self.middle, self.whitening), axis=-1)

    def remember(self, found):
        """Finds the whitening, and keeps the keys, of what a network finds in the training images, (images, features).

        The whitening is that of principal components: of the first, as many as there are of it and images.
        """
        found = np.asarray(found, self.compute_dtype)
        some = found[np.linspace(0, len(found) - 1, min(_MOST, len(found)), dtype=int)]
        middle = some.mean(axis=0)
        some = some - middle
        # Of the products of images with each other, as there are fewer of these than features.
        squares, mixes = np.linalg.eigh(some @ some.T)
        squares, mixes = squares[::-1][:_DIRECTIONS], mixes[:, ::-1][:, :_DIRECTIONS]
        real = squares > 1e-5 * squares[0]
        whitening = np.zeros((self.features, _DIRECTIONS), np.float32)
        # u_j^T X / s_j is the direction j, and to divide by s_j once more makes its variance 1.
        whitening[:, : real.sum()] = some.T @ (mixes[:, real] * (len(some) ** 0.5 / squares[real]))
        self.middle.assign(middle)
        self.whitening.assign(whitening)
        self.keys.assign(self._compared(found))
