"""Recall of training images: the whitening, the weights, and images that cannot be told apart."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.vision.recall import Recall

DRAW = np.random.default_rng(5)


def remembering(found, size=3):
    layer = Recall(len(found), found.shape[1], size)
    layer.build()
    layer.remember(found)
    return layer


def test_an_image_reads_as_the_training_image_it_looks_like():
    found = DRAW.normal(size=(12, 40)).astype(np.float32)
    layer = remembering(found)
    np.testing.assert_allclose(layer(tf.constant(found)), layer.vectors, atol=1e-4)
    near = found + DRAW.normal(0, 0.1, found.shape).astype(np.float32)
    np.testing.assert_allclose(layer(tf.constant(near)), layer.vectors, atol=1e-3)
    assert layer(tf.constant(found[:0])).shape == (0, 3)


def test_weights_are_those_of_cosines_between_whitened_images():
    found = (DRAW.normal(size=(30, 6)) @ DRAW.normal(size=(6, 6)) + 3).astype(np.float32)
    layer, asked = remembering(found), DRAW.normal(3, 2, (4, 6)).astype(np.float32)
    whitened = (found - found.mean(axis=0)) @ layer.whitening.numpy()[:, :6]
    np.testing.assert_allclose(whitened.T @ whitened / len(found), np.eye(6), atol=1e-3)
    # With all directions kept, cosines after whitening are those of the Mahalanobis product.
    inverse = np.linalg.inv(np.cov(found.T, bias=True))
    left, right = asked - found.mean(axis=0), found - found.mean(axis=0)
    lengths = [np.sqrt(np.sum(side @ inverse * side, axis=1)) for side in (left, right)]
    products = left @ inverse @ right.T / np.outer(*lengths)
    weights = np.exp(40 * products)
    weights /= weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(layer(tf.constant(asked)), weights @ layer.vectors.numpy(), atol=2e-2)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_images_that_are_equal_are_recalled_evenly(count):
    layer = remembering(np.ones((count, 7), np.float32))
    mean = layer.vectors.numpy().mean(axis=0)
    np.testing.assert_allclose(layer(tf.zeros([2, 7])), [mean, mean], atol=1e-5)


def test_of_more_images_than_directions_the_first_ones_are_kept():
    found = DRAW.normal(size=(400, 300)).astype(np.float32)
    layer = remembering(found)
    assert layer.keys.shape == (400, 256)
    np.testing.assert_allclose(np.linalg.norm(layer.keys, axis=1), 1, atol=1e-4)


def test_gradients_equal_finite_differences(float64):
    layer = remembering(DRAW.normal(size=(5, 4)))
    asked, mix = tf.constant(DRAW.normal(size=(3, 4))), DRAW.normal(size=(3, 3))
    check_gradients(layer, lambda: tf.reduce_sum(mix * layer(asked) ** 2), weights=1, within=1e-6)
