"""A small convolutional network that turns an image into a grid of cells."""

import math

import keras
import tensorflow as tf

from seqtasks.text import EOS

# A ReLU of a standard normal variable has the variance 1/2 (1 - 1/pi).
_GAIN = math.sqrt(2 / (1 - 1 / math.pi))


class Convolution(keras.layers.Layer):
    """A convolution whose filters are standardized, and a ReLU (Brock, De and Smith, 2021, section 4.1).

    Each filter has mean 0 and variance 1 / (number of its weights), times a learned gain; the ReLU is scaled to keep
    the variance. So activations keep their size without being normalized themselves: an image alone is computed as in
    a batch, and it costs next to nothing, since filters are few.
    """

    def __init__(self, filters, width, *, pooled=False, **kwargs):
        """Takes the number of filters, and their width and height; `pooled` takes the maximum of each 2 x 2 pixels."""
        super().__init__(**kwargs)
        self.filters, self.width, self.pooled = filters, width, pooled

    def build(self, inputs_shape):
        shape = (self.width, self.width, inputs_shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="he_normal")
        self.gain = self.add_weight(name="gain", shape=(self.filters,), initializer="ones")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.built = True

    def call(self, inputs):
        """Returns (batch, height, width, filters), half the sides if pooled, of (batch, height, width, channels)."""
        kernel = tf.convert_to_tensor(self.kernel)
        mean, variance = tf.nn.moments(kernel, axes=[0, 1, 2])
        count = math.prod(kernel.shape[:3])
        kernel = (kernel - mean) * (_GAIN * self.gain * tf.math.rsqrt(variance * count + 1e-4))
        found = tf.nn.conv2d(inputs, kernel, strides=1, padding="SAME")
        if self.pooled:
            # Bias and ReLU keep the order, so the largest remains the largest, and there is less to compute.
            found = tf.nn.max_pool2d(found, 2, 2, padding="VALID")
        return tf.nn.relu(found + self.bias)


class ImageEncoder(keras.layers.Layer):
    """Four convolutions of 3 x 3 and one of 1 x 1, which bring each side of an image to an eighth: a grid of cells.

    Blocks of 2 x 2 pixels are the channels of the first convolution, as wide images of few channels are slow. A cell
    sees 42 pixels around its middle, about one thing in a picture of 64. Among the inputs of the fourth convolution are
    the coordinates, or "left of" could hardly be learned (Liu et al., 2018, CoordConv).

    Attributes:
        features: number of features of a cell.
        cells: height and width of the grid.
    """

    def __init__(self, channels, size, **kwargs):
        """Takes the number of features of a cell, and the height and width of an image, a multiple of 8."""
        super().__init__(**kwargs)
        self.features, self.size, self.cells = channels, size, size // 8
        widths = [channels // 4, channels // 2, 3 * channels // 4, channels]
        self.convolutions = [
            Convolution(width, 3, pooled=i in (0, 2), name=f"convolution_{i}") for i, width in enumerate(widths)
        ]
        self.last = Convolution(channels, 1, name="convolution_4")

    def build(self, inputs_shape=None):
        channels = [3 * 4, *(layer.filters for layer in self.convolutions)]
        channels[3] += 2
        for layer, given in zip([*self.convolutions, self.last], channels, strict=True):
            layer.build((None, None, None, given))
        self.built = True

    def call(self, images):
        """Returns (batch, cells * cells, features), row by row, of images (batch, size, size, 3) about -1 to 1."""
        # oneDNN's convolution of zero rows has a wrong shape, so a row is added.
        found = tf.pad(tf.nn.space_to_depth(images, 2), [[0, 1], [0, 0], [0, 0], [0, 0]])
        for i, layer in enumerate(self.convolutions):
            if i == 3:
                found = tf.concat([found, _coordinates(found)], axis=-1)
            found = layer(found)
        found = self.last(found)[:-1]
        return tf.reshape(found, [-1, self.cells * self.cells, self.features])


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


def _coordinates(images):
    """Returns the coordinates of each cell, -1 to 1, as (batch, height, width, 2)."""
    shape = tf.shape(images)
    across, down = (tf.linspace(tf.constant(-1, images.dtype), 1, shape[axis]) for axis in (2, 1))
    grid = tf.stack(tf.meshgrid(across, down), axis=-1)
    return tf.tile(grid[tf.newaxis], [shape[0], 1, 1, 1])


class Augmentation(keras.layers.Layer):
    """Moves, scales, turns and tints images at random, each in its own way; for training only."""

    # Shares of the side by which images move, of their size, radians, and shares of the range of brightness.
    MOVED, SCALED, TURNED, TINTED = 0.06, 0.12, 0.15, 0.15

    def __init__(self, *, strength=1.0, flip=False, **kwargs):
        """`strength` multiplies all of it, and `flip` mirrors half of the images."""
        super().__init__(**kwargs)
        self.strength, self.flip = strength, flip
        self.generator = keras.random.SeedGenerator()

    def call(self, images):
        """Returns images (batch, size, size, 3), -1 to 1, of which what lies outside is white, 1."""
        rows, size = tf.shape(images)[0], images.shape[1]
        drawn = keras.random.uniform((rows, 12), -1.0, 1.0, dtype=images.dtype, seed=self.generator)
        drawn, mirrored = self.strength * drawn[:, :11], drawn[:, 11] > (0 if self.flip else 2)
        turn, scale = self.TURNED * drawn[:, 0], 1 + self.SCALED * drawn[:, 1]
        across = tf.where(mirrored, -scale, scale)
        middle = (size - 1) / 2
        a, b, d, e = across * tf.cos(turn), -scale * tf.sin(turn), across * tf.sin(turn), scale * tf.cos(turn)
        x, y = self.MOVED * size * drawn[:, 2], self.MOVED * size * drawn[:, 3]
        nothing = tf.zeros_like(a)
        # Where each pixel comes from: turned and scaled around the middle, then moved.
        places = tf.stack(
            [a, b, middle - a * middle - b * middle + x, d, e, middle - d * middle - e * middle + y, nothing, nothing],
            axis=1,
        )
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=tf.cast(places, tf.float32),
            output_shape=tf.shape(images)[1:3],
            fill_value=1.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        )
        contrast = 1 + self.TINTED * (drawn[:, 4, tf.newaxis] + drawn[:, 5:8])
        brightness = self.TINTED * drawn[:, 8:11]
        return tf.clip_by_value(
            moved * contrast[:, tf.newaxis, tf.newaxis] + brightness[:, tf.newaxis, tf.newaxis], -1, 1
        )
