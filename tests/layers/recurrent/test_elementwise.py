"""Cells without a matrix product between steps: their loop against the unrolled one, their equations by hand."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.errors import SettingsError
from seqtasks.layers.recurrent.elementwise import recur_elementwise
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of

STEPS, BATCH, FEATURES, UNITS = 4, 3, 3, 2


@pytest.mark.parametrize("relu", [False, True])
def test_states_and_every_gradient_equal_the_unrolled_loop(relu):
    random = np.random.default_rng(1)
    a, b, mix = (tf.constant(random.normal(size=(STEPS, BATCH, UNITS))) for _ in range(3))
    state = tf.constant(random.normal(size=(BATCH, UNITS)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([a, b, state])
        ours, theirs, hidden = recur_elementwise(a, b, state, relu=relu), [], state
        for t in range(STEPS):
            hidden = a[t] * hidden + b[t]
            hidden = tf.nn.relu(hidden) if relu else hidden
            theirs.append(hidden)
        losses = [tf.reduce_sum(mix * found**2) for found in (ours, tf.stack(theirs))]
    np.testing.assert_allclose(ours, tf.stack(theirs), rtol=1e-12)
    assert bool(np.any(ours == 0)) == relu
    for one, other in zip(*(tape.gradient(loss, [a, b, state]) for loss in losses), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def mingru(projected, hidden, _):
    z, candidate = np.split(projected, 2, axis=-1)
    return (1 - sigmoid(z)) * hidden + sigmoid(z) * candidate


def minlstm(projected, hidden, _):
    f, i, candidate = np.split(projected, 3, axis=-1)
    total = sigmoid(f) + sigmoid(i)
    return sigmoid(f) / total * hidden + sigmoid(i) / total * candidate


def indrnn(projected, hidden, weights):
    return np.maximum(projected + weights * hidden, 0)


@pytest.mark.parametrize("equation", [mingru, minlstm, indrnn], ids=lambda equation: equation.__name__)
def test_outputs_are_those_of_the_equations(equation):
    encoder = RecurrentEncoder(equation.__name__, UNITS, bidirectional=False)
    encoder.build((None, None, FEATURES))
    random = np.random.default_rng(2)
    encoder.set_weights([random.normal(size=weight.shape) for weight in encoder.get_weights()])
    kernel, bias, *weights = encoder.get_weights()
    inputs, hidden = random.normal(size=(BATCH, STEPS, FEATURES)).astype(np.float32), np.zeros((BATCH, UNITS))
    outputs, _, _ = encoder(inputs, tf.ones([BATCH, STEPS], tf.bool))
    for t in range(STEPS):
        hidden = equation(inputs[:, t] @ kernel + bias, hidden, weights[0] if weights else None)
        np.testing.assert_allclose(outputs[:, t], hidden, rtol=1e-5, atol=1e-6)


def test_what_these_cells_do_not_have_is_refused():
    with pytest.raises(SettingsError, match=r"^model.recurrent_dropout 0.2 is for cells that multiply"):
        resolve(schema_of("ner"), overrides=["model.cell=mingru", "model.recurrent_dropout=0.2"])
    with pytest.raises(SettingsError, match=r"model.cell: received 'mingru' \(text\); allowed: 'lstm', 'gru' or"):
        resolve(schema_of("translate"), overrides=["model.cell=mingru"])
