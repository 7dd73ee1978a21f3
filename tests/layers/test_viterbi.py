"""Viterbi decoding against the best of all paths, and what is legal."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from paths import BATCH, LENGTHS, STEPS, TAGS, every_path, potentials_and_scores

from seqtasks.layers.tagging.viterbi import constrained, hold, legal_transitions, viterbi
from seqtasks.text.tags import fault

MASK = tf.sequence_mask(LENGTHS, STEPS)
NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def test_legal_transitions_by_hand():
    # O, B-X, I-X and the outside: I-X only after B-X and I-X
    assert legal_transitions(["O", "B-X", "I-X"]).astype(int).tolist() == [
        [1, 1, 0, 1],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
        [1, 1, 0, 1],
    ]


def test_best_path_by_hand():
    potentials = tf.constant([[[1.0, 0.0], [0.0, 0.5], [9.0, 9.0]], [[0.0, 1.0], [0.0, 0.0], [9.0, 9.0]]])
    # a change of tag costs 2, to end with tag 1 gives 1
    scores = tf.constant([[0.0, -2.0, 0.0], [-2.0, 0.0, 1.0], [0.0, 0.0, 7.0]])
    path, score = viterbi(potentials, tf.sequence_mask([2, 1], 3), scores)
    assert path.numpy().tolist() == [[1, 1, 0], [1, 0, 0]]
    assert path.dtype == tf.int32
    np.testing.assert_allclose(score, [1.5, 2.0])


@pytest.mark.parametrize("seed", range(5))
def test_best_path_and_its_score_are_those_of_brute_force(seed):
    potentials, scores = potentials_and_scores(seed)
    path, score = viterbi(tf.constant(potentials), MASK, tf.constant(scores))
    for row, length in enumerate(LENGTHS):
        paths, totals = every_path(potentials[row, :length], scores)
        assert path[row].numpy().tolist() == [*paths[totals.argmax()], *[0] * (STEPS - length)]
        np.testing.assert_allclose(score[row], totals.max(), rtol=1e-12)


def test_where_paths_are_equally_good_one_of_them_is_found():
    path, score = viterbi(tf.zeros([BATCH, STEPS, TAGS]), MASK, tf.linalg.diag([1.0, 1.0, 1.0, 0.0]))
    for row, length in enumerate(LENGTHS):
        assert len({*path[row, :length].numpy().tolist()}) == 1
        assert score[row] == length - 1


def test_padding_is_never_read():
    potentials, scores = potentials_and_scores(7)
    potentials = np.float32(potentials)
    whole = viterbi(tf.constant(potentials), MASK, tf.constant(scores, tf.float32))
    longer = np.pad(np.where(MASK[..., None], potentials, np.nan), [(0, 0), (0, 2), (0, 0)], constant_values=1e30)
    path, score = viterbi(tf.constant(longer), tf.sequence_mask(LENGTHS, STEPS + 2), tf.constant(scores, tf.float32))
    np.testing.assert_array_equal(path, np.pad(whole[0], [(0, 0), (0, 2)]))
    np.testing.assert_array_equal(score, whole[1])
    for row, length in enumerate(LENGTHS):
        alone = viterbi(potentials[row : row + 1, :length], MASK[row : row + 1, :length], np.float32(scores))
        np.testing.assert_array_equal(alone[0][0], path[row, :length])
        np.testing.assert_allclose(alone[1][0], score[row], rtol=1e-6)


@pytest.mark.parametrize("scheme", ["iob2", "iobes"])
@pytest.mark.parametrize("seed", range(3))
def test_illegal_paths_are_never_found_however_high_their_logits(seed, scheme):
    names = [*NAMES, "E-PER", "S-PER", "E-LOC", "S-LOC"] if scheme == "iobes" else NAMES
    logits = tf.random.stateless_normal([50, 6, len(names)], [seed, 1], stddev=1000.0)
    lengths = tf.random.stateless_uniform([50], [seed, 2], 1, 7, tf.int32)
    legal = legal_transitions(names, scheme)
    path, score = constrained(logits, tf.sequence_mask(lengths, 6), legal)
    free = tf.argmax(logits, axis=2, output_type=tf.int32)
    faults = 0
    for row, length in enumerate(lengths.numpy()):
        assert fault([names[tag] for tag in path[row, :length]], scheme) is None
        faults += fault([names[tag] for tag in free[row, :length]], scheme) is not None
    assert faults > 10
    assert (score.numpy() > -1e6).all()


def test_constrained_path_is_the_most_probable_legal_one():
    logits = np.random.default_rng(3).normal(scale=2, size=(BATCH, STEPS, len(NAMES)))
    path, score = constrained(tf.constant(logits), MASK, legal_transitions(NAMES))
    for row, length in enumerate(LENGTHS):
        logs = logits[row] - np.log(np.exp(logits[row]).sum(axis=-1, keepdims=True))
        totals = {
            tags: sum(logs[t, tag] for t, tag in enumerate(tags))
            for tags in itertools.product(range(len(NAMES)), repeat=length)
            if fault([NAMES[tag] for tag in tags], "iob2") is None
        }
        best = max(totals, key=totals.get)
        assert path[row, :length].numpy().tolist() == list(best)
        np.testing.assert_allclose(score[row], totals[best], rtol=1e-9)


def test_no_rows_and_any_size_within_one_graph():
    signature = [tf.TensorSpec([None, None, TAGS]), tf.TensorSpec([None, None], tf.bool)]
    scores = tf.constant(potentials_and_scores(2)[1], tf.float32)
    decode = tf.function(lambda *given: viterbi(*given, scores), input_signature=signature, autograph=False)
    path, score = decode(tf.zeros([0, 3, TAGS]), tf.zeros([0, 3], tf.bool))
    assert path.shape == (0, 3) and score.shape == (0,)
    for steps in (1, 5):
        assert decode(tf.zeros([2, steps, TAGS]), tf.ones([2, steps], tf.bool))[0].shape == (2, steps)


def test_what_is_held_gets_no_gradient():
    scores, legal = tf.ones([2, 2]), np.array([[True, False], [True, True]])
    with tf.GradientTape() as tape:
        tape.watch(scores)
        total = tf.reduce_sum(hold(scores, legal))
    assert tape.gradient(total, scores).numpy().tolist() == [[1, 0], [1, 1]]
