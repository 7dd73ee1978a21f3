"""The softmax layer's cross entropy and its written-out gradient, against TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.output import SoftmaxOutput

ROWS, FEATURES, SIZE = 5, 3, 7


@pytest.fixture
def layer(float64):
    output = SoftmaxOutput(SIZE)
    output.build((None, FEATURES))
    random = np.random.default_rng(8)
    output.set_weights([random.normal(size=weight.shape) for weight in output.get_weights()])
    return output


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_and_its_gradients_are_those_of_tensorflow(layer, smoothing):
    inputs = tf.constant(np.random.default_rng(9).normal(size=(ROWS, FEATURES)))
    wanted = tf.constant([0, 6, 3, 3, 1], tf.int32)
    variables = [inputs, layer.kernel.value, layer.bias.value]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        ours = 2.0 * layer.cross_entropy(inputs, wanted, smoothing=smoothing)
        target = (1 - smoothing) * tf.one_hot(wanted, SIZE, dtype=tf.float64) + smoothing / SIZE
        theirs = 2.0 * tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(target, layer(inputs)))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    for one, other in zip(tape.gradient(ours, variables), tape.gradient(theirs, variables), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-14)


def test_large_logits_do_not_overflow_and_no_rows_cost_nothing(layer):
    assert np.isfinite(layer.cross_entropy(tf.fill([2, FEATURES], tf.constant(1e4, tf.float64)), tf.constant([0, 1])))
    assert layer.cross_entropy(tf.zeros([0, FEATURES], tf.float64), tf.zeros([0], tf.int32)) == 0
