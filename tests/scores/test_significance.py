"""Intervals and tests against brute force, and what they may never claim."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtasks.scores import Metric, mean_and_deviation, rate, significance

# Predictions are lists of (right, all); the score is a ratio of sums, as F1 is.
RATIO = Metric("ratio", "made:up", lambda predictions: predictions, lambda totals: rate(*totals))
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=7)


def right(*lines):
    return [(line, 1) for line in lines]


def two_systems(rows):
    return {row["system"]: row for row in rows}


@given(one=PAIRS, seed=st.integers(0, 99))
@settings(max_examples=50)
def test_randomization_equals_all_ways_to_swap(one, seed):
    random = np.random.default_rng(seed)
    one = np.array(one, float)
    other = np.where(random.random(len(one)) < 0.3, one.T, np.stack([random.integers(0, 4, len(one)), one[:, 1]])).T
    seen = abs(rate(*one.sum(axis=0)) - rate(*other.sum(axis=0)))
    reached = []
    # Every line is swapped here, also those that do not differ.
    for swapped in itertools.product((False, True), repeat=len(one)):
        swapped = np.array(swapped)[:, np.newaxis]
        there, back = np.where(swapped, other, one).sum(axis=0), np.where(swapped, one, other).sum(axis=0)
        reached.append(abs(rate(*there) - rate(*back)) >= seen - 1e-9)
    assert significance.randomization_p(one, other, RATIO.value) == pytest.approx(np.mean(reached))


def test_randomization_by_hand():
    # Of three lines that differ all are better: all swapped or none, 2 of 8 ways.
    one, other = np.array(right(0, 0, 0, 1), float), np.array(right(1, 1, 1, 1), float)
    assert significance.randomization_p(one, other, RATIO.value) == 2 / 8
    # Two better, one worse: the sum of three signs is at least 1 in all ways.
    one, other = np.array(right(0, 0, 1, 1), float), np.array(right(1, 1, 0, 1), float)
    assert significance.randomization_p(one, other, RATIO.value) == 1


def test_random_swaps_are_near_the_exact_share():
    # 14 lines differ, 11 better and 3 worse: as many or more of one kind with 2 * (1 + 14 + 91 + 364) / 2 ** 14.
    one, other = right(*[0] * 11, *[1] * 3, 1), right(*[1] * 11, *[0] * 3, 1)
    found = significance.randomization_p(np.array(one, float), np.array(other, float), RATIO.value)
    assert found == pytest.approx(2 * 470 / 2**14, abs=0.01)


@pytest.mark.parametrize("differing", [0, 1, 2, 4, 6])
@pytest.mark.parametrize("lines", [10, 200])
def test_few_differing_lines_show_little(differing, lines):
    systems = {"baseline": right(*[0] * lines), "other": right(*[1] * differing, *[0] * (lines - differing))}
    least = min(1, 2.0 ** (1 - differing))
    other = two_systems(significance.compare(systems, [RATIO]))["other"]
    assert other["randomization_p"] == least
    assert least <= other["bootstrap_p"] <= 1
    groups = {name: [lines, list(lines)] for name, lines in systems.items()}
    assert least <= two_systems(significance.compare_groups(groups, [RATIO]))["other"]["bootstrap_p"] <= 1


def test_p_values_do_not_depend_on_which_is_the_baseline():
    random = np.random.default_rng(3)
    systems = {"a": right(*random.random(80) < 0.6), "b": right(*random.random(80) < 0.7)}
    there = two_systems(significance.compare(systems, [RATIO]))["b"]
    back = two_systems(significance.compare(dict(reversed(systems.items())), [RATIO]))["a"]
    for kind in ("bootstrap_p", "randomization_p"):
        assert 0 < there[kind] == back[kind] <= 1


def test_comparison_has_a_row_for_each_score_and_system():
    systems = {"worse": right(*[0] * 20, *[1] * 20), "better": right(*[1] * 40), "double": right(*[0] * 20, *[1] * 20)}
    rows = significance.compare(systems, [RATIO, RATIO])
    assert [row["system"] for row in rows] == [*systems, *systems]
    worse, better, double = rows[:3]
    assert rows[3:] == rows[:3]
    assert worse["bootstrap_p"] is worse["randomization_p"] is None
    assert (better["value"], better["low"], better["high"]) == (100, 100, 100)
    assert better["bootstrap_p"] < 0.01 and better["randomization_p"] < 0.001
    assert double["bootstrap_p"] == double["randomization_p"] == 1
    assert better["signature"] == "made:up|bs:1000|ar:10000|seed:12345"
    assert all(type(row[key]) is float for row in rows for key in ("value", "low", "high"))


def test_interval_is_that_of_the_binomial():
    score = significance.score(RATIO, right(*[1] * 300, *[0] * 100))
    assert (score.value, score.signature) == (75, "made:up|bs:1000|seed:12345")
    half = 1.96 * 100 * (0.75 * 0.25 / 400) ** 0.5
    assert (score.low, score.high) == (pytest.approx(75 - half, abs=0.6), pytest.approx(75 + half, abs=0.6))
    assert significance.score(RATIO, right(*[1] * 300, *[0] * 100)) == score
    plain = significance.score(RATIO, right(1, 0), interval=False)
    assert (plain.value, plain.low, plain.high, plain.signature) == (50, None, None, "made:up")


def test_chance_of_equal_systems_is_even():
    """Two systems as good as each other: p below 0.05 about once in twenty."""
    random, below = np.random.default_rng(0), 0
    for _ in range(200):
        one, other = (np.array(right(*random.random(40) < 0.7), float) for _ in range(2))
        below += significance.randomization_p(one[:12], other[:12], RATIO.value) < 0.05
    assert below <= 20


def test_groups_have_mean_deviation_and_a_wider_interval_than_their_runs():
    random = np.random.default_rng(1)
    runs = [right(*random.random(100) < share) for share in (0.5, 0.6, 0.85)]
    systems = {"one": [runs[0]], "three": runs, "again": runs}
    one, three, again = significance.compare_groups(systems, [RATIO])
    values = [100 * np.mean([hit for hit, _ in run]) for run in runs]
    assert (three["value"], three["deviation"]) == pytest.approx(mean_and_deviation(values))
    assert (one["runs"], one["deviation"], one["bootstrap_p"]) == (1, None, None)
    alone = significance.score(RATIO, runs[1])
    assert three["high"] - three["low"] > alone.high - alone.low
    assert again["bootstrap_p"] > 0.02 and "randomization_p" not in again


def test_nothing_to_score_is_refused():
    for refused in (
        lambda: significance.score(RATIO, []),
        lambda: significance.compare({"a": [], "b": []}, [RATIO]),
        lambda: significance.compare_groups({"a": [[]], "b": [[]]}, [RATIO]),
    ):
        with pytest.raises(ValueError, match="no examples to score"):
            refused()


def test_mean_and_deviation():
    assert mean_and_deviation([1.0, 2.0, 6.0]) == (3.0, pytest.approx(7**0.5))
    assert mean_and_deviation([4.0]) == (4.0, None)


def test_rate():
    assert rate([1, 0, 3], [4, 0, 3]).tolist() == [25, 0, 100]
    assert rate(1, 0) == 0
