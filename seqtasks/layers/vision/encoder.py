"""A small convolutional network that turns an image into a grid of cells."""

import math

import keras
import tensorflow as tf

from seqtasks.layers.parts import with_a_row
from seqtasks.layers.vision.efficientnet import EfficientNetLite0

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
        found = with_a_row(self._found, tf.nn.space_to_depth(images, 2))
        return tf.reshape(found, [-1, self.cells * self.cells, self.features])

    def _found(self, blocks):
        found = blocks
        for i, layer in enumerate(self.convolutions):
            if i == 3:
                found = tf.concat([found, _coordinates(found)], axis=-1)
            found = layer(found)
        return self.last(found)


class PretrainedEncoder(keras.layers.Layer):
    """EfficientNet-Lite0 as it is, and one convolution of 1 x 1 that is trained, or nothing that is.

    Attributes:
        features, cells: as of ImageEncoder.
    """

    def __init__(self, channels, size, **kwargs):
        """Takes the number of features of a cell, and the height and width of an image, a multiple of 32.

        Without `channels` the cells are those of the network before its head.
        """
        super().__init__(**kwargs)
        self.network = EfficientNetLite0(head=channels is not None, name="efficientnet_lite0")
        self.features, self.cells = channels or self.network.features, size // self.network.stride
        self.last = Convolution(channels, 1, name="convolution") if channels else None

    def build(self, inputs_shape=None):
        self.network.build()
        if self.last:
            self.last.build((None, None, None, self.network.features))
        self.built = True

    def frozen(self, images):
        """Returns what the network finds, (batch, cells, cells, its features), in images (batch, size, size, 3)."""
        return self.network(images)

    def call(self, found):
        """Returns (batch, cells * cells, features), row by row, of what `frozen` returns."""
        found = with_a_row(self.last, found) if self.last else found
        return tf.reshape(found, [-1, self.cells * self.cells, self.features])


def _coordinates(images):
    """Returns the coordinates of each cell, -1 to 1, as (batch, height, width, 2)."""
    shape = tf.shape(images)
    across, down = (tf.linspace(tf.constant(-1, images.dtype), 1, shape[axis]) for axis in (2, 1))
    grid = tf.stack(tf.meshgrid(across, down), axis=-1)
    return tf.tile(grid[tf.newaxis], [shape[0], 1, 1, 1])
