"""Streams and lines: every piece is predicted once, and the chunks of a row follow each other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.batches.streams import StreamsPlan, lines, streams
from seqtasks.text import EOS, PAD


@given(length=st.integers(5, 200), rows=st.integers(1, 4), chunk=st.integers(1, 30))
def test_the_rows_of_streams_are_stretches_of_the_text(length, rows, chunk):
    ids = np.arange(4, 4 + length)
    examples = streams(ids, len(ids), rows, chunk)
    size = (length - 1) // rows
    read = [[] for _ in range(rows)]
    for number, chosen in enumerate(StreamsPlan(len(examples), rows)):
        given_, wanted, begins = examples.batch(chosen)
        assert given_.shape[1] <= chunk
        assert begins.tolist() == [int(number == 0)] * rows
        np.testing.assert_array_equal(wanted, given_ + 1)
        assert examples.lengths_of(chosen).tolist() == [given_.shape[1]] * rows
        for row, part in zip(read, given_, strict=True):
            row.extend(part.tolist())
    np.testing.assert_array_equal(read, ids[: rows * size].reshape(rows, size))


def test_chunks_of_different_lengths_are_padded():
    given_, wanted, begins = streams(np.arange(4, 16), 12, 2, 3).batch(np.array([0, 2, 3]))
    assert given_.tolist() == [[4, 5, 6], [7, 8, PAD], [12, 13, PAD]]
    assert wanted.tolist() == [[5, 6, 7], [8, 9, PAD], [13, 14, PAD]]
    assert begins.tolist() == [1, 0, 0]


def test_lines_stand_between_ends_and_long_ones_come_in_parts():
    ids = np.array([4, 5, 6, 7, EOS, EOS, 8, EOS], np.uint16)
    examples = lines(ids, np.array([5, 1, 2]), 3)
    assert examples.lengths_of(range(4)).tolist() == [3, 2, 1, 2]
    given_, wanted, begins = examples.batch(np.arange(4))
    assert given_.tolist() == [[EOS, 4, 5], [6, 7, PAD], [EOS, PAD, PAD], [EOS, 8, PAD]]
    assert wanted.tolist() == [[4, 5, 6], [7, EOS, PAD], [EOS, PAD, PAD], [8, EOS, PAD]]
    assert begins.tolist() == [1, 1, 1, 1]


@given(sizes=st.lists(st.integers(0, 12), min_size=1, max_size=20), most=st.integers(1, 5))
def test_every_piece_of_every_line_is_predicted_once_and_in_order(sizes, most):
    rows = [[4 + (size + place) % 7 for place in range(size)] + [EOS] for size in sizes]
    examples = lines(np.concatenate(rows).astype(int), np.array([len(row) for row in rows]), most)
    _, wanted, _ = examples.batch(np.arange(len(examples)))
    assert wanted[wanted != PAD].tolist() == np.concatenate(rows).tolist()
    assert examples.lengths_of(range(len(examples))).max() <= most
