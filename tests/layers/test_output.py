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
    upstream = tf.constant([2.0, 0.0, -1.0, 3.0, 0.5], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        ours = upstream * layer.cross_entropy(inputs, wanted, smoothing=smoothing)
        target = (1 - smoothing) * tf.one_hot(wanted, SIZE, dtype=tf.float64) + smoothing / SIZE
        theirs = upstream * tf.nn.softmax_cross_entropy_with_logits(target, layer(inputs))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    for one, other in zip(tape.gradient(ours, variables), tape.gradient(theirs, variables), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-14)


def test_large_logits_do_not_overflow_and_no_rows_cost_nothing(layer):
    large = tf.fill([2, FEATURES], tf.constant(1e4, tf.float64))
    assert np.all(np.isfinite(layer.cross_entropy(large, tf.constant([0, 1]))))
    assert layer.cross_entropy(tf.zeros([0, FEATURES], tf.float64), tf.zeros([0], tf.int32)).shape == (0,)


@pytest.mark.parametrize("size", [2, 3])
def test_few_classes_and_a_share_without_rows(size, float64):
    output = SoftmaxOutput(size)
    output.build((None, FEATURES))
    inputs, wanted = tf.constant(np.random.default_rng(10).normal(size=(ROWS, FEATURES))), tf.constant([1, 0, 1, 1, 0])
    variables = [weight.value for weight in output.trainable_variables]

    @tf.function(
        input_signature=[tf.TensorSpec([None, FEATURES], tf.float64), tf.TensorSpec([None], tf.int32)], autograph=False
    )
    def gradients(inputs, wanted):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(output.cross_entropy(inputs, wanted, smoothing=0.1))
        return [loss, *tape.gradient(loss, variables)]

    target = 0.9 * np.eye(size)[wanted] + 0.1 / size
    logits = output(inputs).numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss, kernel, bias = gradients(inputs, wanted)
    np.testing.assert_allclose(loss, -(target * np.log(shares)).sum())
    np.testing.assert_allclose(kernel, inputs.numpy().T @ (shares - target), rtol=1e-9)
    np.testing.assert_allclose(bias, (shares - target).sum(axis=0), rtol=1e-9)
    assert output(inputs[:0]).shape == (0, size)
    for nothing in gradients(inputs[:0], wanted[:0]):
        assert not nothing.numpy().any()


def test_sampled_cross_entropy_is_the_whole_one_where_every_id_is_drawn_as_often_as_expected(layer):
    """Id i is drawn counts[i] times; one that is never drawn is missing from the denominator."""
    inputs = tf.constant(np.random.default_rng(9).normal(size=(ROWS, FEATURES)))
    wanted, counts = tf.constant([0, 6, 3, 3, 1], tf.int32), np.array([1, 2, 1, 5, 1, 0, 3])
    drawn = tf.constant(np.repeat(np.arange(SIZE), counts), tf.int32)
    missing = np.where(counts > 0, 0.0, -1e9)
    variables = [inputs, layer.kernel.value, layer.bias.value]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        sampled = layer.sampled_cross_entropy(inputs, wanted, drawn, np.log(np.maximum(counts, 1.0)))
        whole = layer.cross_entropy(inputs, wanted, offset=missing)
    np.testing.assert_allclose(sampled, whole, rtol=1e-12)
    for one, other in zip(tape.gradient(sampled, variables), tape.gradient(whole, variables), strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(one), other, rtol=1e-10, atol=1e-14)
