"""The nats of a text: each piece once, in order, whatever the parts it is read in."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.tasks.language_model import measuring as nats
from seqtasks.text import EOS, PAD

SIZE = 9
SAID = np.array([False, False, False, True, True, True, True, True, False])
LOGP = np.random.default_rng(1).uniform(-4, -0.1, size=(SIZE, SIZE))


def measure(given, wanted, state):
    """A model whose loss depends on the piece, on the one before, and a little on how much the state has seen."""
    steps = np.cumsum(given != PAD, axis=1) + state
    losses = -LOGP[given, wanted] + 0.001 * steps
    return tf.constant(losses[wanted != PAD]), steps[:, -1:]


def expected(ids, start=0):
    given = [EOS, *ids[:-1]]
    return [
        -LOGP[before, here] + 0.001 * (start + number) if SAID[here] else 0.0
        for number, (before, here) in enumerate(zip(given, ids, strict=True), start=1)
    ]


@pytest.fixture
def ids():
    return np.random.default_rng(2).integers(3, SIZE, size=1203).astype(np.uint16)


def test_a_stream_is_read_on_and_on(ids):
    seen = []
    found = nats.of_stream(ids, SAID, measure=measure, state=np.zeros((1, 1)), progress=seen.append)
    np.testing.assert_allclose(found, expected(ids))
    assert sum(seen) == len(ids)


def test_stretches_side_by_side_know_nothing_of_what_stands_before_them(ids):
    found = nats.of_stream(ids, SAID, measure=measure, state=np.zeros((4, 1)), rows=4)
    assert len(found) == len(ids)
    parts = np.array_split(ids, 4)
    np.testing.assert_allclose(found[: len(parts[0])], expected(parts[0]))
    second = slice(len(parts[0]) + 1, len(parts[0]) + len(parts[1]))
    np.testing.assert_allclose(found[second], expected(parts[1])[1:])


def of_lines(lines, most):
    seen, lengths = [], np.array([len(line) for line in lines])
    options = {"measure": measure, "state": lambda rows: np.zeros((rows, 1)), "progress": seen.append}
    found = nats.of_lines(np.concatenate(lines), lengths, SAID, most=most, **options)
    assert sum(seen) == len(found) == lengths.sum()
    return found


def test_lines_begin_anew():
    lines = [[4, 5, EOS], [EOS], [6, 8, 7, 4, 5, EOS]] * 50
    np.testing.assert_allclose(of_lines(lines, 100), np.concatenate([expected(line) for line in lines]))


def test_the_rest_of_a_long_line_begins_anew_but_knows_the_piece_before():
    line = [4, 5, 6, 7, 4, EOS]
    found = of_lines([line], 4)
    np.testing.assert_allclose(found[:4], expected(line)[:4])
    np.testing.assert_allclose(found[4:], [-LOGP[7, 4] + 0.001, -LOGP[4, EOS] + 0.002])


class Glued:
    """A text of words that stand between spaces."""

    kind = "words"

    def normalize(self, strings):
        return strings

    def pieces(self, strings):
        words = tf.strings.split(strings)
        return words.with_values("▁" + words.values)


def test_what_is_not_scored_counts_neither_as_a_piece_nor_as_characters():
    ids = np.array([4, 8, EOS, 5, EOS])
    said = np.ones(SIZE, bool)
    said[8] = False
    rows = [{"text": "one three"}, {"text": "é"}]
    values = np.array([1.0, 0.0, 0.5, 2.0, 0.25])
    assert nats.by_line(Glued(), said, rows, ids, np.array([3, 2]), values) == ["1.500000 2 5", "2.250000 2 2"]
    assert nats.characters_of(Glued(), rows).tolist() == [10, 2]
