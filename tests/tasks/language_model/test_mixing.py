"""The mixture of two models: by hand, and its weight against a fine grid."""

import numpy as np
import pytest

from seqtasks.tasks.language_model.beside.mixing import best_weight, mixed


def nats(*probabilities):
    with np.errstate(divide="ignore"):
        return -np.log(probabilities)


def test_probabilities_are_mixed_piece_by_piece():
    found = mixed(nats(0.5, 0.1, 1.0, 0.2), nats(0.1, 0.9, 1.0, 0.0), 0.75)
    np.testing.assert_allclose(np.exp(-found), [0.4, 0.3, 1.0, 0.15])
    np.testing.assert_allclose(mixed(nats(0.5), nats(0.0), 1.0), nats(0.5))
    np.testing.assert_allclose(mixed(nats(0.5), nats(0.25), 0.0), nats(0.25))
    # Probabilities that are 0 as floats.
    np.testing.assert_allclose(mixed(np.array([2000.0]), np.array([1000.0]), 0.5), [1000 + np.log(2)])


def test_the_weight_is_that_of_the_most_probable_mixture():
    random = np.random.default_rng(1)
    first, second = random.exponential(2.0, 500), random.exponential(2.3, 500)
    grid = np.linspace(0, 1, 10_001)
    sums = [mixed(first, second, weight).sum() for weight in grid]
    assert best_weight(first, second) == pytest.approx(grid[np.argmin(sums)], abs=2e-4)
    # (1/4 + w/2) (1/2 - w/4) is largest at w = 3/4.
    assert best_weight(nats(0.75, 0.25), nats(0.25, 0.5)) == pytest.approx(0.75)
    assert best_weight(nats(0.8, 0.2), nats(0.2, 0.8)) == pytest.approx(0.5)
    assert best_weight(nats(0.5), nats(0.0)) == pytest.approx(1.0)
    assert best_weight(nats(0.5, 1e-300), nats(0.6, 0.1)) == pytest.approx(0.0)
    assert best_weight(np.array([1000.0, 1.0]), np.array([1.0, 1000.0])) == pytest.approx(0.5)


def test_what_is_never_predicted_counts_nothing():
    assert mixed(np.zeros(2), np.zeros(2), 0.3).tolist() == [0.0, 0.0]
    first, second = np.array([1.0, 2.0, 0.5]), np.array([2.0, 1.0, 0.7])
    assert best_weight(np.append(first, 0.0), np.append(second, 0.0)) == pytest.approx(best_weight(first, second))
    assert best_weight(np.array([]), np.array([])) == pytest.approx(1.0)
