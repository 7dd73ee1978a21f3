"""Poolings by hand, by the equations of the paper, and blind to padding."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.pooling import POOLINGS, Pooling, average, highest
from seqtasks.layers.recurrent.encoder import RecurrentEncoder

BATCH, STEPS, FEATURES, UNITS = 3, 4, 6, 5
LENGTHS = [4, 1, 2]


def make(kind):
    layer = Pooling(kind, units=UNITS)
    layer.build((None, None, FEATURES))
    random = np.random.default_rng(11)
    layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


def encoded(dtype=np.float64):
    """Outputs as an encoder gives them, 0 at padding, and their final state."""
    outputs = np.random.default_rng(12).normal(size=(BATCH, STEPS, FEATURES)).astype(dtype)
    outputs[~np.array(tf.sequence_mask(LENGTHS, STEPS))] = 0
    last = [outputs[row, length - 1, : FEATURES // 2] for row, length in enumerate(LENGTHS)]
    return outputs, np.concatenate([last, outputs[:, 0, FEATURES // 2 :]], axis=1)


def pool(layer, outputs, state, lengths=LENGTHS):
    return layer(tf.convert_to_tensor(outputs), tf.sequence_mask(lengths, outputs.shape[1]), [tf.constant(state)])


def test_average_and_max_by_hand():
    inputs = tf.constant([[[1.0, -5.0], [3.0, -1.0], [9.0, 9.0]], [[-2.0, 4.0], [9.0, 9.0], [9.0, 9.0]]])
    mask = tf.sequence_mask([2, 1], 3)
    np.testing.assert_array_equal(average(inputs, mask), [[2, -3], [-2, 4]])
    np.testing.assert_array_equal(highest(inputs, mask), [[3, -1], [-2, 4]])


def test_concat_is_last_max_and_average_side_by_side():
    outputs, state = encoded()
    pooled, weights = pool(make("concat"), outputs, state)
    parts = [pool(make(kind), outputs, state)[0] for kind in ("last", "max", "average")]
    assert weights is None
    np.testing.assert_array_equal(pooled, np.concatenate(parts, axis=1))


def test_attention_by_hand():
    layer = Pooling("attention", units=1)
    layer.build((None, None, 1))
    layer.set_weights([np.array(value) for value in ([[1.0]], [0.0], [[2.0]])])
    # scores 0 and 2 * 0.5 = 1
    pooled, weights = pool(layer, np.float32([[[0.0], [np.arctanh(0.5)], [9.0]]]), np.float32([[0.0]]), [2])
    share = np.e / (1 + np.e)
    np.testing.assert_allclose(weights, [[1 - share, share, 0]], rtol=1e-6)
    np.testing.assert_allclose(pooled, [[share * np.arctanh(0.5)]], rtol=1e-6)
    assert weights.dtype == tf.float32


def test_attention_equals_the_equations_of_the_paper(float64):
    layer, (outputs, state) = make("attention"), encoded()
    kernel, bias, scale = layer.get_weights()
    pooled, weights = pool(layer, outputs, state)
    for row, length in enumerate(LENGTHS):
        scores = np.array([np.tanh(outputs[row, t] @ kernel + bias) @ scale[:, 0] for t in range(length)])
        alpha = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(weights[row], [*alpha, *[0] * (STEPS - length)], rtol=1e-12)
        np.testing.assert_allclose(pooled[row], sum(a * h for a, h in zip(alpha, outputs[row], strict=False)))


@pytest.mark.parametrize("bidirectional", [True, False])
def test_last_is_each_half_where_it_has_read_the_whole_text(bidirectional):
    encoder = RecurrentEncoder("gru", 3, bidirectional=bidirectional)
    encoder.build((None, None, 2))
    inputs = np.random.default_rng(13).normal(size=(BATCH, STEPS, 2)).astype(np.float32)
    outputs, mask, state = encoder(inputs, tf.sequence_mask(LENGTHS, STEPS))
    pooled, weights = Pooling("last")(outputs, mask, state[-1])
    assert weights is None
    assert pooled.shape == (BATCH, 6 if bidirectional else 3)
    for row, length in enumerate(LENGTHS):
        np.testing.assert_allclose(pooled[row, :3], outputs[row, length - 1, :3], rtol=1e-6)
        np.testing.assert_allclose(pooled[row, 3:], outputs[row, 0, 3:], rtol=1e-6)


@pytest.mark.parametrize("kind", POOLINGS)
def test_padding_changes_neither_result_nor_gradient(kind, float64):
    layer, (outputs, state) = make(kind), encoded()
    garbage = outputs.copy()
    garbage[~np.array(tf.sequence_mask(LENGTHS, STEPS))] = 1e6
    longer = np.concatenate([garbage, np.full((BATCH, 2, FEATURES), -1e6)], axis=1)
    found = []
    for given in (outputs, longer):
        given, state = tf.constant(given), tf.constant(state)
        variables = [given, state, *(weight.value for weight in layer.trainable_variables)]
        with tf.GradientTape() as tape:
            tape.watch(variables)
            pooled, weights = pool(layer, given, state)
            total = tf.reduce_sum(pooled**3)
        inner, *others = tape.gradient(total, variables, unconnected_gradients="zero")
        for row, length in enumerate(LENGTHS):
            assert not inner[row, length:].numpy().any()
            assert kind == "last" or inner[row, :length].numpy().any()
            assert weights is None or not weights[row, length:].numpy().any()
        found.append([pooled, inner[:, :STEPS], *others])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12)


@pytest.mark.parametrize("kind", POOLINGS)
def test_a_text_alone_is_pooled_as_in_the_batch_and_no_text_at_all_gives_no_rows(kind, float64):
    layer, (outputs, state) = make(kind), encoded()
    pooled, _ = pool(layer, outputs, state)
    for row, length in enumerate(LENGTHS):
        alone, _ = pool(layer, outputs[row : row + 1, :length], state[row : row + 1], [length])
        np.testing.assert_allclose(alone[0], pooled[row], rtol=1e-12)
    assert pool(layer, outputs[:0], state[:0], tf.zeros([0], tf.int32))[0].shape == (0, layer.width(FEATURES))


@pytest.mark.parametrize("kind", ["average", "max", "attention"])
def test_a_row_of_padding_alone_is_zero_and_so_is_its_gradient(kind):
    layer, given = make(kind), tf.ones([2, 3, FEATURES])
    with tf.GradientTape() as tape:
        tape.watch(given)
        pooled, _ = pool(layer, given, np.zeros((2, FEATURES), np.float32), [0, 2])
        total = tf.reduce_sum(pooled)
    assert not pooled[0].numpy().any() and pooled[1].numpy().all()
    gradient = tape.gradient(total, given).numpy()
    assert np.isfinite(gradient).all() and not gradient[0].any()


def test_attention_gradients_equal_finite_differences(float64):
    layer, (outputs, state) = make("attention"), encoded()

    def loss():
        pooled, weights = pool(layer, outputs, state)
        return tf.reduce_sum(pooled**2) + tf.reduce_sum(weights**3)

    check_gradients(layer, loss, weights=3, within=1e-7)


def test_unknown_pooling_is_refused():
    with pytest.raises(ValueError, match="allowed: last, average, max, attention, concat"):
        Pooling("median")
