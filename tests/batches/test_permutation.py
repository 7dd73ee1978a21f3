"""Permutations: of all numbers, the same everywhere, and of all of them about equally often."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.batches.permutation import permuted


@given(count=st.integers(1, 5000), key=st.lists(st.integers(0, 2**70), max_size=3))
def test_every_number_comes_once(count, key):
    found = permuted(range(count), count, *key)
    assert found.dtype == np.int64
    assert np.array_equal(np.sort(found), np.arange(count))


@given(count=st.integers(1, 2**62), places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=9))
def test_large_counts_need_no_list(count, places):
    places = sorted({int(place * count) for place in places})
    found = permuted(places, count, 7)
    assert len(set(found.tolist())) == len(places)
    assert all(0 <= number < count for number in found)
    assert found[:1].tolist() == permuted(places[:1], count, 7).tolist()


def test_values_that_a_run_on_another_machine_must_find_too():
    assert permuted(range(10), 10, 1, 0).tolist() == [8, 6, 2, 4, 7, 1, 3, 0, 9, 5]
    assert permuted([0, 1, 2], 10**12, 7, 3).tolist() == [750928323082, 58754993304, 154363960701]


@pytest.mark.parametrize("count", [2, 3, 7, 16])
def test_each_place_gets_each_number_about_equally_often(count):
    draws = 500
    found = np.array([permuted(range(count), count, key) for key in range(draws)])
    counts = np.array([np.bincount(column, minlength=count) for column in found.T])
    expected = draws / count
    chi_square = ((counts - expected) ** 2 / expected).sum()
    freedom = (count - 1) ** 2
    assert abs(chi_square - freedom) < 5 * np.sqrt(2 * freedom)


def test_neighbours_are_sent_apart():
    found = permuted(range(20_000), 20_000, 1)
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.03
    assert abs(np.corrcoef(np.arange(20_000), found)[0, 1]) < 0.03
