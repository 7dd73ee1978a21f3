"""What looks at images: the convolutional network, the word detector, random changes."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.noise import Noise
from seqtasks.layers.vision.augmentation import Augmentation
from seqtasks.layers.vision.encoder import Convolution, ImageEncoder
from seqtasks.layers.vision.word_detector import WordDetector
from seqtasks.tasks.task import seeded

RANDOM = np.random.default_rng(4)


def test_filters_are_standardized_and_keep_the_variance():
    layer = Convolution(64, 3)
    layer.build((None, None, None, 32))
    layer.kernel.assign(RANDOM.normal(3, 5, layer.kernel.shape))
    found = layer(tf.constant(RANDOM.normal(size=(4, 16, 16, 32)).astype(np.float32)))[:, 1:-1, 1:-1]
    assert np.var(found) == pytest.approx(1, rel=0.1)
    # A picture of one colour has no effect, as a filter has mean 0.
    even = layer(tf.ones([1, 8, 8, 32]))[:, 1:-1, 1:-1]
    np.testing.assert_allclose(even, 0, atol=1e-4)


def test_pooling_before_the_relu_is_pooling_after_it():
    layer, pooled = Convolution(5, 3), Convolution(5, 3, pooled=True)
    for one in (layer, pooled):
        one.build((None, None, None, 2))
    pooled.set_weights(layer.get_weights())
    images = tf.constant(RANDOM.normal(size=(2, 6, 8, 2)).astype(np.float32))
    np.testing.assert_allclose(pooled(images), tf.nn.max_pool2d(layer(images), 2, 2, "VALID"), atol=1e-6)


def test_an_image_is_encoded_alone_as_in_a_batch_and_no_image_is_too():
    encoder = ImageEncoder(8, 32)
    encoder.build()
    images = tf.constant(RANDOM.uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32))
    together = encoder(images)
    assert together.shape == (3, 16, 8)
    for i in range(3):
        np.testing.assert_allclose(encoder(images[i : i + 1])[0], together[i], atol=1e-5)
    assert encoder(images[:0]).shape == (0, 16, 8)


def test_a_cell_sees_its_surroundings_and_where_it_is():
    encoder = ImageEncoder(8, 64)
    encoder.build()
    image = np.full((1, 64, 64, 3), 0.5, np.float32)
    even = encoder(tf.constant(image)).numpy().reshape(8, 8, 8)
    assert np.abs(even[2, 2] - even[5, 5]).max() > 1e-3
    image[0, 60:, 60:] = -1
    changed = np.abs(encoder(tf.constant(image)).numpy().reshape(8, 8, 8) - even).max(axis=-1) > 1e-6
    assert changed[7, 7]
    assert not changed[:4].any() and not changed[:, :4].any()


def test_gradients_of_the_encoder_equal_finite_differences(float64):
    # The same in every order of the tests, as at a kink of a rectifier there is no numeric gradient.
    draw = np.random.default_rng(4)
    with seeded(4):
        encoder = ImageEncoder(4, 8)
        encoder.build()
    images = tf.constant(draw.uniform(-1, 1, (2, 8, 8, 3)))
    mix = draw.normal(size=(2, 1, 4))

    @tf.function(autograph=False)
    def loss():
        return tf.reduce_sum(mix * encoder(images) ** 2)

    check_gradients(encoder, loss, weights=15, within=1e-5)


def test_a_word_is_shown_if_any_cell_shows_it():
    detector = WordDetector(6, 2)
    detector.build((None, None, 1))
    detector.set_weights([np.array([[0, 0, 0, 0, 3.0, -3.0]]), np.zeros(6)])
    cells = tf.constant([[[1.0], [0.0]], [[0.0], [0.0]]])
    scores = detector(cells).numpy()
    np.testing.assert_allclose(scores[0, 4], np.log(np.exp(3) + 1), rtol=1e-6)
    np.testing.assert_allclose(scores[1, 4], np.log(2), rtol=1e-6)
    # Word 4 is written, 5 is not; the marks 0 to 3 are written but never shown.
    written = tf.constant([[2, 4, 3, 0]])
    wanted = [np.log1p(np.exp(scores[0, i])) for i in range(6)]
    wanted[4] -= scores[0, 4]
    np.testing.assert_allclose(detector.cross_entropy(cells[:1], written), sum(wanted), rtol=1e-5)


def test_changes_are_small_seeded_and_none_at_strength_zero():
    images = tf.constant(np.kron(RANDOM.uniform(-0.5, 0.5, (4, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype(np.float32))
    layer = Augmentation(strength=1.0)
    changed = layer(images, noise=Noise(3, 0, 0, shares=1)).numpy()
    assert changed.shape == images.shape
    assert np.abs(changed).max() <= 1
    differences = np.abs(changed - images).mean(axis=(1, 2, 3))
    assert np.all(differences > 0.005)
    # Each in its own way, and the next time in another one.
    assert len(set(differences.round(6))) == 4
    noise = Noise(3, 0, 0, shares=1)
    np.testing.assert_array_equal(layer(images, noise=noise), changed)
    assert np.abs(layer(images, noise=noise).numpy() - changed).max() > 0.01
    np.testing.assert_allclose(Augmentation(strength=0.0)(images, noise=noise), images, atol=1e-5)


def test_half_of_the_images_are_mirrored_if_asked_for():
    images = np.zeros((200, 8, 8, 3), np.float32)
    images[:, :, :2] = 0.5
    found = Augmentation(strength=0.0, flip=True)(tf.constant(images), noise=Noise(3, 0, 0, shares=1)).numpy()
    mirrored = np.isclose(found, images[:, :, ::-1], atol=1e-5).all(axis=(1, 2, 3))
    same = np.isclose(found, images, atol=1e-5).all(axis=(1, 2, 3))
    assert np.all(mirrored ^ same)
    assert 60 < mirrored.sum() < 140
