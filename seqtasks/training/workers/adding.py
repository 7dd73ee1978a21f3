"""The sum over the shares of a batch, and over the workers that compute them.

What the shares found is added up as a tree of neighbours, ((0 + 1) + (2 + 3)) + ... Its lower levels lie within a
worker, its upper levels across the workers, so the sum is the same to the bit for any number of workers.
"""

import operator

import tensorflow as tf


def _level(parts, add):
    """Adds up neighbours among lists of tensors, tensor by tensor; of an odd number the last list stays."""
    pairs = zip(parts[::2], parts[1::2], strict=False)
    odd = parts[len(parts) // 2 * 2 :]
    return [[add(*both) for both in zip(*pair, strict=True)] for pair in pairs] + odd


def _tree(parts):
    """Adds up lists of tensors, tensor by tensor, as a tree of neighbours."""
    parts = list(parts)
    while len(parts) > 1:
        parts = _level(parts, operator.add)
    return parts[0]


# Adds up dense tensors by XLA, which keeps the order; TensorFlow's own optimizer makes one sum of a tree.
added_by_xla = tf.function(_tree, autograph=False, jit_compile=True)


def added(parts):
    """Returns the sum of lists of tensors, tensor by tensor.

    Gradients of embeddings may be IndexedSlices; the sum is dense, and the same to the bit as that of dense ones.
    """
    *sums, last = _level(list(parts), _of_two)
    sums.append(dense(last))
    return added_by_xla(sums) if len(sums) > 1 else sums[0]


def dense(tensors):
    """Returns a list of tensors, of which some may be IndexedSlices, as tensors."""
    return [tf.convert_to_tensor(tensor) for tensor in tensors]


def _of_two(one, other):
    if not isinstance(one, tf.IndexedSlices):
        return one + other
    # Few rows are touched, so that the others are written only once.
    (places, values), more = _rows(one), _rows(other)
    return tf.tensor_scatter_nd_add(tf.scatter_nd(places, values, one.dense_shape), *more)


def _rows(slices):
    """Returns the places (n, 1) of the rows of IndexedSlices, each once, and their sums."""
    places, numbers = tf.unique(slices.indices)
    return places[:, tf.newaxis], tf.math.unsorted_segment_sum(slices.values, numbers, tf.size(places))
