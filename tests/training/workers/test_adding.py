"""The sum of the shares: a tree, the same to the bit however the shares are dealt out."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.training.workers.adding import added
from seqtasks.training.workers.cluster import own_shares

RANDOM = np.random.default_rng(5)


def tree(arrays):
    while len(arrays) > 1:
        arrays = [sum(arrays[i : i + 2][1:], arrays[i]) for i in range(0, len(arrays), 2)]
    return arrays[0]


@pytest.mark.parametrize("shares", [1, 2, 3, 4, 6, 8])
def test_sum_is_the_tree_of_neighbours_and_no_other_to_the_bit(shares):
    parts = RANDOM.normal(size=(shares, 3000)).astype(np.float32)

    @tf.function(autograph=False)
    def whole(parts):
        return added([[part] for part in tf.unstack(parts)])[0]

    @tf.function(autograph=False)
    def sum_of(rows):
        return added([[row] for row in rows])

    def dealt_out(parts, count):
        # Each worker has a graph of its own.
        own = [own_shares(i, count, shares) for i in range(count)]
        rows = tf.unstack(parts)
        return sum_of([sum_of([rows[share] for share in part])[0] for part in own])[0]

    expected = tree(list(parts))
    np.testing.assert_array_equal(whole(parts), expected)
    for count in {1: [1], 2: [1, 2], 3: [1, 3], 4: [1, 2, 4], 6: [1, 3, 6], 8: [1, 2, 4, 8]}[shares]:
        np.testing.assert_array_equal(dealt_out(parts, count), expected)
    if shares > 3:
        # Sums in another order do differ here, so that the test can fail.
        assert np.any(np.cumsum(parts, axis=0)[-1] != expected)


@pytest.mark.parametrize("shares", [1, 2, 3, 4, 5])
def test_rows_that_few_touch_are_added_up_as_dense_ones_to_the_bit(shares):
    size = 50
    values = RANDOM.normal(size=(shares, 30, 4)).astype(np.float32)
    places = RANDOM.integers(0, size, (shares, 30))

    @tf.function(autograph=False)
    def sums(values, places):
        shape = tf.constant([size, 4], tf.int64)
        parts = [[tf.IndexedSlices(*part, shape)] for part in zip(tf.unstack(values), tf.unstack(places), strict=True)]
        return added(parts)[0], tf.stack([tf.convert_to_tensor(part) for (part,) in parts])

    found, whole = sums(values, places)
    np.testing.assert_array_equal(found, tree(list(whole.numpy())))
