"""Beam search against the enumeration of everything it could have found.

The model is a table: log p(piece | previous two pieces), and an attention row that is a code of all the pieces so far,
so that a hypothesis traced back through the wrong parent shows.
"""

import itertools
from functools import cache

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import path_of

from seqtasks.decoding.beam_search import beam_search
from seqtasks.decoding.tree import tree_of
from seqtasks.text import BOS, EOS, PAD

WORDS = 3  # predictable pieces, ids 4, 5, 6; ids 0 to 2 are never predicted
VOCABULARY = 4 + WORDS
SOURCE = 5


def random_table(seed, *, rows=1, sharpness=1.5):
    """Log-probabilities (rows, previous but one, previous, piece)."""
    random = np.random.default_rng(seed)
    logits = sharpness * random.normal(size=(rows, VOCABULARY, VOCABULARY, VOCABULARY))
    logits[..., [PAD, 1, BOS]] = -1e9
    return (logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))).astype(np.float32)


def code(ids):
    """The attention rows of a hypothesis: row t depends on all pieces before step t."""
    rows, seen = [], np.ones(SOURCE)
    for previous in [BOS, *ids[:-1]]:
        seen = seen * 0.5 + previous * np.arange(1, SOURCE + 1)
        rows.append(seen)
    return np.array(rows)


@cache
def compiled(beam, best, length_penalty, forced=False):
    @tf.function(
        input_signature=[
            tf.TensorSpec([None, VOCABULARY, VOCABULARY, VOCABULARY]),
            tf.TensorSpec([None], tf.int32),
            *[tf.TensorSpec([None, None], tf.int32)] * forced,
        ],
        autograph=False,
    )
    def search(table, limits, prefix=None):
        rows = tf.shape(table)[0]

        def step(ids, state, memory):
            before, seen = state
            table = tf.repeat(memory["table"], beam, axis=0)
            logp = tf.gather(tf.gather(table, before, batch_dims=1), ids, batch_dims=1)
            seen = seen * 0.5 + tf.cast(ids, tf.float32)[:, tf.newaxis] * tf.range(1.0, SOURCE + 1)
            return logp, [ids, seen], seen

        state, options = (
            [tf.fill([rows], PAD), tf.ones([rows, SOURCE])],
            {"best": best, "length_penalty": length_penalty, "prefix": prefix, "recorded": True},
        )
        return beam_search(step, state, {"table": table}, limits=limits, beam=beam, **options)

    return search


def search(table, limits, *, beam, best=1, length_penalty=1.0, prefix=None):
    more = [] if prefix is None else [tf.constant(prefix, tf.int32)]
    found = compiled(beam, best, length_penalty, bool(more))(tf.constant(table), tf.constant(limits, tf.int32), *more)
    return tf.nest.map_structure(lambda part: part.numpy(), found)


def hypotheses(found, row):
    """[(ids with their end mark, score), ...] of a row, best first."""
    return [
        (tuple(ids[:length].tolist()), score)
        for ids, length, score in zip(found.ids[row], found.lengths[row], found.scores[row], strict=True)
    ]


def logp_of(table, ids):
    before, total = (PAD, BOS), 0.0
    for piece in ids:
        total += table[before][piece]
        before = (before[1], piece)
    return total


def enumeration(table, limit, length_penalty):
    """All that ends within `limit` pieces, best first. At the limit the end is forced, at its own probability."""
    found = []
    for words in range(limit):
        for ids in itertools.product(range(4, VOCABULARY), repeat=words):
            ids = (*ids, EOS)
            found.append((ids, logp_of(table, ids) / len(ids) ** length_penalty))
    return sorted(found, key=lambda pair: -pair[1])


def same(found, expected):
    assert [ids for ids, _ in found] == [ids for ids, _ in expected]
    np.testing.assert_allclose([score for _, score in found], [score for _, score in expected], rtol=1e-5)


@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_wide_beam_finds_the_exact_n_best_list(seed, length_penalty):
    # 1 + 3 + 9 + 27 hypotheses end within 4 pieces, so 40 lanes hold whatever is unfinished and whatever has ended.
    table = random_table(seed)
    found = search(table, [4], beam=40, best=40, length_penalty=length_penalty)
    same(hypotheses(found, 0), enumeration(table[0], 4, length_penalty))


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
@pytest.mark.parametrize("best", [1, 3])
def test_stopping_early_keeps_the_best_exact(best, length_penalty):
    table = random_table(11, rows=6)
    found = search(table, [5] * 6, beam=121, best=best, length_penalty=length_penalty)
    for row in range(6):
        same(hypotheses(found, row)[:best], enumeration(table[row], 5, length_penalty)[:best])


def test_a_prefix_leaves_exactly_the_best_answers_that_begin_with_it():
    table, prefixes = random_table(3, rows=3), [[5, 5], [6, PAD], [PAD, PAD]]
    found = search(table, [4, 5, 4], beam=121, best=121, prefix=prefixes)
    for row, (limit, prefix) in enumerate(zip([4, 5, 4], prefixes, strict=True)):
        begins = tuple(piece for piece in prefix if piece != PAD)
        expected = [pair for pair in enumeration(table[row], limit, 1.0) if pair[0][: len(begins)] == begins]
        listed = [pair for pair in hypotheses(found, row) if pair[1] > -1e6]
        same(listed, expected)
        for lane, (ids, _) in enumerate(listed):
            np.testing.assert_allclose(found.attention[row, lane, : len(ids)], code(ids), rtol=1e-5)
    free = search(table, [4, 5, 4], beam=4, best=4)
    nothing = search(table, [4, 5, 4], beam=4, best=4, prefix=np.zeros([3, 0]))
    for one, same_one in zip(tf.nest.flatten(free), tf.nest.flatten(nothing), strict=True):
        np.testing.assert_array_equal(same_one, one)


def test_search_stops_before_the_limit_when_nothing_can_overtake():
    table = random_table(12)
    table[..., 4:], table[..., EOS] = np.log(0.01 / WORDS), np.log(0.99)
    found = search(table, [30], beam=2)
    assert found.ids.shape[2] < 30
    assert hypotheses(found, 0)[0] == ((EOS,), pytest.approx(np.log(0.99), rel=1e-4))


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), limit=st.integers(1, 8), length_penalty=st.sampled_from([0.0, 1.0]))
def test_one_beam_is_greedy_search(seed, limit, length_penalty):
    table = random_table(seed)
    before, ids = (PAD, BOS), []
    while EOS not in ids:
        ids.append(EOS if len(ids) + 1 == limit else int(table[0][before].argmax()))
        before = (before[1], ids[-1])
    found = search(table, [limit], beam=1, length_penalty=length_penalty)
    same(hypotheses(found, 0), [(tuple(ids), logp_of(table[0], ids) / len(ids) ** length_penalty)])


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), limits=st.lists(st.integers(2, 9), min_size=1, max_size=4))
def test_hypotheses_are_whole_sorted_distinct_and_carry_their_own_score_and_attention(seed, limits):
    table = random_table(seed, rows=len(limits))
    found = search(table, limits, beam=4, best=4)
    for row, limit in enumerate(limits):
        listed = hypotheses(found, row)
        scores = [score for _, score in listed]
        assert scores == sorted(scores, reverse=True)
        assert len({ids for ids, _ in listed}) == 4
        for lane, (ids, score) in enumerate(listed):
            assert ids.index(EOS) == len(ids) - 1 < limit
            assert all(piece >= 4 for piece in ids[:-1])
            assert score == pytest.approx(logp_of(table[row], ids) / len(ids), rel=1e-4)
            np.testing.assert_allclose(found.attention[row, lane, : len(ids)], code(ids), rtol=1e-5)
            assert not found.ids[row, lane, len(ids) :].any()
            assert not found.attention[row, lane, len(ids) :].any()
        kept = [part[:, row].tolist() for part in found.steps[:3]]
        kept[1] = [["" if piece == PAD else str(piece) for piece in step] for step in kept[1]]
        nodes = tree_of(*kept, found.steps.order[row], found.scores[row])
        paths = [[int(node.piece) for node in path_of(nodes, node)] for node in nodes]
        logps = [logp_of(table[row], path) for path in paths]
        np.testing.assert_allclose([node.logp for node in nodes], logps, rtol=1e-4)
        ranked = sorted((node.rank, tuple(path)) for node, path in zip(nodes, paths, strict=True) if node.rank)
        assert ranked == [(rank, ids) for rank, (ids, _) in enumerate(listed, start=1)]
        assert len(set(map(tuple, paths))) == len(paths)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), beam=st.sampled_from([1, 3]))
def test_what_is_found_for_a_row_does_not_depend_on_its_batch(seed, beam):
    table = random_table(seed, rows=3)
    limits = [3, 9, 6]
    together = search(table, limits, beam=beam)
    for row, limit in enumerate(limits):
        alone = search(table[row : row + 1], [limit], beam=beam)
        same(hypotheses(together, row)[:1], hypotheses(alone, 0)[:1])
        length = alone.lengths[0, 0]
        np.testing.assert_allclose(together.attention[row, 0, :length], alone.attention[0, 0, :length], rtol=1e-6)


@pytest.mark.parametrize("beam", [1, 3])
def test_limits_force_the_end_of_what_would_never_end(beam):
    table = random_table(13, rows=3)
    table[..., EOS] = -50
    found = search(table, [1, 4, 7], beam=beam)
    assert found.lengths[:, 0].tolist() == [1, 4, 7]
    for row, length in enumerate([1, 4, 7]):
        assert found.ids[row, 0, length - 1] == EOS
        assert not found.ids[row, 0, length:].any()


def test_finished_hypothesis_keeps_its_score_while_others_go_on():
    """p(end at once) = 0.4; the other 0.6 goes on to 30 sure pieces and ends at the limit."""
    table = np.full((1, VOCABULARY, VOCABULARY, VOCABULARY), -1e9, np.float32)
    table[0, PAD, BOS, EOS], table[0, PAD, BOS, 4] = np.log(0.4), np.log(0.6)
    table[0, :, 4, 4] = np.log(0.999)
    table[0, :, 4, EOS] = np.log(0.001)
    found = search(table, [31], beam=2, best=2, length_penalty=0.0)
    first, second = hypotheses(found, 0)
    assert first == ((EOS,), pytest.approx(np.log(0.4), rel=1e-6))
    assert second[1] < first[1]


def test_length_penalty_prefers_longer_hypotheses():
    """ "end" has p = 0.5; "4 end" has 0.5 * 0.6: more in all, less a piece."""
    table = np.full((1, VOCABULARY, VOCABULARY, VOCABULARY), -1e9, np.float32)
    table[0, PAD, BOS, EOS] = table[0, PAD, BOS, 4] = np.log(0.5)
    table[0, BOS, 4, EOS], table[0, BOS, 4, 5] = np.log(0.6), np.log(0.4)
    table[0, 4, 5, EOS] = 0.0
    assert hypotheses(search(table, [3], beam=3, length_penalty=0.0), 0)[0][0] == (EOS,)
    ids, score = hypotheses(search(table, [3], beam=3, length_penalty=1.0), 0)[0]
    assert ids == (4, 5, EOS)
    assert score == pytest.approx(np.log(0.5 * 0.4) / 3, rel=1e-5)


def test_attention_belongs_to_the_hypothesis_that_won():
    """After one step "5" leads; "4" overtakes it at the second, from the other lane."""
    table = np.full((1, VOCABULARY, VOCABULARY, VOCABULARY), -1e9, np.float32)
    table[0, PAD, BOS, 4], table[0, PAD, BOS, 5] = np.log(0.4), np.log(0.6)
    table[0, BOS, 4, 6] = np.log(0.9)
    table[0, BOS, 5, 6] = table[0, BOS, 5, 4] = np.log(0.3)
    table[0, :, 6, EOS] = table[0, 5, 4, EOS] = 0.0
    found = search(table, [3], beam=2)
    assert hypotheses(found, 0)[0][0] == (4, 6, EOS)
    np.testing.assert_allclose(found.attention[0, 0], code([4, 6, EOS]), rtol=1e-6)
