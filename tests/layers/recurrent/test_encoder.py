"""The encoder: final states, padding, and agreement with stock Keras layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.noise import Noise
from seqtasks.layers.recurrent.encoder import RecurrentEncoder

FEATURES, UNITS = 3, 4
LENGTHS = [5, 1, 3]
KINDS = [
    {"cell": "lstm"},
    {"cell": "gru"},
    {"cell": "rnn", "activation": "relu"},
    {"cell": "lstm", "bidirectional": False},
    {"cell": "gru", "layers": 2},
    {"cell": "lstm", "layers": 2, "portable": True},
    {"cell": "mingru"},
    {"cell": "minlstm", "layers": 2, "portable": True},
]
IDS = ["-".join(map(str, kind.values())) for kind in KINDS]


@pytest.fixture(scope="module", params=KINDS, ids=IDS)
def encoder(request):
    """An encoder of known weights with a compiled call."""
    layer = RecurrentEncoder(units=UNITS, **request.param)
    layer.build((None, None, FEATURES))
    random = np.random.default_rng(3)
    layer.set_weights([random.normal(scale=0.5, size=weight.shape) for weight in layer.get_weights()])
    signature = [tf.TensorSpec([None, None, FEATURES]), tf.TensorSpec([None, None], tf.bool)]
    compiled = tf.function(lambda inputs, mask: layer(inputs, mask), input_signature=signature, autograph=False)
    layer.encode = lambda inputs, lengths: compiled(inputs, tf.sequence_mask(lengths, inputs.shape[1]))
    return layer


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(4).normal(size=(3, 5, FEATURES)).astype(np.float32)


def output_states(layer, outputs, lengths):
    """The states that the docstring promises, read from the outputs of the last layer."""
    last = [outputs[row, length - 1, :UNITS] for row, length in enumerate(lengths)]
    return np.concatenate([last, outputs[:, 0, UNITS:]], axis=-1) if layer.bidirectional else np.array(last)


def test_final_state_is_forward_after_the_last_real_step_and_backward_after_step_zero(encoder, inputs):
    outputs, _, state = encoder.encode(inputs, LENGTHS)
    np.testing.assert_allclose(state[-1][0], output_states(encoder, outputs.numpy(), LENGTHS), rtol=1e-6)
    assert [len(of_layer) for of_layer in state] == [2 if encoder.cell == "lstm" else 1] * len(encoder.layers)
    for part in tf.nest.flatten(state):
        assert part.shape == (3, UNITS * (2 if encoder.bidirectional else 1))


def test_outputs_at_padding_are_zero_and_the_mask_comes_back(encoder, inputs):
    outputs, mask, _ = encoder.encode(inputs, LENGTHS)
    for row, length in enumerate(LENGTHS):
        assert not outputs.numpy()[row, length:].any()
        assert np.abs(outputs.numpy()[row, :length]).max(axis=-1).min() > 0
    assert mask.numpy().sum(axis=1).tolist() == LENGTHS


def test_row_alone_and_unpadded_is_encoded_as_in_the_batch(encoder, inputs):
    outputs, _, state = encoder.encode(inputs, LENGTHS)
    for row, length in enumerate(LENGTHS):
        alone, _, alone_state = encoder.encode(inputs[row : row + 1, :length], [length])
        np.testing.assert_allclose(outputs[row, :length], alone[0], atol=1e-6)
        for part, alone_part in zip(*map(tf.nest.flatten, (state, alone_state)), strict=True):
            np.testing.assert_allclose(part[row], alone_part[0], atol=1e-6)


def test_more_padding_changes_neither_outputs_nor_any_gradient(encoder, inputs):
    garbage = np.full((3, 2, FEATURES), 1e3, np.float32)
    found = []
    for given in (inputs, np.concatenate([inputs, garbage], axis=1)):
        given = given.copy()
        for row, length in enumerate(LENGTHS):
            given[row, length:] = garbage[0, 0, 0] if len(found) else 0
        with tf.GradientTape() as tape:
            outputs, _, state = encoder.encode(tf.constant(given), LENGTHS)
            loss = tf.reduce_sum(outputs**2) + tf.add_n([tf.reduce_sum(part**3) for part in tf.nest.flatten(state)])
        gradients = tape.gradient(loss, [weight.value for weight in encoder.trainable_variables])
        found.append((outputs.numpy()[:, :5], [part.numpy() for part in tf.nest.flatten(state)], gradients))
    (outputs, state, gradients), (padded_outputs, padded_state, padded_gradients) = found
    np.testing.assert_allclose(padded_outputs, outputs, atol=1e-6)
    for one, other in zip([*state, *gradients], [*padded_state, *padded_gradients], strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)
    assert all(np.abs(gradient).max() > 0 for gradient in gradients)


def test_padded_steps_get_no_gradient(encoder, inputs):
    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs, _, state = encoder.encode(inputs, LENGTHS)
        loss = tf.reduce_sum(outputs**2) + tf.reduce_sum(state[-1][0] ** 2)
    gradient = tape.gradient(loss, inputs).numpy()
    for row, length in enumerate(LENGTHS):
        assert not gradient[row, length:].any()
        assert gradient[row, :length].any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_bidirectional_encoder_equals_the_bidirectional_layer_of_keras(cell, inputs):
    ours = RecurrentEncoder(cell, UNITS)
    ours.build((None, None, FEATURES))
    layer = (keras.layers.LSTM if cell == "lstm" else keras.layers.GRU)(
        UNITS, return_sequences=True, return_state=True, zero_output_for_mask=True
    )
    theirs = keras.layers.Bidirectional(layer)
    theirs.build((None, None, FEATURES))
    theirs.set_weights(ours.get_weights())
    mask = tf.sequence_mask(LENGTHS, 5)
    outputs, _, state = ours(inputs, mask)
    expected, *expected_state = theirs(inputs, mask=mask)
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    half = len(expected_state) // 2
    for i, part in enumerate(state[0]):
        np.testing.assert_allclose(
            part, np.concatenate([expected_state[i], expected_state[half + i]], axis=-1), atol=1e-6
        )


def test_dropout_is_between_layers_and_only_in_training(inputs):
    mask = tf.sequence_mask(LENGTHS, 5)
    single = RecurrentEncoder("rnn", UNITS, dropout=0.5)
    stacked = RecurrentEncoder("rnn", UNITS, layers=2, dropout=0.5)
    for layer in (single, stacked):
        layer.build((None, None, FEATURES))
    plain = single(inputs, mask)[0].numpy()
    np.testing.assert_array_equal(single(inputs, mask, noise=Noise(1, 0, 0, shares=1))[0], plain)
    plain = stacked(inputs, mask)[0].numpy()
    np.testing.assert_array_equal(stacked(inputs, mask)[0], plain)
    assert np.abs(stacked(inputs, mask, noise=Noise(1, 0, 0, shares=1))[0].numpy() - plain).max() > 1e-3


def test_units_are_dropped_from_all_steps_of_a_sequence_in_training_alone(inputs):
    mask, rate = tf.sequence_mask(LENGTHS, 5), 0.5
    layer = RecurrentEncoder("gru", UNITS, recurrent_dropout=rate)
    layer.build((None, None, FEATURES))
    plain = layer(inputs, mask)[0]
    # As on a GPU, whose cuDNN cannot do it.
    layer.by_keras = True
    outputs, _, state = layer(inputs, mask, noise=Noise(1, 0, 0, shares=1))
    noise = Noise(1, 0, 0, shares=1)
    for half, direction in enumerate(layer.layers[0]):
        keep = noise.keep(tf.zeros([3, UNITS]), rate)
        kernel, recurrent_kernel, bias, recurrent_bias = layer.weights_of(direction)
        for row, length in enumerate(LENGTHS):
            hidden, columns = tf.zeros([1, UNITS]), slice(half * UNITS, (half + 1) * UNITS)
            for t in reversed(range(length)) if half else range(length):
                recurrent = tf.matmul(hidden * keep[row], recurrent_kernel) + recurrent_bias
                ((hidden,), _) = layer.gates.forward(inputs[row : row + 1, t] @ kernel + bias, recurrent, [hidden])
                np.testing.assert_allclose(outputs[row, t, columns], hidden[0], atol=1e-6)
            np.testing.assert_allclose(state[0][0][row, columns], hidden[0], atol=1e-6)
    assert not outputs.numpy()[~mask.numpy()].any()
    assert np.abs(outputs - plain).max() > 1e-3
    np.testing.assert_allclose(layer(inputs, mask)[0], plain, atol=1e-6)


FORWARD = [{"cell": "lstm", "layers": 2}, {"cell": "gru", "layers": 2}, {"cell": "rnn", "activation": "relu"}]
FORWARD += [{"cell": cell, "layers": 2} for cell in ("mingru", "minlstm", "indrnn")]


@pytest.mark.parametrize("kind", FORWARD, ids=[kind["cell"] for kind in FORWARD])
def test_reading_in_parts_with_the_state_carried_or_step_by_step_is_reading_at_once(kind, inputs):
    layer = RecurrentEncoder(units=UNITS, bidirectional=False, **kind)
    layer.build((None, None, FEATURES))
    mask = tf.ones([3, 5], tf.bool)
    wanted, _, last = layer(inputs, mask)
    first, _, state = layer(inputs[:, :2], mask[:, :2])
    second, _, state = layer(inputs[:, 2:], mask[:, 2:], state)
    np.testing.assert_allclose(tf.concat([first, second], axis=1), wanted, atol=1e-6)
    stepped = layer.zero_state(3)
    for t in range(5):
        outputs, stepped = layer.step(inputs[:, t], stepped)
        np.testing.assert_allclose(outputs, wanted[:, t], atol=1e-6)
    for found in (state, stepped):
        for part, expected in zip(*map(tf.nest.flatten, (found, last)), strict=True):
            np.testing.assert_allclose(part, expected, atol=1e-6)


def test_a_state_of_zero_is_where_reading_starts(inputs):
    layer = RecurrentEncoder("gru", UNITS)
    layer.build((None, None, FEATURES))
    mask = tf.sequence_mask(LENGTHS, 5)
    np.testing.assert_array_equal(layer(inputs, mask)[0], layer(inputs, mask, layer.zero_state(3))[0])


def test_recurrent_weights_start_as_they_are_asked_to():
    def recurrent(**options):
        layer = RecurrentEncoder("rnn", 200, bidirectional=False, **options)
        layer.build((None, None, 300))
        return [weight.numpy() for weight in layer.trainable_variables[:2]]

    orthogonal = recurrent()[1]
    np.testing.assert_allclose(orthogonal @ orthogonal.T, np.eye(200), atol=1e-4)
    np.testing.assert_array_equal(recurrent(initialization="identity")[1], np.eye(200))
    for kernel in recurrent(initialization="normal", scale=0.01):
        assert abs(kernel.mean()) < 1e-3
        assert kernel.std() == pytest.approx(0.01, rel=0.05)
