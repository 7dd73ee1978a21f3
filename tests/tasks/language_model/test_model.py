"""The language model: what it never says, the state carried along, its loss by hand."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.errors import SettingsError
from seqtasks.layers.noise import Noise
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of
from seqtasks.tasks.language_model.model import LanguageModel
from seqtasks.tasks.language_model.settings import LanguageModelModel
from seqtasks.text import PAD

SIZE = 7
COUNTS = np.array([0, 0, 0, 4, 3, 2, 1])
SAID = COUNTS > 0
IDS = np.array([[3, 4, 5, 6, 4], [5, 5, 3, PAD, PAD]], np.int32)
WANTED = np.array([[4, 5, 6, 4, 3], [5, 3, PAD, PAD, PAD]], np.int32)


KINDS = {
    "lstm": {"cell": "lstm", "layers": 2},
    "one-hot": {"cell": "rnn", "embedding": None},
    "convolution": {"encoder": "gated-convolution", "layers": 3, "width": 2},
    "tied": {"cell": "gru", "embedding": 5, "tied": True},
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def model(request):
    settings = LanguageModelModel(**{"units": 5, "embedding": 4, "dropout": 0.5, **request.param})
    return LanguageModel(settings, counts=COUNTS)


def test_probabilities_are_those_of_what_there_is_to_say(model):
    logits, _ = model(IDS)
    shares = tf.nn.softmax(logits).numpy()
    assert logits.shape == (2, 5, SIZE)
    assert not shares[..., ~SAID].any()
    np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-6)


def test_before_it_has_learned_a_network_says_what_is_frequent(model):
    shares = tf.nn.softmax(model.logits(tf.zeros([1, 5])))
    np.testing.assert_allclose(shares[0], COUNTS / 10, atol=1e-6)


def test_cross_entropy_is_that_of_the_wanted_pieces_row_by_row(model):
    losses, _ = model.cross_entropy(IDS, WANTED)
    logp = tf.nn.log_softmax(model(IDS)[0]).numpy()
    expected = [-logp[row, t, WANTED[row, t]] for row, t in zip(*np.nonzero(WANTED), strict=True)]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_a_sampled_softmax_is_of_training_alone_and_estimates_the_whole_one():
    settings = LanguageModelModel(units=5, embedding=4, sampled=4000)
    model, noise = LanguageModel(settings, counts=COUNTS), Noise(1, 0, 0, shares=1)
    drawn = np.bincount(model.draw(noise), minlength=SIZE)
    np.testing.assert_allclose(drawn / 4000, COUNTS / 10, atol=0.03)
    assert not drawn[~SAID].any()
    whole, estimated = model.cross_entropy(IDS, WANTED)[0], model.cross_entropy(IDS, WANTED, noise=noise)[0]
    np.testing.assert_allclose(estimated, whole, rtol=0.1)
    assert np.abs(estimated - whole).max() > 1e-6
    np.testing.assert_allclose(whole[0], -tf.nn.log_softmax(model(IDS)[0])[0, 0, 4], rtol=1e-5)


def test_a_text_in_parts_costs_what_it_costs_at_once(model):
    whole, last = model.cross_entropy(IDS[:1], WANTED[:1])
    first, state = model.cross_entropy(IDS[:1, :3], WANTED[:1, :3])
    second, state = model.cross_entropy(IDS[:1, 3:], WANTED[:1, 3:], state)
    np.testing.assert_allclose(tf.concat([first, second], axis=0), whole, rtol=1e-5)
    for part, expected in zip(*map(tf.nest.flatten, (state, last)), strict=True):
        np.testing.assert_allclose(part, expected, atol=1e-6)


def test_a_step_is_a_call_of_one_piece(model):
    logits, state = model(IDS[:, :2])
    stepped, stepped_state = model.step(IDS[:, 1], model(IDS[:, :1])[1])
    np.testing.assert_allclose(stepped, logits[:, 1], atol=1e-5)
    for part, expected in zip(*map(tf.nest.flatten, (stepped_state, state)), strict=True):
        np.testing.assert_allclose(part, expected, atol=1e-6)


def test_dropout_is_in_training_alone(model):
    np.testing.assert_array_equal(model(IDS)[0], model(IDS)[0])
    assert np.abs(model(IDS, noise=Noise(1, 0, 0, shares=1))[0] - model(IDS)[0]).max() > 1e-3


@pytest.mark.parametrize(("embedding", "shown"), [("64", "64"), ("null", "None")])
def test_tied_embeddings_of_another_width_are_refused(embedding, shown):
    overrides = ["model.tied=true", f"model.embedding={embedding}", "model.units=80"]
    with pytest.raises(
        SettingsError, match=f"model.embedding is {shown} and model.units is 80; set model.embedding to"
    ):
        resolve(schema_of("language-model"), overrides=overrides)
