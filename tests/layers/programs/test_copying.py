"""Writing and copying in one softmax, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.programs.copying import CopyingOutput

# A vocabulary of 4, three words that were read: token 2, an unknown token, and the same again; and padding.
SIZE, COPIES = 4, np.array([[2, 4, 4, 0]], np.int32)
ALLOWED = np.array([[[False, True, True, False, True, True, True, False]] * 3])


@pytest.fixture
def output():
    layer = CopyingOutput(SIZE, encoder_size=5)
    layer.build((None, 6))
    return layer


@pytest.fixture
def scored(output):
    chance = np.random.default_rng(2)
    inputs, words = (chance.normal(size=shape).astype(np.float32) for shape in ((1, 3, 6), (1, 4, 5)))
    scores = output(inputs, output.keys(tf.constant(words)), ALLOWED)
    expected = np.concatenate(
        [
            inputs @ output.kernel.numpy() + output.bias.numpy(),
            inputs @ (words @ output.copy_kernel.numpy()).transpose(0, 2, 1),
        ],
        axis=2,
    )
    np.testing.assert_allclose(scores.numpy()[ALLOWED], expected[ALLOWED], rtol=1e-4, atol=1e-5)
    assert (scores.numpy()[~ALLOWED] < -1e8).all()
    shares = np.where(ALLOWED, np.exp(expected), 0)
    return scores, shares / shares.sum(axis=2, keepdims=True)


def test_a_token_has_the_probability_of_all_ways_to_write_it(output, scored):
    scores, shares = scored
    wanted = np.array([[1, 2, 4]], np.int32)
    losses = output.cross_entropy(scores, ALLOWED, wanted, COPIES).numpy()[0]
    ways = [shares[0, 0, 1], shares[0, 1, 2] + shares[0, 1, 4], shares[0, 2, 5] + shares[0, 2, 6]]
    np.testing.assert_allclose(losses, -np.log(ways), rtol=1e-5)


def test_smoothing_spreads_over_what_is_allowed(output, scored):
    scores, shares = scored
    wanted = np.full((1, 3), 1, np.int32)
    losses = output.cross_entropy(scores, ALLOWED, wanted, COPIES, smoothing=0.1).numpy()[0]
    logs = np.log(np.where(ALLOWED, shares, 1))
    expected = -0.9 * logs[0, :, 1] - 0.1 * logs[0].sum(axis=1) / ALLOWED[0].sum(axis=1)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_logits_give_each_token_one_entry(output, scored):
    scores, shares = scored
    logits = output.logits(scores, ALLOWED, COPIES, 10)
    expected = np.zeros((1, 3, 10))
    expected[..., :4] = shares[..., :4]
    expected[..., 2] += shares[..., 4]
    expected[..., 4] = shares[..., 5] + shares[..., 6]
    np.testing.assert_allclose(tf.nn.softmax(logits).numpy(), expected, atol=1e-6)
    assert (logits.numpy()[expected == 0] < -1e8).all()


def test_what_is_allowed_is_never_taken_for_what_is_not(output):
    scores = tf.constant([[[0.0, 500.0, -500.0, 0.0]]])
    allowed = np.array([[[False, True, True, False]]])
    logits = output.logits(scores, allowed, np.zeros((1, 0), np.int32), 6).numpy()[0, 0]
    assert logits[1] == pytest.approx(0)
    assert -100 < logits[2] < -50
    assert (logits[[0, 3, 4, 5]] < -1e8).all()
