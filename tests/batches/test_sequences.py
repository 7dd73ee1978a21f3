"""Sequences in one array against lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.batches.file_array import FileArray
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


@given(LISTS, st.data())
def test_sequences_may_lie_in_files(tmp_path_factory, lists, data):
    sequences, folder = made(lists), tmp_path_factory.mktemp("files")
    sequences.values.tofile(folder / "ids")
    sequences.ends.tofile(folder / "ends")
    filed = Sequences(FileArray(folder / "ids", "<u2"), FileArray(folder / "ends", "<i8"))
    chosen = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=6)) if lists else []
    assert len(filed) == len(lists)
    np.testing.assert_array_equal(filed.padded(chosen), sequences.padded(chosen))
    np.testing.assert_array_equal(filed.lengths_of(chosen), sequences.lengths_of(chosen))
    for one, other in zip(filed.places(chosen), sequences.places(chosen), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(filed.lengths, sequences.lengths)


def test_numbers_of_a_file_are_read_by_place_and_slice(tmp_path):
    numbers = np.arange(100, 120, dtype=np.int32)
    numbers.tofile(tmp_path / "numbers")
    filed = FileArray(tmp_path / "numbers", "<i4")
    assert len(filed) == 20 and filed.dtype == np.int32
    for chosen in (slice(3, 7), slice(None), slice(-2, None), slice(5, 5), slice(18, 99), [4, 0, -1], []):
        assert (
            filed[chosen].tolist() == numbers[chosen if isinstance(chosen, slice) else np.array(chosen, int)].tolist()
        )
    with pytest.raises(IndexError):
        filed[[20]]
    with pytest.raises(ValueError, match="step"):
        filed[::2]
