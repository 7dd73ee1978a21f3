"""Saliency: what the gradient says about each step, as shares; and what each adds, against sums of many small steps."""

import numpy as np
import tensorflow as tf

from seqtasks.layers.saliency import integrated_gradients, saliency

MASK = tf.constant([[True, True, False], [True, True, True]])
INPUTS = tf.constant([[[1.0, -1.0], [2.0, 1.0], [0.0, 0.0]], [[1.0, 0.5], [2.0, -2.0], [0.0, 1.0]]])


def test_shares_are_those_of_gradient_times_input():
    slopes = tf.constant([[[3.0, 1.0], [0.0, -2.0], [9.0, 9.0]], [[1.0, 0.0], [1.0, -1.0], [0.0, 3.0]]])
    embedded = tf.constant([[[1.0, -1.0], [5.0, 1.0], [9.0, 9.0]], [[1.0, 7.0], [2.0, 2.0], [0.0, 1.0]]])
    found = saliency(lambda embedded: tf.reduce_sum(slopes * embedded, axis=[1, 2]), embedded, MASK)
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [0.25, 0, 0.75]], rtol=1e-6)


def test_where_nothing_matters_all_steps_share_alike():
    found = saliency(lambda embedded: 0 * tf.reduce_sum(embedded, axis=[1, 2]), tf.ones([2, 3, 2]), MASK)
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)


def test_rows_do_not_share_and_no_rows_are_no_rows():
    found = saliency(lambda embedded: tf.reduce_sum(embedded, axis=[1, 2]), tf.ones([0, 3, 2]), MASK[:0])
    assert found.shape == (0, 3)


def test_of_a_linear_score_each_step_adds_its_own_part_of_either_sign():
    slopes = tf.constant([[[3.0, 1.0], [0.0, -2.0], [9.0, 9.0]], [[1.0, 0.0], [1.0, -1.0], [0.0, 3.0]]])

    def score(inputs, slopes):
        return tf.reduce_sum(slopes * inputs, axis=[1, 2])

    found = integrated_gradients(score, INPUTS, MASK, slopes)
    np.testing.assert_allclose(found, [[2, -2, 0], [1, 4, 3]], atol=1e-5)


def test_the_sum_is_the_difference_that_the_inputs_make_and_each_part_is_the_integral():
    kernel = tf.constant([[0.8, -1.2], [-0.5, 0.9]])

    def score(inputs, offsets):
        """A small recurrent network, to which the order of the steps matters."""
        state = tf.zeros_like(inputs[:, 0])
        for step in range(inputs.shape[1]):
            state = tf.tanh(state @ kernel + inputs[:, step])
        return tf.math.log_sigmoid(2 * state[:, 0] - 2 * state[:, 1] + offsets)

    offsets = tf.constant([0.5, -2.0])
    found = integrated_gradients(score, INPUTS, tf.ones([2, 3], tf.bool), offsets)
    difference = score(INPUTS, offsets) - score(0 * INPUTS, offsets)
    np.testing.assert_allclose(tf.reduce_sum(found, axis=1), difference, atol=1e-4)

    # The midpoint rule with many steps, all as one batch.
    places = (tf.range(2000, dtype=tf.float32) + 0.5) / 2000
    for row in range(2):
        path = places[:, tf.newaxis, tf.newaxis] * INPUTS[row]
        with tf.GradientTape() as tape:
            tape.watch(path)
            scores = score(path, offsets[row])
        mean = tf.reduce_mean(tape.gradient(scores, path), axis=0)
        np.testing.assert_allclose(found[row], tf.reduce_sum(INPUTS[row] * mean, axis=-1), atol=1e-4)
    assert np.any(found < -0.01) and np.any(found > 0.01)


def test_no_rows_add_nothing():
    found = integrated_gradients(lambda inputs: tf.reduce_sum(inputs, axis=[1, 2]), INPUTS[:0], MASK[:0])
    assert found.shape == (0, 3)
