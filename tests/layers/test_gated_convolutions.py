"""Gated convolutions: their equation, what they see, and reading in parts."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.convolution import GatedConvolutions

UNITS, WIDTH, LENGTHS = 4, 3, [5, 1, 3]


@pytest.fixture(scope="module")
def layer():
    layer = GatedConvolutions(UNITS, layers=2, width=WIDTH)
    layer.build((None, None, 2))
    random = np.random.default_rng(1)
    layer.set_weights([random.normal(scale=0.5, size=weight.shape) for weight in layer.get_weights()])
    return layer


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(2).normal(size=(3, 5, 2)).astype(np.float32)


def test_outputs_are_those_of_the_equation(layer, inputs):
    hidden = inputs[0]
    kernels, biases = layer.get_weights()[::2], layer.get_weights()[1::2]
    for kernel, bias in zip(kernels, biases, strict=True):
        seen = np.concatenate([np.zeros((WIDTH - 1, hidden.shape[1])), hidden])
        totals = np.array([seen[t : t + WIDTH].reshape(-1) @ kernel + bias for t in range(5)])
        gated = totals[:, :UNITS] / (1 + np.exp(-totals[:, UNITS:]))
        hidden = gated + hidden if hidden.shape == gated.shape else gated
    np.testing.assert_allclose(layer(inputs, tf.ones([3, 5], tf.bool))[0][0], hidden, rtol=1e-5, atol=1e-6)


def test_a_row_alone_is_encoded_as_in_a_batch_and_padding_is_not_read(layer, inputs):
    mask = tf.sequence_mask(LENGTHS, 5)
    outputs, mask, state = layer(tf.where(mask[..., tf.newaxis], inputs, 1e3), mask)
    assert not outputs.numpy()[~mask.numpy()].any()
    for row, length in enumerate(LENGTHS):
        alone, _, alone_state = layer(inputs[row : row + 1, :length], tf.ones([1, length], tf.bool))
        np.testing.assert_allclose(outputs[row, :length], alone[0], atol=1e-6)
        for part, alone_part in zip(tf.nest.flatten(state), tf.nest.flatten(alone_state), strict=True):
            np.testing.assert_allclose(part[row], alone_part[0], atol=1e-6)


def test_reading_in_parts_or_step_by_step_is_reading_at_once(layer, inputs):
    mask = tf.ones([3, 5], tf.bool)
    wanted, _, last = layer(inputs, mask)
    first, _, state = layer(inputs[:, :1], mask[:, :1])
    second, _, state = layer(inputs[:, 1:], mask[:, 1:], state)
    np.testing.assert_allclose(tf.concat([first, second], axis=1), wanted, atol=1e-6)
    stepped = layer.zero_state(3)
    for t in range(5):
        output, stepped = layer.step(inputs[:, t], stepped)
        np.testing.assert_allclose(output, wanted[:, t], atol=1e-6)
    for found in (state, stepped):
        for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(last), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


def test_no_step_sees_a_later_one_and_none_sees_further_than_the_layers_reach(layer):
    inputs = tf.constant(np.random.default_rng(3).normal(size=(1, 9, 2)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs, _, _ = layer(inputs, tf.ones([1, 9], tf.bool))
        seventh = tf.reduce_sum(outputs[:, 6])
    seen = np.abs(tape.gradient(seventh, inputs)[0]).sum(axis=-1) > 0
    # Two layers of three steps reach four steps back.
    assert seen.tolist() == [False, False, True, True, True, True, True, False, False]
