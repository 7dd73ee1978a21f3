"""Windows of a fixed length by hand and against a loop over all of them."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.convolution import Windows

BATCH, STEPS, SIZE, FILTERS, WIDTHS = 3, 5, 2, 3, (2, 3)
LENGTHS = [5, 1, 2]


@pytest.fixture
def layer(float64):
    layer = Windows(FILTERS, widths=WIDTHS)
    layer.build((None, None, SIZE))
    random = np.random.default_rng(31)
    layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


@pytest.fixture
def inputs():
    return np.random.default_rng(32).normal(size=(BATCH, STEPS, SIZE))


def see(layer, inputs, lengths=LENGTHS):
    return layer(tf.convert_to_tensor(inputs), tf.sequence_mask(lengths, inputs.shape[1]))


def test_windows_by_hand():
    layer = Windows(1, widths=[2])
    layer.build((None, None, 1))
    layer.set_weights([np.array([[[1.0]], [[10.0]]]), np.array([-20.0])])
    inputs = np.float32([[[1], [2], [3], [99]], [[1], [2], [99], [99]], [[70], [99], [99], [99]]])
    # 2 + 30 - 20; 1 + 20 - 20; a window that is longer than the text: 70 + 0 - 20
    assert see(layer, inputs, [3, 2, 1]).numpy().tolist() == [[12], [1], [50]]
    assert see(layer, -inputs, [3, 2, 1]).numpy().tolist() == [[0], [0], [0]]


def test_windows_are_those_of_each_text_alone(layer, inputs):
    found, (*kernels, bias) = see(layer, inputs).numpy(), layer.get_weights()
    for row, length in enumerate(LENGTHS):
        expected = []
        for width, kernel in zip(WIDTHS, kernels, strict=True):
            text = np.pad(inputs[row, :length], [(0, max(0, width - length)), (0, 0)])
            windows = [text[start : start + width] for start in range(len(text) - width + 1)]
            expected.append(np.max([np.einsum("ij,ijk->k", window, kernel) for window in windows], axis=0))
        np.testing.assert_allclose(found[row], np.maximum(np.concatenate(expected) + bias, 0), rtol=1e-10)
        np.testing.assert_allclose(see(layer, inputs[row : row + 1, :length], [length])[0], found[row], rtol=1e-10)


def test_padding_is_never_read_and_changes_no_gradient(layer, inputs):
    mask = np.array(tf.sequence_mask(LENGTHS, STEPS))[..., np.newaxis]
    longer, found = np.pad(np.where(mask, inputs, np.nan), [(0, 0), (0, 4), (0, 0)], constant_values=1e30), []
    for given in (inputs, longer):
        variables = [tf.constant(given), *(weight.value for weight in layer.trainable_variables)]
        with tf.GradientTape() as tape:
            tape.watch(variables)
            features = see(layer, variables[0])
            total = tf.reduce_sum(features**2)
        inner, *others = tape.gradient(total, variables)
        assert not np.where(mask, 0, inner[:, :STEPS]).any() and not inner[:, STEPS:].numpy().any()
        found.append([features, inner[:, :STEPS], *others])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-10)


def test_gradients_equal_finite_differences(layer, inputs):
    def loss():
        return tf.reduce_sum(see(layer, inputs) ** 2)

    check_gradients(layer, loss, weights=3, within=1e-7)


def test_no_text_at_all_gives_no_rows_and_no_gradient():
    layer = Windows(FILTERS, widths=WIDTHS)
    layer.build((None, None, SIZE))
    signature = [tf.TensorSpec([None, None, SIZE]), tf.TensorSpec([None, None], tf.bool)]
    compute = tf.function(layer, input_signature=signature, autograph=False)
    for steps in (1, 4):
        with tf.GradientTape() as tape:
            features = compute(tf.zeros([0, steps, SIZE]), tf.zeros([0, steps], tf.bool))
            total = tf.reduce_sum(features)
        assert features.shape == (0, layer.features) == (0, FILTERS * len(WIDTHS))
        for gradient in tape.gradient(total, [weight.value for weight in layer.trainable_variables]):
            assert not gradient.numpy().any()
