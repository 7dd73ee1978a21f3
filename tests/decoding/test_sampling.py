"""Drawing: from the right distribution, row by row independent, in parts as at once."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.decoding.sampling import sample

SIZE = 5
TABLE = np.random.default_rng(2).normal(scale=1.5, size=(SIZE, SIZE)).astype(np.float32)


def draw(rows, *, length=50, temperature=1.0, seed=1, keys=None, first=0, logits=None, state=None, **options):
    """Draws from a chain whose next piece depends on the last one alone, beginning behind piece 0; the state counts."""
    keys = np.arange(rows) if keys is None else keys
    logits = np.repeat(TABLE[:1], rows, axis=0) if logits is None else logits
    state = [tf.zeros([rows, 1])] if state is None else state

    def step(ids, state):
        return tf.gather(TABLE, ids), [state[0] + 1]

    return tf.function(sample, autograph=False)(
        step, tf.constant(logits), state, length=length, temperature=temperature, seed=seed, first=first,
        keys=tf.constant(keys, tf.int64), **options,
    )  # fmt: skip


def shares(temperature):
    weights = np.exp(TABLE.astype(float) / temperature)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_pieces_come_as_often_as_they_are_probable(temperature):
    ids = draw(1, length=20_000, temperature=temperature)[0].numpy()
    expected, counts = shares(temperature), np.zeros((SIZE, SIZE))
    np.add.at(counts, (ids[:, :-1].ravel(), ids[:, 1:].ravel()), 1)
    for before in range(SIZE):
        total = counts[before].sum()
        error = np.sqrt(expected[before] * (1 - expected[before]) / total)
        assert np.all(np.abs(counts[before] / total - expected[before]) < 4.5 * error)


def test_log_probabilities_are_the_models_whatever_the_temperature():
    ids, logp, _, state = draw(3, length=6, temperature=0.3)
    before = np.concatenate([np.zeros((3, 1), int), ids.numpy()[:, :-1]], axis=1)
    np.testing.assert_allclose(logp, np.log(shares(1.0))[before, ids.numpy()], rtol=1e-5)
    assert state[0].numpy().ravel().tolist() == [6, 6, 6]


def test_top_k_draws_from_the_most_probable_and_top_1_takes_the_best():
    best = np.argsort(-TABLE, axis=1)
    ids = draw(20, top_k=2)[0].numpy()
    before = np.concatenate([np.zeros((20, 1), int), ids[:, :-1]], axis=1)
    assert np.all((ids == best[before, 0]) | (ids == best[before, 1]))
    assert len(set(ids.ravel())) > 1
    greedy, place = [], 0
    for _ in range(50):
        place = best[place, 0]
        greedy.append(place)
    np.testing.assert_array_equal(draw(2, top_k=1)[0], [greedy, greedy])
    np.testing.assert_array_equal(draw(2, temperature=1e-4)[0], [greedy, greedy])
    np.testing.assert_array_equal(draw(2, top_k=99)[0], draw(2)[0])


def test_a_row_is_drawn_alike_alone_and_beside_others_and_otherwise_with_another_key_or_seed():
    together = draw(3)[0].numpy()
    np.testing.assert_array_equal(draw(1, keys=[2])[0][0], together[2])
    assert not np.array_equal(together[0], together[1])
    assert not np.array_equal(draw(3, seed=2)[0], together)
    np.testing.assert_array_equal(draw(2, keys=[7, 7])[0][0], draw(1, keys=[7])[0][0])


def test_drawing_in_parts_is_drawing_at_once():
    whole = draw(2, length=11)[0].numpy()
    ids, _, logits, state = draw(2, length=4)
    more = draw(2, length=7, first=4, logits=logits.numpy(), state=state)[0]
    np.testing.assert_array_equal(np.concatenate([ids, more], axis=1), whole)
