"""Work in parts gives what work on all rows at once gives, and never holds more rows than it may."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.parts import part_by_part


@pytest.mark.parametrize("rows", [0, 1, 3, 4, 7, 12])
def test_parts_are_all_rows_in_their_order(rows):
    seen = []

    @tf.function
    def run(numbers, names):
        def work(numbers, names):
            tf.py_function(lambda n: seen.append(int(n)), [tf.shape(numbers)[0]], [])
            return numbers * 2, tf.strings.join([names, "!"])

        outputs = [tf.TensorSpec([None, 2], tf.int32), tf.TensorSpec([None], tf.string)]
        return part_by_part(work, [numbers, names], 3, outputs=outputs)

    numbers = np.arange(2 * rows, dtype=np.int32).reshape(rows, 2)
    doubled, named = run(tf.constant(numbers), tf.constant([str(row) for row in range(rows)], tf.string))
    np.testing.assert_array_equal(doubled, 2 * numbers)
    assert named.numpy().tolist() == [f"{row}!".encode() for row in range(rows)]
    assert seen == [3] * (rows // 3) + ([rows % 3] if rows % 3 or not rows else [])


def test_a_gradient_inside_a_part_is_that_of_all_rows():
    values = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def gradient(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            total = tf.reduce_sum(values**3)
        return [tf.convert_to_tensor(tape.gradient(total, values))]

    (found,) = tf.function(lambda: part_by_part(gradient, [values], 2, outputs=[tf.TensorSpec([None, 2])]))()
    np.testing.assert_allclose(found, 3 * values**2)
