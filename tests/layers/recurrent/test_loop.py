"""Written-out backpropagation through time against TensorFlow's own, cell by cell."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.layers.recurrent.gates import make_gates
from seqtasks.layers.recurrent.loop import recur

STEPS, BATCH, UNITS = 4, 3, 2
CELLS = [("lstm", "tanh"), ("gru", "tanh"), ("rnn", "tanh"), ("rnn", "relu")]


def unrolled(gates, known, state, kernel, bias, keep):
    """The same recurrence step by step, left to automatic differentiation."""
    states = []
    for t in range(STEPS):
        masked = state[0] if keep is None else state[0] * keep
        state, _ = gates.forward(known[t], masked @ kernel + bias, state)
        states.append(state)
    return [tf.stack(parts) for parts in zip(*states, strict=True)]


@pytest.mark.parametrize("keep", [None, [[0.0, 2.0], [1.5, 1.5], [0.0, 0.0]]], ids=["whole", "dropped"])
@pytest.mark.parametrize(("cell", "activation"), CELLS)
def test_states_and_every_gradient_equal_the_unrolled_loop(cell, activation, keep, spreading):
    gates, random = make_gates(cell, activation=activation), np.random.default_rng(1)

    def normal(*shape):
        return tf.constant(random.normal(size=shape))

    wide = gates.gates * UNITS
    known, kernel, bias = normal(STEPS, BATCH, wide), normal(UNITS, wide), normal(wide)
    state = [normal(BATCH, UNITS) for _ in range(gates.states)]
    mix = [normal(STEPS, BATCH, UNITS) for _ in range(gates.states)]
    variables = [known, kernel, bias, *state]
    given = [known, state, kernel, bias, None if keep is None else tf.constant(keep, tf.float64)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(variables)
        ours, theirs = recur(gates, *given), unrolled(gates, *given)
        losses = [
            tf.add_n([tf.reduce_sum(m * s**2) for m, s in zip(mix, found, strict=True)]) for found in (ours, theirs)
        ]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    for one, other in zip(*(tape.gradient(loss, variables) for loss in losses), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_without_bias_equals_a_bias_of_zero():
    gates, random = make_gates("lstm"), np.random.default_rng(2)
    known, kernel = random.normal(size=(STEPS, BATCH, 4 * UNITS)), tf.constant(random.normal(size=(UNITS, 4 * UNITS)))
    state = [tf.zeros([BATCH, UNITS], tf.float64)] * 2
    zero = tf.zeros([4 * UNITS], tf.float64)
    for one, other in zip(*(recur(gates, tf.constant(known), state, kernel, b) for b in (None, zero)), strict=True):
        np.testing.assert_array_equal(one, other)
