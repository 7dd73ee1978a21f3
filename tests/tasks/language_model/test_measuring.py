"""The nats of a text: each piece once, in order, whatever the parts it is read in."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.batches.sequences import Sequences
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of
from seqtasks.tasks.language_model.measuring import line_nats, nats_by_line, stream_nats
from seqtasks.tasks.language_model.scorer import characters_of
from seqtasks.text import EOS, PAD

SIZE = 9
PREDICTABLE = np.array([False, False, False, True, True, True, True, True, False])
LOGP = np.random.default_rng(1).uniform(-4, -0.1, size=(SIZE, SIZE))


def measure(given, wanted, state):
    """A model whose loss depends on the piece, on the one before, and a little on how much the state has seen."""
    steps = np.cumsum(given != PAD, axis=1) + state
    losses = -LOGP[given, wanted] + 0.001 * steps
    return tf.constant(losses[wanted != PAD]), steps[:, -1:]


def expected(ids, start=0):
    given = [EOS, *ids[:-1]]
    return [
        -LOGP[before, here] + 0.001 * (start + number) if PREDICTABLE[here] else 0.0
        for number, (before, here) in enumerate(zip(given, ids, strict=True), start=1)
    ]


@pytest.fixture
def ids():
    return np.random.default_rng(2).integers(3, SIZE, size=1203).astype(np.uint16)


def test_a_stream_is_read_on_and_on(ids):
    seen = []
    found = stream_nats(ids, PREDICTABLE, measure=measure, state=np.zeros((1, 1)), progress=seen.append)
    np.testing.assert_allclose(found, expected(ids))
    assert sum(seen) == len(ids)


def test_stretches_side_by_side_know_nothing_of_what_stands_before_them(ids):
    found = stream_nats(ids, PREDICTABLE, measure=measure, state=np.zeros((4, 1)), rows=4)
    assert len(found) == len(ids)
    parts = np.array_split(ids, 4)
    np.testing.assert_allclose(found[: len(parts[0])], expected(parts[0]))
    second = slice(len(parts[0]) + 1, len(parts[0]) + len(parts[1]))
    np.testing.assert_allclose(found[second], expected(parts[1])[1:])


def nats_of_lines(lines, most):
    seen, lengths = [], np.array([len(line) for line in lines])
    options = {"measure": measure, "state": lambda rows: np.zeros((rows, 1)), "progress": seen.append}
    found = line_nats(np.concatenate(lines), lengths, PREDICTABLE, most=most, **options)
    assert sum(seen) == len(found) == lengths.sum()
    return found


def test_lines_begin_anew():
    lines = [[4, 5, EOS], [EOS], [6, 8, 7, 4, 5, EOS]] * 50
    np.testing.assert_allclose(nats_of_lines(lines, 100), np.concatenate([expected(line) for line in lines]))


def test_the_rest_of_a_long_line_begins_anew_but_knows_the_piece_before():
    line = [4, 5, 6, 7, 4, EOS]
    found = nats_of_lines([line], 4)
    np.testing.assert_allclose(found[:4], expected(line)[:4])
    np.testing.assert_allclose(found[4:], [-LOGP[7, 4] + 0.001, -LOGP[4, EOS] + 0.002])


class Glued:
    """Pieces that are words between spaces."""

    kind = "words"

    def pieces(self, strings):
        words = tf.strings.split(strings)
        return words.with_values("▁" + words.values)


def test_what_is_not_scored_counts_neither_as_a_piece_nor_as_characters():
    ids = np.array([4, 8, EOS, 5, EOS])
    predictable = np.ones(SIZE, bool)
    predictable[8] = False
    text = SimpleNamespace(pieces=Glued(), predictable=predictable)
    rows = [{"text": "one three"}, {"text": "é"}]
    values = np.array([1.0, 0.0, 0.5, 2.0, 0.25])
    settings = resolve(schema_of("language-model"), overrides=["text.kind=words"]).text
    found = nats_by_line(text, rows, Sequences.of(ids, [3, 2], SIZE), values, settings=settings)
    assert found == ["1.500000 2 5", "2.250000 2 2"]
    assert characters_of(rows, settings) == [10, 2]
