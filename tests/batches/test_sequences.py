"""Sequences in one array against lists."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.batches.planning import pad
from seqtasks.batches.sequences import Sequences, id_type, joined

LISTS = st.lists(st.lists(st.integers(0, 99), max_size=5), max_size=8)


def made(lists, size=100):
    return Sequences.of([one for each in lists for one in each], [len(each) for each in lists], size)


def as_lists(sequences):
    return [part.tolist() for part in np.split(sequences.values, sequences.ends[:-1])] if len(sequences) else []


@given(LISTS, st.data())
def test_chosen_sequences_are_padded_as_lists_are(lists, data):
    chosen = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=6)) if lists else []
    found = made(lists).padded(chosen)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, pad([lists[i] for i in chosen]).reshape(found.shape))


@given(LISTS)
def test_marks_stand_before_and_after_each(lists):
    sequences = made(lists)
    marked = sequences.marked(first=7, last=8)
    assert as_lists(marked) == [[7, *each, 8] for each in lists]
    assert marked.values.dtype == sequences.values.dtype == np.uint16
    assert as_lists(sequences.marked(last=8)) == [[*each, 8] for each in lists]
    assert marked.lengths.tolist() == [len(each) + 2 for each in lists]


@given(st.lists(LISTS, min_size=1, max_size=4))
def test_joined_sequences_follow_each_other(parts):
    assert as_lists(joined([made(part) for part in parts])) == [each for part in parts for each in part]
    numbers = [np.arange(len(part)) for part in parts]
    assert joined(numbers).tolist() == [number for part in numbers for number in part]


def test_ids_take_two_bytes_where_they_can():
    assert id_type(1 << 16) == np.uint16 and id_type((1 << 16) + 1) == np.uint32
    assert made([[65_536]], 65_537).padded([0]).tolist() == [[65_536]]


def test_sequences_may_be_memory_mapped(tmp_path):
    lists = [[1, 2, 3], [], [4]]
    sequences = made(lists)
    for name in ("values", "ends"):
        np.save(tmp_path / f"{name}.npy", getattr(sequences, name))
    mapped = Sequences(*(np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("values", "ends")))
    np.testing.assert_array_equal(mapped.padded([2, 0]), [[4, 0, 0], [1, 2, 3]])
