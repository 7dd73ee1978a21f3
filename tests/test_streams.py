"""Streams and lines: every piece is predicted once, and the chunks of a row follow each other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.streams import Lines, Streams
from seqtasks.text import EOS, PAD


@given(length=st.integers(5, 200), rows=st.integers(1, 4), chunk=st.integers(1, 30))
def test_the_rows_of_streams_are_stretches_of_the_text(length, rows, chunk):
    ids = np.arange(4, 4 + length)
    streams = Streams(ids, rows, chunk)
    size = (length - 1) // rows
    read = [[] for _ in range(rows)]
    for number, chosen in enumerate(streams.plan()):
        given_, wanted, begins = streams.batch(chosen)
        assert given_.shape[1] <= chunk
        assert begins.tolist() == [int(number == 0)] * rows
        np.testing.assert_array_equal(wanted, given_ + 1)
        assert streams.lengths[chosen, 0].tolist() == [given_.shape[1]] * rows
        for row, part in zip(read, given_, strict=True):
            row.extend(part.tolist())
    np.testing.assert_array_equal(read, ids[: rows * size].reshape(rows, size))


def test_chunks_of_different_lengths_are_padded():
    streams = Streams(np.arange(4, 16), 2, 3)
    given_, wanted, begins = streams.batch([0, 2, 3])
    assert given_.tolist() == [[4, 5, 6], [7, 8, PAD], [12, 13, PAD]]
    assert wanted.tolist() == [[5, 6, 7], [8, 9, PAD], [13, 14, PAD]]
    assert begins.tolist() == [1, 0, 0]


def test_lines_stand_between_ends_and_long_ones_come_in_parts():
    lines = Lines([np.array([4, 5, 6, 7]), np.array([], int)], 3)
    assert lines.lengths.ravel().tolist() == [3, 2, 1]
    given_, wanted, begins = lines.batch([0, 1, 2])
    assert given_.tolist() == [[EOS, 4, 5], [6, 7, PAD], [EOS, PAD, PAD]]
    assert wanted.tolist() == [[4, 5, 6], [7, EOS, PAD], [EOS, PAD, PAD]]
    assert begins.tolist() == [1, 1, 1]
