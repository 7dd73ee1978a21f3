"""Rows of a batch inside the graph: a part of them at a time, to bound the memory, or where there may be none."""

import tensorflow as tf


def part_by_part(function, tensors, size, *, outputs):
    """Returns the outputs of a function of rows, computed for at most `size` rows at a time.

    Args:
        function: takes each of the tensors with a part of their rows, and returns a list of tensors with the same
            number of rows. If there are no rows, it is called once with none.
        tensors: list of (rows, ...).
        size: maximum number of rows in a part.
        outputs: list of tf.TensorSpec of the outputs. Dimensions that are None there must be equal in all parts.

    Returns:
        A list of tensors, with the rows of all parts in order.
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


def with_a_row(network, inputs):
    """Returns what a network gives for inputs (batch, height, width, channels), of which there may be none.

    oneDNN's convolution of zero rows has a wrong shape, so a row of zeros is added, and taken off what comes out.
    """
    return network(tf.pad(inputs, [[0, 1], [0, 0], [0, 0], [0, 0]]))[:-1]
