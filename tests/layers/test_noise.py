"""Random numbers of training: a function of seed, batch, share and draw, and nothing else."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.noise import Noise, dropped


def drawn(*place, shares=4, draws=1):
    noise = Noise(*place, shares=shares)
    return [noise.uniform([5]).numpy() for _ in range(draws)][-1]


def test_the_same_place_has_the_same_numbers_and_every_other_place_has_others():
    places = [
        (seed, batch, share, draws) for seed in (1, 2) for batch in (0, 1) for share in (0, 3) for draws in (1, 2)
    ]
    found = [drawn(*place, draws=draws) for *place, draws in places]
    assert len({array.tobytes() for array in found}) == len(places)
    for (*place, draws), array in zip(places, found, strict=True):
        np.testing.assert_array_equal(drawn(*place, draws=draws), array)


def test_a_place_may_be_told_in_the_graph():
    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)] * 2)
    def in_graph(batch, share):
        return Noise(7, batch, share, shares=4).uniform([5])

    np.testing.assert_array_equal(in_graph(9, 2), drawn(7, 9, 2))


def test_dropout_sets_a_share_to_zero_and_keeps_the_mean():
    inputs = tf.ones([100, 100])
    found = dropped(inputs, 0.3, Noise(1, 0, 0, shares=1)).numpy()
    # Six standard deviations of the share of 10,000 draws are less than 0.03.
    assert (found == 0).mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_allclose(found[found != 0], 1 / 0.7, rtol=1e-6)


def test_without_noise_or_rate_nothing_is_dropped():
    inputs = tf.ones([3, 3])
    assert dropped(inputs, 0.5, None) is inputs
    assert dropped(inputs, 0.0, Noise(1, 0, 0, shares=1)) is inputs
