"""The decoder: teacher forcing against single steps, with and without attention, and its gradients."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.noise import Noise
from seqtasks.layers.recurrent.decoder import RecurrentDecoder

BATCH, SOURCE, TARGET, EMBEDDING, UNITS, ENCODER = 2, 3, 4, 2, 3, 4
LENGTHS = [3, 2]
CELLS = ["lstm", "gru", "rnn"]


def make(cell, *, attention_units=2, **options):
    decoder = RecurrentDecoder(cell, UNITS, attention_units=attention_units, encoder_size=ENCODER, **options)
    decoder.build((None, None, EMBEDDING))
    random = np.random.default_rng(5)
    decoder.set_weights([random.normal(scale=0.7, size=weight.shape) for weight in decoder.get_weights()])
    return decoder


def data(states, dtype=np.float64):
    random = np.random.default_rng(6)
    embedded = tf.constant(random.normal(size=(BATCH, TARGET, EMBEDDING)).astype(dtype))
    outputs = tf.constant(random.normal(size=(BATCH, SOURCE, ENCODER)).astype(dtype))
    state = [tf.constant(random.normal(size=(BATCH, ENCODER)).astype(dtype)) for _ in range(states)]
    return embedded, outputs, state


def noise():
    return Noise(1, 0, 0, shares=1)


def forced(decoder, embedded, outputs, state, lengths=LENGTHS, **options):
    memory = decoder.memory(outputs, tf.sequence_mask(lengths, tf.shape(outputs)[1]))
    parts = decoder(tf.transpose(embedded, [1, 0, 2]), decoder.start(state, memory), memory, **options)
    return tf.transpose(tf.concat(parts, axis=-1), [1, 0, 2])


@pytest.mark.parametrize(("attention_units", "coverage"), [(2, False), (2, True), (None, False)])
@pytest.mark.parametrize("cell", CELLS)
def test_teacher_forcing_equals_repeated_steps(cell, attention_units, coverage, spreading, float64):
    decoder = make(cell, attention_units=attention_units, coverage=coverage)
    embedded, outputs, encoder_state = data(decoder.cell.states)
    whole = forced(decoder, embedded, outputs, encoder_state)
    assert whole.shape == (BATCH, TARGET, decoder.features)
    readout = np.random.default_rng(8).normal(size=(ENCODER, 5))
    memory = decoder.search_memory(decoder.memory(outputs, tf.sequence_mask(LENGTHS, SOURCE)), readout)
    state = decoder.start(encoder_state, memory)
    for t in range(TARGET):
        state, share, weights = decoder.step(decoder.cell.project(embedded[:, t]), state, memory)
        np.testing.assert_allclose(whole[:, t, :UNITS], state[0], rtol=1e-10)
        if attention_units:
            np.testing.assert_allclose(whole[:, t, UNITS:].numpy() @ readout, share, rtol=1e-9)
        np.testing.assert_allclose(tf.reduce_sum(weights, axis=1), [1.0 if attention_units else 0.0] * BATCH)


def test_hypotheses_of_a_sentence_stand_side_by_side(float64):
    """Two hypotheses a sentence in one step, against each in a step of its own."""
    decoder = make("lstm")
    embedded, outputs, encoder_state = data(2)
    memory = decoder.memory(outputs, tf.sequence_mask(LENGTHS, SOURCE))
    memory = decoder.search_memory(memory, np.eye(ENCODER))
    start, projected = decoder.start(encoder_state, memory), decoder.cell.project(embedded[:, :2])
    both = [tf.reshape(tf.stack([part, -part], axis=1), [-1, UNITS]) for part in start]
    found = decoder.step(tf.reshape(projected, [-1, projected.shape[2]]), both, memory)
    for lane, sign in enumerate((1, -1)):
        alone = decoder.step(projected[:, lane], [sign * part for part in start], memory)
        for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(alone), strict=True):
            np.testing.assert_allclose(one[lane::2], other, rtol=1e-10)


def test_step_follows_the_paper(float64):
    """c_i from s_{i-1}; then s_i = f(s_{i-1}, y_{i-1}, c_i); features are s_i and c_i."""
    decoder = make("rnn")
    embedded, outputs, encoder_state = data(1)
    memory = decoder.memory(outputs, tf.sequence_mask(LENGTHS, SOURCE))
    bridge = decoder.bridges[0]
    before = np.tanh(encoder_state[0].numpy() @ bridge.kernel.numpy() + bridge.bias.numpy())
    np.testing.assert_allclose(decoder.start(encoder_state, memory)[0], before, rtol=1e-12)
    searched = decoder.search_memory(memory, np.eye(ENCODER))
    state, share, weights = decoder.step(decoder.cell.project(embedded[:, 0]), [tf.constant(before)], searched)
    context, alpha = decoder.attention(tf.constant(before), memory["keys"], memory["values"], memory["mask"])
    cell = decoder.cell
    after = np.tanh(
        embedded.numpy()[:, 0] @ cell.kernel.numpy()
        + before @ cell.recurrent_kernel.numpy()
        + context.numpy() @ cell.extra_kernel.numpy()
        + cell.bias.numpy()
    )
    np.testing.assert_allclose(state[0], after, rtol=1e-12)
    np.testing.assert_allclose(share, context, rtol=1e-12)
    np.testing.assert_array_equal(weights, alpha)


def test_lstm_starts_from_tanh_of_the_state_and_a_linear_map_of_the_memory(float64):
    decoder = make("lstm")
    _, _, state = data(2)
    h, c = decoder.start(state, None)
    for found, part, bridge, function in zip((h, c), state, decoder.bridges, (np.tanh, lambda x: x), strict=True):
        expected = function(part.numpy() @ bridge.kernel.numpy() + bridge.bias.numpy())
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_decoder_without_attention_sees_only_the_first_state(float64):
    decoder = make("gru", attention_units=None)
    embedded, outputs, state = data(1)
    assert decoder.features == UNITS
    assert not any("attention" in weight.path for weight in decoder.weights)
    np.testing.assert_array_equal(
        forced(decoder, embedded, outputs, state), forced(decoder, embedded, outputs * 2 + 1, state)
    )
    assert np.abs(forced(decoder, embedded, outputs, [-state[0]]) - forced(decoder, embedded, outputs, state)).max() > 0


def test_what_stands_at_source_padding_or_behind_a_target_step_changes_nothing_before(float64):
    decoder = make("lstm")
    embedded, outputs, state = data(2)
    whole = forced(decoder, embedded, outputs, state).numpy()
    garbage = outputs.numpy().copy()
    garbage[1, 2:] = 1e3
    longer = np.concatenate([garbage, np.full((BATCH, 2, ENCODER), 7.0)], axis=1)
    np.testing.assert_allclose(forced(decoder, embedded, tf.constant(longer), state), whole, rtol=1e-12)
    later = embedded.numpy().copy()
    later[:, 2:] += 1
    changed = forced(decoder, tf.constant(later), outputs, state).numpy()
    np.testing.assert_allclose(changed[:, :2], whole[:, :2], rtol=1e-12)
    assert np.abs(changed[:, 2:] - whole[:, 2:]).max() > 1e-3


@pytest.mark.parametrize("attention_units", [2, None])
def test_units_are_dropped_from_the_same_products_at_every_step_in_training_alone(attention_units, float64):
    decoder = make("lstm", attention_units=attention_units, recurrent_dropout=0.4)
    embedded, outputs, encoder_state = data(2)
    found, plain = (forced(decoder, embedded, outputs, encoder_state, noise=given) for given in (noise(), None))
    keep = noise().keep(tf.zeros([BATCH, UNITS], tf.float64), 0.4)
    memory = decoder.memory(outputs, tf.sequence_mask(LENGTHS, SOURCE))
    state, searched = decoder.start(encoder_state, memory), decoder.search_memory(memory, np.eye(ENCODER))
    for t in range(TARGET):
        # The attention's query is such a product; the memory of an LSTM is in none.
        state, *_ = decoder.step(decoder.cell.project(embedded[:, t]), [state[0] * keep, state[1]], searched)
        np.testing.assert_allclose(found[:, t, :UNITS], state[0], rtol=1e-10)
    assert np.abs(found - plain)[:, 0].max() > 1e-3
    np.testing.assert_array_equal(plain, forced(decoder, embedded, outputs, encoder_state))


@pytest.mark.parametrize(("coverage", "rate"), [(False, 0.0), (True, 0.4)])
@pytest.mark.parametrize("cell", CELLS)
def test_decoder_gradients_equal_finite_differences(cell, coverage, rate, spreading, float64):
    decoder = make(cell, coverage=coverage, recurrent_dropout=rate)
    embedded, outputs, state = data(decoder.cell.states)
    mix = np.random.default_rng(7).normal(size=(BATCH, TARGET, decoder.features))

    @tf.function(autograph=False)
    def loss():
        return tf.reduce_sum(mix * forced(decoder, embedded, outputs, state, noise=noise()) ** 2)

    check_gradients(decoder, loss, weights={"lstm": 12, "gru": 11, "rnn": 10}[cell] + coverage, within=1e-6)
