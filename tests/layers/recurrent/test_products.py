"""Products of matrices whose rows are a power of two apart, and of others."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.recurrent.products import inner, product, spread


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
        seen.append(spread(matrix).shape[-1])
        return spread(matrix)

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
