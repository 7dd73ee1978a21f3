"""The masked softmax."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtasks.layers.attention import masked_softmax


def test_softmax_of_equal_scores_shares_the_weight_among_real_steps():
    weights = masked_softmax(tf.zeros([2, 4]), tf.constant([[True, True, False, False], [True] * 4]))
    np.testing.assert_allclose(weights, [[0.5, 0.5, 0, 0], [0.25] * 4], rtol=1e-6)


def test_softmax_gives_padding_exactly_zero_even_where_its_score_is_highest():
    weights = masked_softmax(tf.constant([[0.0, np.log(3.0), 1e30]]), tf.constant([[True, True, False]]))
    np.testing.assert_allclose(weights, [[0.25, 0.75, 0]], rtol=1e-6)
    assert weights.numpy()[0, 2] == 0


def test_softmax_of_a_row_of_padding_alone_is_zero_and_so_is_its_gradient():
    scores = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(scores)
        weights = masked_softmax(scores, tf.constant([[False, False], [True, True]]))
        total = tf.reduce_sum(weights * [[5.0, 6.0], [7.0, 8.0]])
    assert weights.numpy()[0].tolist() == [0, 0]
    gradient = tape.gradient(total, scores).numpy()
    assert gradient[0].tolist() == [0, 0]
    p = 1 / (1 + np.exp(-1.0))
    np.testing.assert_allclose(gradient[1], [-p * (1 - p), p * (1 - p)], rtol=1e-5)


@pytest.mark.parametrize("shift", [-1e4, 0.0, 1e4])
def test_softmax_is_stable_for_scores_far_from_zero(shift):
    weights = masked_softmax(tf.constant([[0.0, 1.0, 2.0]]) + shift, tf.constant([[True, True, False]]))
    np.testing.assert_allclose(weights, [[1 / (1 + np.e), np.e / (1 + np.e), 0]], rtol=1e-3)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans()), min_size=1, max_size=8))
def test_softmax_equals_that_of_the_real_steps_alone(row):
    scores, mask = (np.array(column) for column in zip(*row, strict=True))
    weights = masked_softmax(tf.constant([scores]), tf.constant([mask.astype(bool)])).numpy()[0]
    assert weights[~mask].tolist() == [0] * int((~mask).sum())
    if mask.any():
        powers = np.exp(scores[mask] - scores[mask].max())
        np.testing.assert_allclose(weights[mask], powers / powers.sum(), rtol=1e-12)
