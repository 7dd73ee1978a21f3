"""Random changes of images in training."""

import keras
import tensorflow as tf


class Augmentation(keras.layers.Layer):
    """Moves, scales, turns and tints images at random, each in its own way; for training only."""

    # Shares of the side by which images move, of their size, radians, and shares of the range of brightness.
    MOVED, SCALED, TURNED, TINTED = 0.06, 0.12, 0.15, 0.15

    def __init__(self, *, strength=1.0, flip=False, **kwargs):
        """`strength` multiplies all of it, and `flip` mirrors half of the images."""
        super().__init__(**kwargs)
        self.strength, self.flip = strength, flip

    def call(self, images, *, noise):
        """Returns images (batch, size, size, 3), -1 to 1, of which what lies outside is white, 1."""
        rows, size = tf.shape(images)[0], images.shape[1]
        drawn = noise.uniform((rows, 12), -1.0, 1.0, images.dtype)
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
