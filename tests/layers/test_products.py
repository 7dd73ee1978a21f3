"""Products of matrices whose rows are a power of two apart, and of others."""

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.products import factor, in_bfloat16, inner, multiplied, product


@pytest.mark.parametrize(
    ("rows", "columns", "dtype", "wide"),
    [
        (3, 1024, "float32", 1040),
        (3, 1000, "float32", 1000),
        # Half as far apart only where the matrix is larger than a mebibyte.
        (512, 512, "float32", 512),
        (513, 512, "float32", 528),
        (3, 512, "float64", 528),
        (None, 2048, "float32", 2064),
    ],
)
def test_rows_a_power_of_two_apart_are_spread(rows, columns, dtype, wide):
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([rows, columns], dtype)])
    def spreading(matrix):
        seen.append(factor(matrix).shape[-1])
        return factor(matrix)

    matrix = np.arange((rows or 2) * columns, dtype=dtype).reshape(-1, columns)
    found = spreading(matrix).numpy()
    assert seen == [wide]
    np.testing.assert_array_equal(found[:, :columns], matrix)
    assert not found[:, columns:].any()


@pytest.mark.parametrize("columns", [1000, 1024])
def test_products_and_their_gradients_are_those_of_numpy(columns):
    random = np.random.default_rng(1)
    inputs, kernel, mix = (random.normal(size=shape) for shape in ((2, 3, 5), (5, columns), (2, 3, columns)))
    variables = tf.constant(inputs), tf.constant(kernel)
    with tf.GradientTape() as tape:
        tape.watch(variables)
        found = product(*variables)
        loss = tf.reduce_sum(mix * found)
    np.testing.assert_allclose(found, inputs @ kernel, rtol=1e-12)
    d_inputs, d_kernel = tape.gradient(loss, variables)
    np.testing.assert_allclose(d_inputs, mix @ kernel.T, rtol=1e-10)
    flat = inputs.reshape(-1, 5), mix.reshape(-1, columns)
    np.testing.assert_allclose(d_kernel, flat[0].T @ flat[1], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(inner(*map(tf.constant, flat)), flat[0].T @ flat[1], rtol=1e-10, atol=1e-12)


def rounded(array):
    return array.astype(ml_dtypes.bfloat16).astype(np.float32)


def test_in_bfloat16_the_factors_and_the_product_are_rounded_and_gradients_likewise():
    random = np.random.default_rng(2)
    inputs, kernel, mix = (np.float32(random.normal(size=shape)) for shape in ((4, 5), (5, 1024), (4, 1024)))
    variables = tf.constant(inputs), tf.constant(kernel)
    with in_bfloat16(), tf.GradientTape() as tape:
        tape.watch(variables)
        found = product(*variables)
        assert factor(variables[1]).shape == kernel.shape
        np.testing.assert_array_equal(multiplied(variables[0], factor(variables[1])), found)
        gradient = inner(tf.constant(inputs), tf.constant(mix))
    near = {"rtol": 2**-8, "atol": 2**-8}
    np.testing.assert_allclose(found, rounded(inputs) @ rounded(kernel), **near)
    assert found.dtype == tf.float32
    np.testing.assert_array_equal(found, rounded(found.numpy()))
    np.testing.assert_allclose(gradient, rounded(inputs).T @ rounded(mix), **near)
    by_tape = tape.gradient(found, variables, tf.constant(mix))
    assert [one.dtype for one in by_tape] == [tf.float32, tf.float32]
    np.testing.assert_allclose(by_tape[0], rounded(mix) @ rounded(kernel).T, rtol=2**-8, atol=0.2)
    np.testing.assert_allclose(by_tape[1], gradient, **near)


def test_in_bfloat16_sums_within_a_product_are_not_rounded():
    # With eight bits, 256 + 1 is 256.
    with in_bfloat16():
        assert float(product(tf.ones([1, 300]), tf.ones([300, 1]))[0, 0]) == 300


def test_only_within_it_if_chosen_products_are_rounded():
    inputs = tf.constant([[1 + 2**-10]])
    with in_bfloat16(), in_bfloat16(False):
        np.testing.assert_array_equal(product(inputs, inputs), inputs * inputs)
    np.testing.assert_array_equal(product(inputs, inputs), inputs * inputs)
