"""Saliency: what the gradient says about each step, as shares."""

import numpy as np
import tensorflow as tf

from seqtasks.layers.saliency import saliency

MASK = tf.constant([[True, True, False], [True, True, True]])


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
