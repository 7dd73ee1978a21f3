"""Bahdanau attention against the equations of the paper, written as loops."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.attention import BahdanauAttention

BATCH, STEPS, UNITS, QUERY, VALUE = 3, 4, 5, 2, 3


def equations(query, values, lengths, *, w, u, b, v):
    """Bahdanau et al. (2015): e_ij = v . tanh(W s + U h_j + b), alpha = softmax over real j, c = sum alpha_j h_j."""
    contexts, weights = np.zeros((len(query), values.shape[2])), np.zeros(values.shape[:2])
    for i, length in enumerate(lengths):
        energies = []
        for j in range(length):
            hidden = [
                np.tanh(
                    sum(w[a, k] * query[i, a] for a in range(len(w)))
                    + sum(u[a, k] * values[i, j, a] for a in range(len(u)))
                    + b[k]
                )
                for k in range(len(b))
            ]
            energies.append(sum(hidden[k] * v[k, 0] for k in range(len(b))))
        for j in range(length):
            weights[i, j] = np.exp(energies[j]) / sum(np.exp(energy) for energy in energies)
            contexts[i] += weights[i, j] * values[i, j]
    return contexts, weights


@pytest.fixture
def case(float64):
    random = np.random.default_rng(1)
    layer = BahdanauAttention(UNITS)
    layer.build((None, QUERY), (None, None, VALUE))
    weights = {
        "w": random.normal(size=(QUERY, UNITS)),
        "u": random.normal(size=(VALUE, UNITS)),
        "b": random.normal(size=UNITS),
        "v": random.normal(size=(UNITS, 1)),
    }
    for variable, name in zip((layer.query_kernel, layer.key_kernel, layer.bias, layer.scale), "wubv", strict=True):
        variable.assign(weights[name])
    query, values = random.normal(size=(BATCH, QUERY)), random.normal(size=(BATCH, STEPS, VALUE))
    return layer, weights, query, values


def attend(layer, query, values, lengths):
    values = tf.convert_to_tensor(values)
    return layer(tf.convert_to_tensor(query), layer.keys(values), values, tf.sequence_mask(lengths, values.shape[1]))


def test_attention_equals_the_equations_of_the_paper(case):
    layer, weights, query, values = case
    lengths = [4, 1, 2]
    context, alpha = attend(layer, query, values, lengths)
    expected_context, expected_alpha = equations(query, values, lengths, **weights)
    np.testing.assert_allclose(alpha, expected_alpha, rtol=1e-12)
    np.testing.assert_allclose(context, expected_context, rtol=1e-12)


def test_attention_by_hand():
    layer = BahdanauAttention(1)
    layer.build((None, 1), (None, None, 1))
    layer.set_weights([np.array(value) for value in ([[1.0]], [[1.0]], [0.0], [[2.0]])])
    context, alpha = attend(layer, np.float32([[0.0]]), np.float32([[[0.0], [np.arctanh(0.5)], [9.0]]]), [2])
    # energies 0 and 2 * 0.5 = 1
    share = np.e / (1 + np.e)
    np.testing.assert_allclose(alpha, [[1 - share, share, 0]], rtol=1e-6)
    np.testing.assert_allclose(context, [[share * np.arctanh(0.5)]], rtol=1e-6)


def test_attention_to_padding_is_exactly_zero_and_passes_no_gradient(case):
    layer, _, query, values = case
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        context, alpha = attend(layer, query, values, [4, 1, 2])
        total = tf.reduce_sum(context**2)
    gradient = tape.gradient(total, values).numpy()
    for row, length in enumerate([4, 1, 2]):
        assert not alpha.numpy()[row, length:].any()
        assert not gradient[row, length:].any()
        assert np.abs(gradient[row, :length]).min() > 0


def test_attention_is_blind_to_what_stands_at_padding(case):
    layer, _, query, values = case
    other = values.copy()
    other[1, 1:] = 1e6
    other[2, 2:] = -1e6
    for found, expected in zip(
        attend(layer, query, other, [4, 1, 2]), attend(layer, query, values, [4, 1, 2]), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_attention_over_padding_alone_is_zero(case):
    layer, _, query, values = case
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        context, alpha = attend(layer, query, values, [4, 0, 2])
        total = tf.reduce_sum(context)
    assert not alpha.numpy()[1].any()
    assert not context.numpy()[1].any()
    for gradient in tape.gradient(total, [weight.value for weight in layer.trainable_variables]):
        assert np.isfinite(gradient).all()


def test_attention_gradients_equal_finite_differences(case):
    layer, _, query, values = case

    def loss():
        context, alpha = attend(layer, query, values, [4, 1, 2])
        return tf.reduce_sum(context**2) + tf.reduce_sum(alpha**3)

    check_gradients(layer, loss, weights=4, within=1e-7)
