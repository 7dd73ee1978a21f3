"""The cells against those of Keras, with the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.recurrent.cell import Cell

BATCH, FEATURES, UNITS, EXTRA = 3, 4, 5, 2
CELLS = [("lstm", "tanh"), ("gru", "tanh"), ("rnn", "tanh"), ("rnn", "relu")]


@pytest.fixture
def random():
    return np.random.default_rng(2)


def randomized(layer, random):
    layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


def built(cell, activation, random, *, extra=0, features=FEATURES):
    layer = Cell(cell, UNITS, activation=activation, extra=extra)
    layer.build((None, features))
    return randomized(layer, random)


def states_of(cell, random):
    return [tf.constant(random.normal(size=(BATCH, UNITS))) for _ in range(cell.states)]


def stock(cell, activation):
    if cell == "lstm":
        layer = keras.layers.LSTMCell(UNITS)
    elif cell == "gru":
        layer = keras.layers.GRUCell(UNITS, reset_after=True)
    else:
        layer = keras.layers.SimpleRNNCell(UNITS, activation=activation)
    layer.build((None, FEATURES))
    return layer


@pytest.mark.parametrize(("cell", "activation"), CELLS)
def test_step_equals_the_cell_of_keras_with_the_same_weights(cell, activation, random, float64):
    ours, theirs = built(cell, activation, random), stock(cell, activation)
    bias = ours.bias.numpy()
    if cell == "gru":
        # Keras has a recurrent bias for all three gates, of which only the candidate's is not a second input bias.
        bias = np.stack([bias, ours.recurrent_bias.numpy()])
    theirs.set_weights([ours.kernel.numpy(), ours.recurrent_kernel.numpy(), bias])
    inputs, state = tf.constant(random.normal(size=(BATCH, FEATURES))), states_of(ours, random)
    found = ours.step(ours.project(inputs), state)
    _, expected = theirs(inputs, state)
    assert len(found) == len(expected) == ours.states
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize(("cell", "activation"), CELLS)
def test_extra_input_equals_a_longer_input(cell, activation, random, float64):
    split = built(cell, activation, random, extra=EXTRA)
    whole = Cell(cell, UNITS, activation=activation)
    whole.build((None, FEATURES + EXTRA))
    whole.kernel.assign(np.concatenate([split.kernel.numpy(), split.extra_kernel.numpy()]))
    whole.recurrent_kernel.assign(split.recurrent_kernel.numpy())
    whole.bias.assign(split.bias.numpy())
    if cell == "gru":
        whole.candidate_bias.assign(split.candidate_bias.numpy())
    inputs, extra = (tf.constant(random.normal(size=(BATCH, size))) for size in (FEATURES, EXTRA))
    state = states_of(split, random)
    found = split.step(split.project(inputs) + extra @ split.extra_kernel, state)
    expected = whole.step(whole.project(tf.concat([inputs, extra], axis=-1)), state)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize(("cell", "activation"), CELLS)
def test_projecting_all_steps_equals_projecting_each(cell, activation, random, float64):
    layer = built(cell, activation, random)
    inputs = tf.constant(random.normal(size=(BATCH, 6, FEATURES)))
    together = layer.project(inputs)
    for t in range(6):
        np.testing.assert_allclose(together[:, t], layer.project(inputs[:, t]), rtol=1e-12)


def test_lstm_step_by_hand():
    layer = Cell("lstm", 1)
    layer.build((None, 1))
    layer.set_weights([np.zeros((1, 4)), np.zeros((1, 4)), np.array([0.0, 0.0, np.arctanh(0.5), 0.0])])
    output, memory = layer.step(layer.project(tf.zeros([1, 1])), [tf.zeros([1, 1]), tf.constant([[3.0]])])
    # half of the old memory, half of the candidate 0.5, half of the output
    np.testing.assert_allclose(memory, [[1.75]], rtol=1e-6)
    np.testing.assert_allclose(output, [[0.5 * np.tanh(1.75)]], rtol=1e-6)


def test_gru_step_by_hand():
    layer = Cell("gru", 1)
    layer.build((None, 1))
    layer.set_weights([np.zeros((1, 3)), np.array([[0.0, 0.0, 1.0]]), np.zeros(3), np.array([0.5])])
    (output,) = layer.step(layer.project(tf.zeros([1, 1])), [tf.constant([[2.0]])])
    # z = r = 1/2; the reset gate scales the product with its bias: candidate tanh((1 * 2 + 0.5) / 2)
    np.testing.assert_allclose(output, [[0.5 * 2 + 0.5 * np.tanh(1.25)]], rtol=1e-6)


def test_lstm_starts_with_forget_bias_one_and_other_biases_zero():
    layer = Cell("lstm", 3)
    layer.build((None, 2))
    assert layer.bias.numpy().tolist() == [0] * 3 + [1] * 3 + [0] * 6
    theirs = keras.layers.LSTMCell(3)
    theirs.build((None, 2))
    np.testing.assert_array_equal(layer.bias.numpy(), theirs.bias.numpy())


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_other_cells_start_with_biases_zero(cell):
    layer = Cell(cell, 3, extra=2)
    layer.build((None, 2))
    for weight in layer.weights:
        assert ("bias" in weight.path) == (not weight.numpy().any())


def test_unknown_cell_is_refused():
    with pytest.raises(KeyError):
        Cell("elman", 3)
