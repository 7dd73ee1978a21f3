"""The recipe min-char-rnn against the same in plain numpy, in double precision."""

import numpy as np
import pytest
import tensorflow as tf
from min_char_rnn import NAMES, MinCharRNN

from seqtasks.laboratory.gradients import double_precision
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.training.fitting import Fitting
from seqtasks.training.loop import smoothed

CHUNK = 25


@pytest.fixture(autouse=True)
def _float64():
    with double_precision():
        yield


class Corpus:
    """A train split alone."""

    def __init__(self, text):
        self.rows = [{"text": line} for line in text.split("\n")]

    def split(self, _):
        return self.rows


def made_up(length):
    """Returns lines of words in which some letters like each other."""
    random, words = np.random.default_rng(1), []
    while sum(map(len, words)) < length:
        start = random.integers(20)
        words.append("".join(chr(ord("a") + (start + place * place) % 20) for place in range(random.integers(1, 9))))
        words.append("\n" if random.random() < 0.2 else " ")
    return "".join(words)[:length]


def both(text, *overrides):
    """Returns the task of the recipe, a numpy network with the same weights, and the text in its numbers."""
    settings = resolve(schema_of("language-model"), config="min-char-rnn", overrides=overrides)
    task = make_task(settings, Corpus(text))
    known = np.flatnonzero(task.text.predictable)
    kernel, recurrent, bias, output, output_bias = (weight.numpy() for weight in task.model.trainable_variables)
    weights = (kernel[known].T, recurrent.T, output[:, known].T, bias, output_bias[known])
    ids = task.text.stream(Corpus(text).rows)
    return task, MinCharRNN(dict(zip(NAMES, weights, strict=True))), np.searchsorted(known, ids)


def test_loss_and_every_gradient_of_a_chunk_are_those_of_the_equations():
    text = made_up(60)
    task, network, numbers = both(text, "model.initialization_scale=0.3")
    batch = task.examples(Corpus(text).rows).batch([0])
    with tf.GradientTape() as tape:
        total, count, _ = task.loss(batch)
    found = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(total, task.model.trainable_variables)]
    loss, gradients, _ = network.loss_and_gradients(numbers[:CHUNK], numbers[1 : CHUNK + 1])
    known = np.flatnonzero(task.text.predictable)
    found = (found[0][known].T, found[1].T, found[3][:, known].T, found[2], found[4][known])
    assert int(count) == CHUNK
    np.testing.assert_allclose(float(total), loss, rtol=1e-12)
    for name, gradient in zip(NAMES, found, strict=True):
        np.testing.assert_allclose(gradient, gradients[name], rtol=0, atol=1e-8, err_msg=name)


@pytest.mark.slow
def test_smooth_loss_goes_as_that_of_the_equations():
    text = made_up(10_000)
    task, network, numbers = both(text)
    examples = task.examples(Corpus(text).rows)
    fitting, plan = Fitting(task, examples), list(examples.plan(0))
    ours = theirs = None
    for step in range(1000):
        chunk = step % len(plan)
        if chunk == 0:
            network.forget()
        here = numbers[chunk * CHUNK : (chunk + 1) * CHUNK + 1]
        loss = network.step(here[:-1], here[1:]) / (len(here) - 1)
        theirs = smoothed(theirs, loss, untrained=examples.untrained_loss)
        ours = smoothed(ours, fitting.step(step, [plan[chunk]], 0.1).loss, untrained=examples.untrained_loss)
        if step < 50:
            assert ours == pytest.approx(theirs, abs=1e-5 / CHUNK)
    assert theirs < examples.untrained_loss - 0.1
    assert ours == pytest.approx(theirs, rel=0.05)


def test_hello_after_one_update_the_right_next_letter_has_a_higher_score():
    overrides = "training.chunk=4", "training.optimizer=sgd", "model.initialization_scale=0.1"
    task, _, _ = both("hello", *overrides)
    examples = task.examples(Corpus("hello").rows)
    ids, wanted, _ = examples.batch([0])
    assert int(task.text.predictable.sum()) == 4
    assert examples.lengths[[0]].tolist() == [[4]]

    def scores():
        logits, _ = task.model(ids)
        return tf.gather(logits, wanted, batch_dims=2).numpy()[0]

    before = scores()
    Fitting(task, examples).step(0, [np.array([0])], 0.1)
    assert np.all(scores() > before)
