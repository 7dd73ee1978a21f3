"""Random numbers of training: a function of seed, batch, share and draw, and nothing else."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.noise import Noise, dropped, halved, words_dropped
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of
from seqtasks.tasks.language_model.model import LanguageModel
from seqtasks.tasks.sentiment.model import Classifier
from seqtasks.tasks.translate.model import Translator
from seqtasks.text import EOS, PAD


def drawn(*place, shares=4, draws=1):
    noise = Noise(*place, shares=shares)
    return [noise.uniform([5]).numpy() for _ in range(draws)][-1]


def test_the_same_place_has_the_same_numbers_and_every_other_place_has_others():
    places = [
        (seed, batch, share, draws) for seed in (1, 2) for batch in (0, 1) for share in (0, 3) for draws in (1, 2)
    ]
    found = [drawn(*place, draws=draws) for *place, draws in places]
    assert len({array.tobytes() for array in found}) == len(places)
    for (*place, draws), array in zip(places, found, strict=True):
        np.testing.assert_array_equal(drawn(*place, draws=draws), array)


def test_a_place_may_be_told_in_the_graph():
    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)] * 2)
    def in_graph(batch, share):
        return Noise(7, batch, share, shares=4).uniform([5])

    np.testing.assert_array_equal(in_graph(9, 2), drawn(7, 9, 2))


def test_dropout_sets_a_share_to_zero_and_keeps_the_mean():
    inputs = tf.ones([100, 100])
    found = dropped(inputs, 0.3, Noise(1, 0, 0, shares=1)).numpy()
    # Six standard deviations of the share of 10,000 draws are less than 0.03.
    assert (found == 0).mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_allclose(found[found != 0], 1 / 0.7, rtol=1e-6)


def test_words_are_dropped_whole_and_the_others_left_as_they_are():
    inputs = tf.constant(np.random.default_rng(1).normal(size=(50, 200, 3)))
    found = words_dropped(inputs, 0.3, Noise(1, 0, 0, shares=1)).numpy()
    gone = (found == 0).all(axis=-1)
    # Six standard deviations of the share of 10,000 draws are less than 0.03.
    assert gone.mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(found[~gone], inputs.numpy()[~gone])


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("translate", lambda settings: Translator(settings, source_size=9, target_size=9)),
        ("language-model", lambda settings: LanguageModel(settings, counts=np.ones(9, int))),
        ("sentiment", lambda settings: Classifier(settings, size=9, classes=2)),
    ],
)
def test_pieces_that_are_read_are_dropped_from_each_model_in_training_alone(task, model):
    """With all words gone the embeddings get no gradient."""
    overrides = ["model.units=3", "model.embedding=2", "model.dropout=0", "model.word_dropout=0.999999"]
    model = model(resolve(schema_of(task), overrides=overrides).model)
    ids = tf.constant([[5, 6, 7], [8, 5, 6]])
    last = ids if task != "sentiment" else tf.constant([0, 1])
    options = {"weights": tf.ones(2)} if task == "sentiment" else {}
    tables = [weight for weight in model.trainable_variables if weight.path.endswith("embeddings")]

    @tf.function(autograph=False)
    def gradients(noise):
        with tf.GradientTape() as tape:
            loss, _ = model.cross_entropy(ids, last, noise=noise, **options)
        return [tf.convert_to_tensor(found) for found in tape.gradient(loss, [table.value for table in tables])]

    for noise, is_read in ((Noise(1, 0, 0, shares=1), False), (None, True)):
        assert [gradient.numpy().any() for gradient in gradients(noise)] == [is_read] * len(tables)


def test_pieces_fall_into_halves_and_these_again_in_training_alone():
    """9 is 7 8, 8 is 6 5, and 6 is 4 4."""
    halves = np.stack([np.arange(10), np.full(10, PAD)], axis=1).astype(np.int32)
    halves[[9, 8, 6]] = (7, 8), (6, 5), (4, 4)
    ids = tf.constant([[9, EOS, PAD], [5, 8, EOS]])
    whole, noise = {9: (7, 4, 4, 5), 8: (4, 4, 5), 6: (4, 4)}, Noise(1, 0, 0, shares=1)
    np.testing.assert_array_equal(halved(ids, halves, 1.0, noise), [[7, 4, 4, 5, EOS], [5, 4, 4, 5, EOS]])
    found = halved(tf.tile(ids, [500, 1]), halves, 0.3, noise).numpy()
    for row, wanted in zip(found, [[7, 4, 4, 5, EOS], [5, 4, 4, 5, EOS]] * 500, strict=True):
        assert [part for piece in row[row != PAD] for part in whole.get(piece, (piece,))] == wanted
    for row in (0, 1):
        # The pieces 9 and 8; six standard deviations of the share of 500 draws are less than 0.13.
        assert (found[row::2] != 9 - row).all(axis=1).mean() == pytest.approx(0.3, abs=0.13)
    # A share of a batch may have no rows.
    assert halved(ids[:0], halves, 0.3, noise).shape == (0, 1)
    assert halved(ids, halves, 0.3, None) is ids
    assert halved(ids, None, 0.0, noise) is ids


def test_without_noise_or_rate_nothing_is_dropped():
    inputs = tf.ones([3, 3])
    for drop in (dropped, words_dropped):
        assert drop(inputs, 0.5, None) is inputs
        assert drop(inputs, 0.0, Noise(1, 0, 0, shares=1)) is inputs
    assert Noise(1, 0, 0, shares=1).keep(inputs, 0.0) is None
