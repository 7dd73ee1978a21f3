"""Embeddings that start from word vectors: rows that are learned, rows that stay, rows that are never seen."""

import numpy as np
import pytest
import tensorflow as tf
from gradients import check_gradients

from seqtasks.layers.embedding import VectorEmbedding, embedding
from seqtasks.layers.output import SoftmaxOutput

DRAW = np.random.default_rng(2)


def made(*, more=2, learned=True, scale=1.0):
    layer = VectorEmbedding(6, more, 3, scale=scale, learned=learned)
    layer.build()
    layer.start_from({2: DRAW.normal(size=3), **{6 - more + i: DRAW.normal(size=3) for i in range(more)}})
    return layer


@pytest.mark.parametrize("more", [0, 2])
@pytest.mark.parametrize("learned", [True, False])
def test_rows_are_those_of_the_ids(more, learned):
    layer = made(more=more, learned=learned)
    table = layer.embeddings.numpy()
    if more:
        table = np.concatenate([table, layer.unseen.numpy()])
    ids = np.array([[0, 5, 2], [4, 3, 1]])
    np.testing.assert_array_equal(layer(tf.constant(ids)), table[ids])


def test_rows_without_a_vector_start_on_the_scale_of_the_others():
    layer = VectorEmbedding(5000, 0, 4, scale=7.0)
    layer.build()
    layer.start_from({number: DRAW.normal(0, 0.3, 4) for number in range(2, 2000)})
    assert layer.embeddings.numpy()[2000:].std() == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize(("learned", "moved"), [(True, [0, 2, 3]), (False, [0, 3])])
def test_gradients_reach_the_rows_that_are_learned(float64, learned, moved):
    layer, mix = made(learned=learned), DRAW.normal(size=(5, 3))
    ids = tf.constant([0, 2, 3, 4, 5])

    def loss():
        return tf.reduce_sum(mix * layer(ids) ** 2)

    with tf.GradientTape() as tape:
        total = loss()
    gradient = tf.convert_to_tensor(tape.gradient(total, layer.embeddings.value)).numpy()
    assert np.flatnonzero(np.abs(gradient).max(axis=1)).tolist() == moved
    if learned:
        check_gradients(layer, loss, weights=1, within=1e-6)


def test_tied_embeddings_are_the_root_of_their_width_times_the_output_layers_matrix():
    layer = embedding(500, 16, scale=3.0, name="tied", tied=True)
    layer.build()
    output = SoftmaxOutput(500, tied=layer)
    output.build((None, 16))
    assert [weight.shape for weight in output.trainable_variables] == [(500,), (500, 16)]
    matrix = layer.embeddings.numpy()
    np.testing.assert_allclose(layer(tf.constant([7, 1])), 4 * matrix[[7, 1]], rtol=1e-6)
    np.testing.assert_allclose(output(np.eye(16, dtype=np.float32)), matrix.T, rtol=1e-6)
    assert (4 * matrix).std() == pytest.approx(3, rel=0.05)


def test_a_tied_matrix_has_the_gradients_of_both_its_uses(float64):
    layer = embedding(7, 3, scale=1.0, name="tied", tied=True)
    layer.build()
    output = SoftmaxOutput(7, tied=layer)
    output.build((None, 3))

    def loss():
        read = layer(tf.constant([2, 5, 2]))
        return tf.reduce_sum(output.cross_entropy(tf.tanh(read), tf.constant([5, 0, 2]), smoothing=0.1))

    check_gradients(output, loss, weights=2, within=1e-6)
