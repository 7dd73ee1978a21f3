"""The conditional random field against sums over all paths, and its gradients."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import numeric_gradient
from paths import LENGTHS, STEPS, TAGS, every_path, potentials_and_scores

from seqtasks.layers.tagging.crf import CRF, log_likelihood, marginals
from seqtasks.layers.tagging.viterbi import legal_transitions

MASK = tf.sequence_mask(LENGTHS, STEPS)
NAMES = ["O", "B-X", "I-X"]
WANTED = np.array([[1, 2, 2, 0], [0, 9, 9, 9], [0, 1, 0, -1], [1, 2, 7, 7]], np.int32)


def make(*, legal=None):
    layer = CRF(TAGS, legal=legal)
    layer.build()
    layer.transitions.assign(potentials_and_scores(4)[1])
    return layer


def probabilities(potentials, scores):
    """Returns all paths and their probabilities."""
    paths, totals = every_path(potentials, scores)
    powers = np.exp(totals - totals.max())
    return paths, powers / powers.sum()


def test_log_likelihood_by_hand():
    potentials, scores = np.log([[[1.0, 2.0], [3.0, 1.0]]]), np.log([[1.0, 2.0, 1.0], [1.0, 1.0, 3.0], [1.0, 1.0, 1.0]])
    # 00: 1 * 1 * 3 * 1 = 3; 01: 1 * 2 * 1 * 3 = 6; 10: 2 * 1 * 3 * 1 = 6; 11: 2 * 1 * 1 * 3 = 6
    given = tf.constant(potentials), tf.ones([1, 2], tf.bool)
    np.testing.assert_allclose(log_likelihood(*given, tf.constant([[0, 0]]), scores), np.log(3 / 21))
    np.testing.assert_allclose(log_likelihood(*given, tf.constant([[1, 0]]), scores), np.log(6 / 21))
    np.testing.assert_allclose(marginals(*given, scores), [[[9 / 21, 12 / 21], [9 / 21, 12 / 21]]])


@pytest.mark.parametrize("seed", range(5))
def test_log_likelihood_and_marginals_are_those_of_brute_force(seed):
    potentials, scores = potentials_and_scores(seed)
    given = tf.constant(potentials), MASK
    expected, each = 0.0, marginals(*given, scores).numpy()
    for row, length in enumerate(LENGTHS):
        paths, shares = probabilities(potentials[row, :length], scores)
        expected += np.log(shares[(paths == WANTED[row, :length]).all(axis=1)][0])
        for t in range(length):
            np.testing.assert_allclose(each[row, t], [shares[paths[:, t] == tag].sum() for tag in range(TAGS)])
        assert not each[row, length:].any()
    np.testing.assert_allclose(log_likelihood(*given, WANTED, scores), expected, rtol=1e-12)


def test_a_new_crf_is_a_softmax_at_each_step():
    layer, potentials = CRF(TAGS), tf.constant(potentials_and_scores(1)[0], tf.float32)
    layer.build()
    real = tf.boolean_mask(tf.nn.log_softmax(potentials), MASK)
    expected = tf.reduce_sum(tf.gather(real, WANTED[MASK.numpy()], axis=1, batch_dims=1))
    np.testing.assert_allclose(layer.log_likelihood(potentials, MASK, WANTED), expected, rtol=1e-5)
    np.testing.assert_allclose(layer.marginals(potentials, MASK)[MASK], tf.exp(real), rtol=1e-5)
    np.testing.assert_array_equal(layer(potentials, MASK)[0][MASK], tf.argmax(real, axis=1))


@pytest.mark.parametrize("legal", [None, legal_transitions(NAMES)], ids=["free", "legal"])
def test_gradients_equal_finite_differences_and_those_of_tensorflow(legal, float64):
    layer = make(legal=legal)
    potentials = tf.Variable(potentials_and_scores(5)[0])
    variables = [potentials, layer.transitions.value]

    def loss():
        return layer.log_likelihood(tf.convert_to_tensor(potentials), MASK, WANTED)

    with tf.GradientTape(persistent=True) as tape:
        ours = 3.0 * loss()
        theirs = 3.0 * log_likelihood(tf.identity(potentials), MASK, WANTED, layer.scores, differentiable=False)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    for variable, one, other in zip(variables, *(tape.gradient(it, variables) for it in (ours, theirs)), strict=True):
        numeric = 3.0 * numeric_gradient(loss, variable)
        assert np.linalg.norm(one - numeric) < 1e-7 * np.linalg.norm(numeric)
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    if legal is not None:
        assert not tape.gradient(ours, variables[1]).numpy()[~legal].any()


def test_padding_and_the_rows_beside_change_nothing():
    layer, potentials = make(), np.float32(potentials_and_scores(6)[0])
    longer = np.pad(np.where(MASK[..., None], potentials, np.nan), [(0, 0), (0, 2), (0, 0)], constant_values=1e30)
    wanted = np.pad(WANTED, [(0, 0), (0, 2)], constant_values=1)
    found = []
    for rows, lengths, tags in ((potentials, LENGTHS, WANTED), (longer, LENGTHS, wanted)):
        rows = tf.constant(rows)
        with tf.GradientTape() as tape:
            tape.watch(rows)
            total = layer.log_likelihood(rows, tf.sequence_mask(lengths, rows.shape[1]), tags)
        inner, outer = tape.gradient(total, [rows, layer.transitions.value])
        assert not inner[:, STEPS:].numpy().any() and not inner[1, 1:].numpy().any()
        found.append([total, inner[:, :STEPS], outer])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)
    alone = [
        layer.log_likelihood(*(part[row : row + 1, :length] for part in (potentials, MASK, WANTED)))
        for row, length in enumerate(LENGTHS)
    ]
    np.testing.assert_allclose(sum(alone), found[0][0], rtol=1e-5)


def test_illegal_paths_have_no_probability():
    layer, potentials = make(legal=legal_transitions(NAMES)), potentials_and_scores(8)[0]
    potentials = np.float32(potentials)
    each = layer.marginals(potentials, MASK).numpy()
    for row, length in enumerate(LENGTHS):
        paths, shares = probabilities(potentials[row, :length], layer.scores.numpy())
        legal = [
            all(tag != 2 or before in (1, 2) for before, tag in zip([0, *path[:-1]], path, strict=True))
            for path in paths
        ]
        assert shares[~np.array(legal)].sum() == 0
        for t in range(length):
            expected = [shares[paths[:, t] == tag].sum() for tag in range(TAGS)]
            np.testing.assert_allclose(each[row, t], expected, rtol=1e-4, atol=1e-6)
    assert not each[:, 0, 2].any()


@pytest.mark.parametrize("size", [1e4, 1e6])
def test_potentials_far_apart_neither_overflow_nor_underflow(size):
    """What one step excludes the next makes up for: probabilities kept as such would have lost it."""
    potentials = tf.constant([[[size, 0.0], [0.0, size], [size, 0.0]]])
    scores = tf.constant([[0.0, -1e9, 0.0], [-1e9, 0.0, 0.0], [0.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(potentials)
        total = log_likelihood(potentials, tf.ones([1, 3], tf.bool), tf.constant([[1, 1, 1]]), scores)
    # 000 scores 2 * size and 111 size
    np.testing.assert_allclose(total, -size)
    np.testing.assert_array_equal(tape.gradient(total, potentials), [[[-1, 1]] * 3])


def test_one_graph_takes_any_number_of_rows_and_steps():
    layer = make(legal=legal_transitions(NAMES))
    shapes = ([None, None, TAGS], tf.float32), ([None, None], tf.bool), ([None, None], tf.int32)

    @tf.function(input_signature=[tf.TensorSpec(*shape) for shape in shapes], autograph=False)
    def compute(potentials, mask, wanted):
        with tf.GradientTape() as tape:
            total = layer.log_likelihood(potentials, mask, wanted)
        return total, tape.gradient(total, layer.transitions.value), layer.marginals(potentials, mask)

    for rows, steps in ((2, 1), (1, 5), (0, 3), (0, 1)):
        given = tf.ones([rows, steps, TAGS]), tf.ones([rows, steps], tf.bool), tf.ones([rows, steps], tf.int32)
        total, gradient, each = compute(*given)
        assert each.shape == (rows, steps, TAGS)
        np.testing.assert_allclose(tf.reduce_sum(each, axis=2), np.ones((rows, steps)), rtol=1e-6)
        assert (total < 0 and gradient.numpy().any()) if rows else (total == 0 and not gradient.numpy().any())


def test_a_saved_model_decodes_as_the_layer_does(tmp_path):
    layer, potentials = make(legal=legal_transitions(NAMES)), np.float32(potentials_and_scores(9)[0])
    signature = [tf.TensorSpec([None, None, TAGS]), tf.TensorSpec([None, None], tf.bool)]

    def answer(potentials, mask):
        path, score = layer(potentials, mask)
        return {"path": path, "score": score, "marginals": layer.marginals(potentials, mask)}

    module = tf.Module()
    module.weights = [weight.value for weight in layer.variables]
    module.answer = tf.function(answer, input_signature=signature, autograph=False)
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    for name, found in loaded.answer(potentials, MASK).items():
        np.testing.assert_allclose(found, answer(potentials, MASK)[name], rtol=1e-5, atol=1e-6)
