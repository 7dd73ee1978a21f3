"""Dynamic evaluation: each piece is scored before it is learned, step by step as autodiff does it, and helps."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.batches.sequences import Sequences
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of, task_class
from seqtasks.tasks.language_model.beside.dynamic import SEGMENT, DynamicEvaluation
from seqtasks.text import EOS

LINES = ["the cat sat.", "a dog (no cat) ran", "", "the end of it"] * 2
CASES = {
    "stream": ("model.cell=lstm", "model.layers=2"),
    "lines": ("model.cell=gru", "training.chunk=null", "text.max_length=15", "model.embedding=null"),
    "words": ("model.cell=rnn", "text.kind=words", "text.size=40"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """A task with fresh weights, dynamic evaluation of it, and its text."""
    more = ("model.units=7", "model.embedding=5", "training.batch_size=2")
    settings = resolve(schema_of("language-model"), overrides=[*more, *CASES[request.param]])
    kind = task_class("language-model")
    rows = [{"text": line} for line in LINES]
    task = kind(settings, kind.Text.fit(SimpleNamespace(split=lambda _: rows), settings))
    return task, DynamicEvaluation(task), task.text.encode(rows)


def test_without_learning_it_is_the_static_score(case):
    task, dynamic, lines = case
    np.testing.assert_allclose(dynamic.nats(lines, rate=0.0, decay=0.5), task.nats(lines), rtol=1e-5)


def segments(task, lines):
    """Yields the first and last place of each segment and whether it begins from a zero state."""
    if not task.by_line:
        starts = range(0, len(lines.values), SEGMENT)
        yield from ((start, min(start + SEGMENT, len(lines.values)), start == 0) for start in starts)
        return
    for end, length in zip(lines.ends, lines.lengths, strict=True):
        for start in range(end - length, end, task.text.most):
            yield start, min(start + task.text.most, end), True


def test_each_segment_is_scored_then_learned_as_autodiff_does_it(case):
    task, dynamic, lines = case
    rate, decay, model = 0.05, 0.1, task.make_model(portable=True)
    trained = [weight.numpy() for weight in task.model.trainable_variables]
    for weight, first in zip(model.trainable_variables, trained, strict=True):
        weight.assign(first)
    ids, expected, state = lines.values.astype(np.int32), [], None
    given = np.append(EOS, ids[:-1])
    for start, end, begins in segments(task, lines):
        with tf.GradientTape() as tape:
            logits, state = model(given[np.newaxis, start:end], None if begins else state)
            logp = tf.nn.log_softmax(logits[0])
            losses = -tf.gather(logp, ids[start:end], batch_dims=1)
        gradients = tape.gradient(losses, model.trainable_variables)
        expected += losses.numpy().tolist()
        for weight, first, gradient in zip(model.trainable_variables, trained, gradients, strict=True):
            weight.assign((1 - decay) * weight + decay * first - rate * tf.convert_to_tensor(gradient))
    np.testing.assert_allclose(dynamic.nats(lines, rate=rate, decay=decay), expected, rtol=2e-4)
    # The task's own weights are as they were.
    for weight, first in zip(task.model.trainable_variables, trained, strict=True):
        np.testing.assert_array_equal(weight.numpy(), first)


def test_a_piece_is_scored_before_it_is_learned(case):
    _, dynamic, lines = case
    found = dynamic.nats(lines, rate=0.05)
    for place in (len(found) // 2, len(found) - 2):
        ids = lines.values.copy()
        ids[place] = ids[np.flatnonzero((ids != ids[place]) & (ids != EOS))[0]]
        changed = dynamic.nats(Sequences(ids, lines.ends), rate=0.05)
        np.testing.assert_array_equal(changed[:place], found[:place])
        assert changed[place] != found[place]
    assert changed[-1] != found[-1]


def test_what_repeats_is_learned_and_the_best_rate_is_chosen(case, monkeypatch):
    task, dynamic, _ = case
    lines = task.text.encode([{"text": "a a a a a a"}] * 12)
    learned = dynamic.nats(lines, rate=0.03)
    assert learned.sum() < 0.8 * task.nats(lines).sum()
    # The first is so high that weights are no longer finite.
    monkeypatch.setattr("seqtasks.tasks.language_model.beside.dynamic.RATES", (1e30, 0.001, 0.03))
    seen = []
    rate, found = dynamic.best_rate(lines, progress=seen.append)
    assert rate == 0.03
    np.testing.assert_array_equal(found, learned)
    assert sum(seen) == 3 * len(lines)
