"""Matrix products at the full speed of a processor.

The first cache of a core keeps lines whose addresses differ by a multiple of 4,096 bytes in the same few places. In a
matrix of 1,024 float32 columns all lines of a column do, so a product that reads down its columns loads them again and
again, and takes up to twice the time. Sixteen columns more, which are zero and cut off from the result, spread them.
"""

import tensorflow as tf

_APART = 4096  # bytes between rows; half of it in a large matrix, whose columns do not fit either
_LARGE = 2**20  # bytes
_MORE = 16  # columns, a line of float32


def spread(matrix):
    """Returns a matrix (..., columns), behind them columns of zeros if its rows are a power of two apart."""
    size, elements = matrix.dtype.size, matrix.shape.num_elements() or 0
    apart = _APART // 2 if elements * size > _LARGE else _APART
    if matrix.shape[-1] * size % apart:
        return matrix
    return tf.pad(matrix, [[0, 0]] * (matrix.shape.rank - 1) + [[0, _MORE]])


def product(inputs, kernel):
    """Returns inputs (..., features) times a kernel (features, columns), (..., columns)."""
    return tf.tensordot(inputs, spread(kernel), axes=1)[..., : kernel.shape[1]]


def inner(inputs, gradients):
    """Returns inputs^T gradients, (features, columns), of two matrices (rows, ...): the gradient of a kernel."""
    return tf.matmul(inputs, spread(gradients), transpose_a=True)[:, : gradients.shape[1]]
