"""Plans and padding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtasks.batches.planning import POOLED, WHOLE, pad, plan_answers, plan_epoch

ORDERS = pytest.mark.parametrize("order", [WHOLE, POOLED])


@pytest.fixture(scope="module")
def lengths():
    return np.random.default_rng(1).integers(1, 60, size=(1037, 2))


@ORDERS
@settings(max_examples=40)
@given(rows=st.integers(1, 1300), batch_size=st.integers(1, 40), seed=st.integers(0, 99), epoch=st.integers(0, 9))
def test_epoch_holds_every_row_once_in_batches_of_the_asked_size(order, rows, batch_size, seed, epoch):
    lengths = np.random.default_rng(rows).integers(1, 9, size=(rows, 2))
    plan = plan_epoch(lengths, batch_size, seed=seed, epoch=epoch, order=order)
    assert sorted(np.concatenate(plan).tolist()) == list(range(rows))
    sizes = sorted((len(batch) for batch in plan), reverse=True)
    whole, rest = divmod(rows, batch_size)
    assert sizes == [batch_size] * whole + [rest] * bool(rest)
    assert len(plan) == len(sizes)


@ORDERS
def test_epoch_is_a_function_of_seed_and_number(order, lengths):
    def plan(seed, epoch):
        return [batch.tolist() for batch in plan_epoch(lengths, 16, seed=seed, epoch=epoch, order=order)]

    assert plan(1, 0) == plan(1, 0)
    assert plan(1, 0) != plan(1, 1)
    assert plan(1, 0) != plan(2, 0)
    # not only the order of the batches changes, but what stands in them
    assert {tuple(sorted(batch)) for batch in plan(1, 0)} != {tuple(sorted(batch)) for batch in plan(1, 1)}


@ORDERS
def test_batches_of_an_epoch_hold_nearly_equal_lengths_of_the_last_side(order, lengths):
    plan = plan_epoch(lengths, 16, seed=1, epoch=0, order=order)
    spread = np.mean([np.ptp(lengths[batch, 1]) for batch in plan])
    assert spread < 3 < np.ptp(lengths[:, 1]) / 4
    # within a batch, equal target lengths are ordered by the source
    for batch in plan:
        assert lengths[batch][:, ::-1].tolist() == sorted(lengths[batch][:, ::-1].tolist())


@ORDERS
def test_batches_of_an_epoch_are_not_in_order_of_length(order, lengths):
    longest = [lengths[batch, 1].max() for batch in plan_epoch(lengths, 16, seed=1, epoch=0, order=order)]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)


def test_a_plan_is_the_same_from_any_batch_on_and_ends(lengths):
    plan = plan_epoch(np.tile(lengths, (3, 1)), 2, seed=1, epoch=0)
    in_order = [batch.tolist() for batch in plan]
    assert len(in_order) == len(plan) > 1500
    for number in (1500, 3, 499, 500, len(plan) - 1):
        assert plan[number].tolist() == in_order[number]
    with pytest.raises(IndexError):
        plan[len(plan)]


def test_the_order_of_runs_begun_before_is_kept():
    plan = plan_epoch(np.ones((9, 1), int), 2, seed=1, epoch=0, order=WHOLE)
    assert [batch.tolist() for batch in plan] == [[2, 5], [8, 6], [3], [1, 4], [7, 0]]


def test_answers_plan_holds_every_row_once_longest_first():
    plan = plan_answers([3, 9, 1, 9, 0], 2)
    assert [batch.tolist() for batch in plan] == [[1, 3], [0, 2], [4]]


def test_answers_plan_of_nothing_is_empty():
    assert plan_answers([], 4) == []


def test_pad_fills_on_the_right_with_zero():
    padded = pad([[7, 8], [9], []])
    assert padded.tolist() == [[7, 8], [9, 0], [0, 0]]
    assert padded.dtype == np.int32


def test_pad_has_at_least_one_step():
    assert pad([[], []]).tolist() == [[0], [0]]
