"""EfficientNet-Lite0, a convolutional network that has learned from ImageNet, without its classifier; frozen."""

import keras
import tensorflow as tf

from seqtasks.layers.parts import with_a_row

# Of each group of blocks: width of the depthwise convolutions, stride of the first block, expansion, channels, blocks.
_GROUPS = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_EPSILON = 1e-3


class EfficientNetLite0(keras.layers.Layer):
    """The network of Tan and Le (2019), table 1, without squeeze-and-excitation and with ReLU6.

    Its weights are not trained here; they are zeros until `assign` is called or a run is loaded.

    Attributes:
        features: number of features of a cell.
        stride: side of a cell in pixels.
    """

    stride = 32

    def __init__(self, *, head=True, **kwargs):
        """Without its `head` the network ends before its last group, where it finds less of ImageNet's classes."""
        super().__init__(trainable=False, **kwargs)
        groups = _GROUPS if head else _GROUPS[:-1]
        self.features = 1280 if head else groups[-1][3]
        self.stem = _Convolution(32, 3, strides=2, name="stem")
        self.blocks, given = [], 32
        for width, stride, expansion, channels, count in groups:
            for number in range(count):
                strides = stride if number == 0 else 1
                name = f"block_{len(self.blocks)}"
                self.blocks.append(_Block(given, channels, width, strides=strides, expansion=expansion, name=name))
                given = channels
        self.head = _Convolution(self.features, 1, name="head") if head else None

    def build(self, inputs_shape=None):
        self.stem.build((None, None, None, 3))
        for block in self.blocks:
            block.build()
        if self.head:
            self.head.build((None, None, None, _GROUPS[-1][3]))
        self.built = True

    def call(self, images):
        """Returns (batch, height / 32, width / 32, features) of images (batch, height, width, 3), -1 to 1."""
        return with_a_row(self._found, images)

    def _found(self, images):
        found = self.stem(images)
        for block in self.blocks:
            found = block(found)
        return self.head(found) if self.head else found

    def assign(self, arrays):
        """Takes the weights by the names that the published file has, {name: array}, in the order of PyTorch."""
        self.stem.assign(arrays, "_conv_stem", "_bn0")
        for number, block in enumerate(self.blocks):
            block.assign(arrays, f"_blocks.{number}.")
        if self.head:
            self.head.assign(arrays, "_conv_head", "_bn1")


class _Convolution(keras.layers.Layer):
    """A convolution, batch normalisation with fixed statistics, and perhaps ReLU6."""

    def __init__(self, filters, width, *, strides=1, depthwise=False, active=True, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.filters, self.width, self.strides, self.depthwise, self.active = filters, width, strides, depthwise, active

    def build(self, inputs_shape):
        inputs, outputs = (self.filters, 1) if self.depthwise else (inputs_shape[-1], self.filters)
        shape = (self.width, self.width, inputs, outputs)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="zeros", trainable=False)
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros", trainable=False)
        self.built = True

    def call(self, inputs):
        if self.depthwise:
            strides = [1, self.strides, self.strides, 1]
            found = tf.nn.depthwise_conv2d(inputs, tf.convert_to_tensor(self.kernel), strides, "SAME")
        else:
            found = tf.nn.conv2d(inputs, tf.convert_to_tensor(self.kernel), self.strides, "SAME")
        found = found + self.bias
        return tf.nn.relu6(found) if self.active else found

    def assign(self, arrays, convolution, normalization):
        """Takes the weights of a convolution, with those of the normalisation behind it folded in."""
        mean, variance, gain, shift = (
            arrays[f"{normalization}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
        )
        scale = gain / (variance + _EPSILON) ** 0.5
        kernel = arrays[f"{convolution}.weight"] * scale[:, None, None, None]
        # Outputs, inputs, height, width -> height, width, inputs, outputs; of depthwise ones the inputs are first.
        self.kernel.assign(kernel.transpose(2, 3, 0, 1) if self.depthwise else kernel.transpose(2, 3, 1, 0))
        self.bias.assign(shift - mean * scale)


class _Block(keras.layers.Layer):
    """An inverted residual block (Sandler et al., 2018): expand, filter each channel, project."""

    def __init__(self, given, channels, width, *, strides, expansion, **kwargs):
        super().__init__(trainable=False, **kwargs)
        wide = given * expansion
        self.given, self.wide, self.adds = given, wide, strides == 1 and given == channels
        self.expand = _Convolution(wide, 1, name="expand") if expansion > 1 else None
        self.filter = _Convolution(wide, width, strides=strides, depthwise=True, name="filter")
        self.project = _Convolution(channels, 1, active=False, name="project")

    def build(self, inputs_shape=None):
        if self.expand:
            self.expand.build((None, None, None, self.given))
        for layer in (self.filter, self.project):
            layer.build((None, None, None, self.wide))
        self.built = True

    def call(self, inputs):
        found = self.filter(self.expand(inputs) if self.expand else inputs)
        found = self.project(found)
        return found + inputs if self.adds else found

    def assign(self, arrays, place):
        if self.expand:
            self.expand.assign(arrays, f"{place}_expand_conv", f"{place}_bn0")
        self.filter.assign(arrays, f"{place}_depthwise_conv", f"{place}_bn1")
        self.project.assign(arrays, f"{place}_project_conv", f"{place}_bn2")
