"""The sum over the shares of a batch, and over the workers that compute them.

What the shares found is added up as a tree of neighbours, ((0 + 1) + (2 + 3)) + ... Its lower levels lie within a
worker, its upper levels across the workers, so the sum is the same to the bit for any number of workers.
"""

import tensorflow as tf


def _tree(parts):
    """Adds up lists of tensors, tensor by tensor, as a tree of neighbours."""
    parts = list(parts)
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = parts[len(parts) // 2 * 2 :]
        parts = [[one + other for one, other in zip(*pair, strict=True)] for pair in pairs] + odd
    return parts[0]


# By XLA, which keeps the order; TensorFlow's own optimizer makes one sum of the tree.
_compiled_tree = tf.function(_tree, autograph=False, jit_compile=True)


def added(parts):
    """Returns the sum of lists of tensors, tensor by tensor."""
    return _compiled_tree(parts) if len(parts) > 1 else parts[0]
