"""Shares of a batch: how many, in which order, and leaving early."""

import threading

import pytest

from seqtasks.batches import cores as threads


@pytest.mark.parametrize(
    ("cores", "workers", "shares"),
    [(1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 1, 4), (16, 1, 4), (1, 2, 2), (2, 2, 4), (3, 2, 4), (1, 3, 3), (16, 4, 16)],
)
def test_there_is_a_share_for_each_core_up_to_four_and_a_power_of_two_for_each_of_several_workers(
    cores, workers, shares, monkeypatch
):
    monkeypatch.setattr(threads, "cores", lambda: cores)
    assert threads.default_shares(workers) == shares


def test_answers_come_in_the_order_of_the_batches(monkeypatch):
    monkeypatch.setattr(threads, "cores", lambda: 2)
    second_done = threading.Event()

    def work(batch):
        if batch == "first":
            assert second_done.wait(30)
        second_done.set()
        return batch.upper()

    assert list(threads.in_shares(work, ["first", "second"])) == [("first", "FIRST"), ("second", "SECOND")]


def test_who_leaves_early_does_not_wait_for_what_has_not_begun():
    begun, gate = [], threading.Event()

    def work(batch):
        begun.append(batch)
        assert batch < 2 or gate.wait(30)

    for batch, _ in threads.in_shares(work, range(100)):
        if batch == 1:
            threading.Timer(0.2, gate.set).start()
            break
    assert len(begun) <= 2 + threads.threads()


def test_an_error_in_one_batch_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(threads.in_shares(lambda batch: 1 // batch, [1, 0]))
