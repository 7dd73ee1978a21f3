"""Matrix products at the full speed of a processor.

The first cache of a core keeps lines whose addresses differ by a multiple of 4,096 bytes in the same few places. In a
matrix of 1,024 float32 columns all lines of a column do, so a product that reads down its columns loads them again and
again, and takes up to twice the time. Sixteen columns more, which are zero and cut off from the result, spread them.

Processors with AMX multiply matrices of bfloat16 several times as fast as of float32. Inside `in_bfloat16` the factors
of a product, and so the product, are rounded to it, to eight bits; sums within a product, and all that is not a
product, are not (Micikevicius et al., 2018, section 3; Kalamkar et al., 2019).
"""

from contextlib import contextmanager
from contextvars import ContextVar

import tensorflow as tf

_APART = 4096  # bytes between rows; half of it in a large matrix, whose columns do not fit either
_LARGE = 2**20  # bytes
_MORE = 16  # columns, a line of float32
_BFLOAT16 = ContextVar("products in bfloat16", default=False)


@contextmanager
def in_bfloat16(chosen=True):
    """Within it, if chosen, products of float32 matrices are computed in bfloat16; in what is traced there, too."""
    token = _BFLOAT16.set(chosen)
    try:
        yield
    finally:
        _BFLOAT16.reset(token)


def rounded(matrix):
    """Returns a matrix as it enters products: in bfloat16 inside `in_bfloat16`, else as it is."""
    return tf.cast(matrix, tf.bfloat16) if _BFLOAT16.get() else matrix


def factor(matrix):
    """Returns a matrix (..., columns) as it best enters products on their right, once for many of them.

    It is `rounded`, or has columns of zeros behind it if its rows are a power of two apart.
    """
    if _BFLOAT16.get():
        return rounded(matrix)
    size, elements = matrix.dtype.size, matrix.shape.num_elements() or 0
    apart = _APART // 2 if elements * size > _LARGE else _APART
    if matrix.shape[-1] * size % apart:
        return matrix
    return tf.pad(matrix, [[0, 0]] * (matrix.shape.rank - 1) + [[0, _MORE]])


def multiplied(inputs, right, **transposed):
    """Returns inputs (rows, features) times what `factor` or `rounded` gave, in the inputs' dtype."""
    return tf.cast(tf.matmul(tf.cast(inputs, right.dtype), right, **transposed), inputs.dtype)


def product(inputs, kernel):
    """Returns inputs (..., features) times a kernel (features, columns), (..., columns)."""
    right = factor(kernel)
    found = tf.tensordot(tf.cast(inputs, right.dtype), right, axes=1)
    return tf.cast(found[..., : kernel.shape[1]], inputs.dtype)


def inner(inputs, gradients):
    """Returns inputs^T gradients, (features, columns), of two matrices (rows, ...): the gradient of a kernel."""
    return multiplied(inputs, factor(gradients), transpose_a=True)[:, : gradients.shape[1]]
