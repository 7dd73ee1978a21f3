"""Work on a few rows at a time, inside the graph, so that memory does not grow with their number."""

import tensorflow as tf


def part_by_part(function, tensors, size, *, outputs):
    """Returns what a function says of rows, computed for at most `size` of them at a time.

    Args:
        function: takes as many tensors as there are, with a part of their rows, and returns a list of tensors with as
            many rows. It is called with no rows at all where there are none.
        tensors: list of (rows, ...).
        size: rows in a part at most.
        outputs: list of tf.TensorSpec, of what the function returns. What is None there, the parts must have alike.

    Returns:
        A list of tensors, the parts' rows in their order.
    """
    rows = tf.shape(tensors[0])[0]
    parts = tf.maximum(1, (rows + size - 1) // size)
    arrays = [tf.TensorArray(spec.dtype, parts, element_shape=spec.shape, infer_shape=False) for spec in outputs]

    def one(number, arrays):
        found = function(*(tensor[number * size : (number + 1) * size] for tensor in tensors))
        return number + 1, [array.write(number, part) for array, part in zip(arrays, found, strict=True)]

    _, arrays = tf.while_loop(
        lambda number, _: number < parts, one, (0, arrays), parallel_iterations=1, maximum_iterations=parts
    )
    return [tf.ensure_shape(array.concat(), spec.shape) for array, spec in zip(arrays, outputs, strict=True)]
