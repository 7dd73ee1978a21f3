"""Lines of numbers: read in the graph as they are read without it, standardized, and written again."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st

from seqtasks.errors import CorpusError
from seqtasks.layers.embedding import StepEmbedding
from seqtasks.series.line import line_of, number_in, steps_of, vectors_of
from seqtasks.series.numbers import Numbers, fit_numbers

NUMBERS = Numbers(("x", "y"), [10.0, -1.0], [2.0, 0.5])


def test_a_line_is_read_standardized_and_says_what_is_missing():
    lines = ["12,-1.5  8,nan\t,-1", "1e1,-1 7 a,-1 1,2,3 1e39,-1", " \0 ", "30,0 " * 9]
    features, lengths, facts = NUMBERS.read(tf.constant(lines), 5)
    assert features.shape == (4, 5, 4)
    wanted = [[1, -1, 0, 0], [-1, 0, 0, 1], [0, 0, 1, 0], [0] * 4, [0] * 4]
    np.testing.assert_allclose(features[0], wanted)
    # One channel too few, no number, one too many, and a number that float32 cannot hold.
    np.testing.assert_allclose(features[1], [[0] * 4, [0, 0, 1, 1], [0, 0, 1, 0], [0, 0, 1, 1], [1000, 0, 0, 0]])
    np.testing.assert_allclose(features[2], [[0, 0, 1, 1], *[[0] * 4] * 4])
    assert lengths.numpy().tolist() == [3, 5, 1, 5]
    assert facts["pieces"].numpy().tolist() == [3, 5, 0, 9]
    assert facts["cut"].numpy().tolist() == [False, False, False, True]
    assert facts["unknown"].numpy().tolist() == pytest.approx([0, 0.6, 0, 0])
    features, lengths, _ = NUMBERS.read(tf.constant([], tf.string))
    assert (features.shape, lengths.shape) == ((0, 1, 4), (0,))


def test_means_and_deviations_are_those_of_the_values_that_are_there(tmp_path, caplog):
    values = np.array([[1, 5, 0.1], [np.nan, 5, 0.1], [4, np.nan, 0.1], [7, 5, 0.1]])
    numbers = fit_numbers(values, ("a", "b", "c"))
    assert "channels b, c: always the same value" in caplog.text
    assert numbers.means.tolist() == pytest.approx([4, 5, 0.1])
    assert numbers.deviations.tolist() == pytest.approx([6**0.5, 0, 0])
    scaled = numbers.standardize(values).numpy()
    np.testing.assert_allclose(scaled[:, 0], [-(1.5**0.5), np.nan, 0, 1.5**0.5], rtol=1e-6)
    np.testing.assert_array_equal(scaled[:, 1:], [[0, 0], [0, 0], [np.nan, 0], [0, 0]])
    np.testing.assert_allclose(numbers.restore(scaled), values, rtol=1e-6)
    numbers.save(tmp_path)
    assert Numbers.load(tmp_path).fingerprint == numbers.fingerprint != NUMBERS.fingerprint
    with pytest.raises(CorpusError, match="no value in channel b"):
        fit_numbers([[1, np.nan]], ("a", "b"))


@given(st.lists(st.tuples(*[st.floats(width=32)] * 2), max_size=5))
def test_values_are_written_with_seven_digits_in_the_graph_and_without_it(values):
    values = np.where(np.isfinite(np.array(values, np.float32).reshape(-1, 2)), np.reshape(values, [-1, 2]), np.nan)
    line = line_of(values)
    assert line == b" ".join(NUMBERS.written(values).numpy()).decode()
    np.testing.assert_allclose(vectors_of(steps_of(line), 2), values, rtol=1e-6)


FIELDS = st.one_of(st.floats().map(str), st.text("0123456789.eE+-naN ,\t?_", max_size=8), st.text(max_size=3))


@example(["1e400,2", "1_0,2", "١,2", ".,.", "+.5e-2,5.", "NaN,", "inf,1", "\0 \u2028,3", "1\n"])
@given(st.lists(FIELDS, max_size=5))
def test_any_text_is_read_in_the_graph_as_it_is_without_it(fields):
    line = " ".join(fields).encode("utf-8", "ignore").decode()
    steps = NUMBERS.split(tf.constant([line]))[0]
    assert [step.decode() for step in steps.numpy()] == steps_of(line)
    values, unknown = NUMBERS.parse(steps)
    np.testing.assert_array_equal(values, vectors_of(steps_of(line), 2))
    told = [len(step.split(",")) != 2 or None in map(number_in, step.split(",")) for step in steps_of(line)]
    assert unknown.numpy().tolist() == told


def test_a_step_is_embedded_by_its_values_and_by_what_is_missing():
    layer = StepEmbedding(4, 3, scale=2.0)
    layer.build()
    inputs = np.array([[[3.0, 1, 0, 2, 0, 0, 1, 0]]], np.float32)
    kernel = layer.embeddings.numpy()
    np.testing.assert_allclose(layer(inputs)[0, 0], [3, 1, 0, 2] @ kernel / 2, rtol=1e-5, atol=1e-6)
    layer.missing.assign(np.arange(12).reshape(4, 3))
    layer.bias.assign([1, 2, 3])
    np.testing.assert_allclose(layer(inputs)[0, 0], [3, 1, 0, 2] @ kernel / 2 + [7, 9, 11], rtol=1e-5, atol=1e-6)
