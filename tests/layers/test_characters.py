"""Character features against loops over the characters, and words that are not there."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.characters import KINDS, CharacterFeatures

SIZE, EMBEDDING, FEATURES = 6, 2, 4
IDS = np.array([[[1, 2, 3], [4, 0, 0]], [[5, 1, 0], [0, 0, 0]]], np.int32)


def make(kind, *, portable=False):
    layer = CharacterFeatures(kind, SIZE, FEATURES, embedding=EMBEDDING, portable=portable)
    layer.build()
    random = np.random.default_rng(21)
    layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


def test_convolution_by_hand():
    layer = CharacterFeatures("cnn", 3, 1, embedding=1)
    layer.build()
    layer.set_weights([np.array([[50.0], [1.0], [-2.0]]), np.array([[[1.0]], [[10.0]], [[100.0]]]), np.array([0.5])])
    # 1 2: 10 * 1 + 100 * -2 = -190 and 1 * 1 + 10 * -2 = -19; 1: 10; PAD's own embedding is never read
    found = layer(tf.constant([[[1, 2, 0], [1, 0, 0], [0, 0, 0]]]))
    np.testing.assert_allclose(found, [[[-18.5], [10.5], [0]]])


def test_convolution_equals_the_one_of_keras_over_a_word_between_zeros(float64):
    layer = make("cnn")
    embeddings, kernel, bias = layer.get_weights()
    convolution = keras.layers.Conv1D(FEATURES, 3, padding="same")
    convolution.build((None, None, EMBEDDING))
    convolution.set_weights([kernel, bias])
    found = layer(IDS)
    for row, step, characters in ((0, 0, [1, 2, 3]), (0, 1, [4]), (1, 0, [5, 1])):
        expected = convolution(embeddings[characters][np.newaxis]).numpy().max(axis=1)[0]
        np.testing.assert_allclose(found[row, step], expected, rtol=1e-10)


def test_lstm_gives_the_final_state_of_both_directions(float64):
    layer = make("lstm")
    found = layer(IDS)
    inner = keras.layers.Bidirectional(keras.layers.LSTM(FEATURES // 2))
    inner.build((None, None, EMBEDDING))
    inner.set_weights([weight.numpy() for weight in layer.encoder.weights])
    for row, step, characters in ((0, 0, [1, 2, 3]), (0, 1, [4]), (1, 0, [5, 1])):
        expected = inner(layer.embeddings.numpy()[characters][np.newaxis])[0]
        np.testing.assert_allclose(found[row, step], expected, rtol=1e-10)


def test_words_of_all_lengths_are_read_to_their_ends(float64):
    layer, random = make("lstm"), np.random.default_rng(23)
    ids = random.integers(1, SIZE, (1, 12, 12)).astype(np.int32) * np.tri(12, dtype=np.int32)
    together = layer(ids)
    for step in range(12):
        alone = layer(ids[:, step : step + 1, : step + 1])
        np.testing.assert_allclose(alone[0, 0], together[0, step], rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_padded_words_are_zero_and_padding_changes_nothing(kind, float64):
    layer = make(kind)
    layer.embeddings.assign(tf.tensor_scatter_nd_update(layer.embeddings, [[0]], [[1e3] * EMBEDDING]))
    longer, found = np.pad(IDS, [(0, 0), (0, 2), (0, 3)]), []
    for ids in (IDS, longer):
        with tf.GradientTape() as tape:
            features = layer(tf.constant(ids))
            total = tf.reduce_sum(features**2)
        gradients = tape.gradient(total, [weight.value for weight in layer.trainable_variables])
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        assert not features[1, 1:].numpy().any() and not features[:, 2:].numpy().any()
        assert not gradients[0][0].numpy().any()
        found.append([features[:, :2], *gradients])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-12)
    alone = layer(IDS[:1, 1:, :1])
    np.testing.assert_allclose(alone[0, 0], found[0][0][0, 1], rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_equal_finite_differences(kind, float64):
    layer = make(kind)
    mix = np.random.default_rng(22).normal(size=(2, 2, FEATURES))

    @tf.function(autograph=False)
    def loss():
        return tf.reduce_sum(mix * layer(IDS) ** 2)

    check_gradients(layer, loss, weights={"cnn": 3, "lstm": 7}[kind], within=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_no_words_at_all_give_zeros_and_no_gradient(kind):
    layer = make(kind)
    compute = tf.function(layer, input_signature=[tf.TensorSpec([None] * 3, tf.int32)], autograph=False)
    for shape in [(0, 3, 2), (2, 3, 1), (1, 1, 4)]:
        with tf.GradientTape() as tape:
            found = compute(tf.zeros(shape, tf.int32))
            total = tf.reduce_sum(found**2)
        assert found.shape == (*shape[:2], FEATURES) and not found.numpy().any()
        for gradient in tape.gradient(total, [weight.value for weight in layer.trainable_variables]):
            assert not tf.convert_to_tensor(gradient).numpy().any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_model_computes_what_the_layer_computes(kind, tmp_path):
    layer, module = make(kind, portable=True), tf.Module()
    module.weights = [weight.value for weight in layer.variables]
    signature = [tf.TensorSpec([None, None, None], tf.int32)]
    module.compute = tf.function(lambda ids: layer(ids), input_signature=signature, autograph=False)
    assert module.compute.get_concrete_function().structured_outputs.shape[2] == FEATURES
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(loaded.compute(IDS), layer(IDS), rtol=1e-5)


def test_what_is_impossible_is_refused():
    with pytest.raises(ValueError, match="allowed: cnn, lstm"):
        CharacterFeatures("gru", SIZE, FEATURES)
    with pytest.raises(ValueError, match="even"):
        CharacterFeatures("lstm", SIZE, 5)
