"""One step of fitting: clipping, averages, the loss, and a state that goes on to the bit."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.errors import RunError
from seqtasks.layers.noise import Noise
from seqtasks.settings import resolve
from seqtasks.settings.sections import WordTraining
from seqtasks.tasks import make_task, schema_of
from seqtasks.tasks.task import Loss
from seqtasks.training.fitting import Fitting

START = [np.float32([1.0, -2.0]), np.float32([[0.5]])]
GRADIENTS = [np.float32([3.0, 0.0]), np.float32([[-4.0]])]  # norm 5


pytestmark = pytest.mark.usefixtures("by_xla")


class Weights(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = self.add_weight(name="first", shape=(2,), initializer=lambda *_, **__: tf.constant(START[0]))
        self.second = self.add_weight(name="kernel", shape=(1, 1), initializer=lambda *_, **__: tf.constant(START[1]))
        self.built = True


class Linear:
    """A task whose examples are scales of ten tokens, loss scale * (gradients . weights): its gradient is known."""

    def __init__(self, **training):
        self.settings = SimpleNamespace(seed=1, training=WordTraining(**{"optimizer": "sgd", **training}))
        self.model = Weights()

    def layers_below_head(self):
        return [[SimpleNamespace(trainable_variables=[self.model.first])]]

    def loss(self, batch, *, state=(), noise=None):
        (scales,) = batch
        products = [
            tf.reduce_sum(weight * gradient)
            for gradient, weight in zip(GRADIENTS, (self.model.first, self.model.second), strict=True)
        ]
        return Loss(10.0 * tf.reduce_sum(scales) * tf.add_n(products), 10.0 * tf.cast(tf.size(scales), tf.float32))


def fitting_of(*scales, shares=None, **training):
    examples = Examples(
        [np.array(scales, np.float32)],
        np.full((len(scales), 1), 10),
        signature=(tf.TensorSpec([None], tf.float32),),
        batch_size=1,
        seed=1,
    )
    return Fitting(Linear(**training), examples, shares=shares)


def after(*scales, rate=0.1, **training):
    """Fits batches of one scale and gives (what each step returned, the weights, the fitting)."""
    fitting = fitting_of(*scales, **training)
    steps = [fitting.step(number, [[number]], rate)[:3] for number in range(len(scales))]
    return steps, [weight.numpy() for weight in fitting.weights], fitting


def moved(factor):
    return [start - factor * gradient for start, gradient in zip(START, GRADIENTS, strict=True)]


def same(found, expected, **tolerance):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, **(tolerance or {"rtol": 1e-5}))


def test_step_returns_loss_a_token_tokens_and_the_norm_before_clipping():
    ((loss, tokens, norm),), _, _ = after(2.0, clip_norm=1.0)
    assert loss == pytest.approx(2 * (3 * 1 - 4 * 0.5))
    assert tokens == 10
    assert norm == pytest.approx(10)


@pytest.mark.parametrize("shares", [1, 2, 3, 4])
def test_batch_computed_in_shares_gives_what_it_gives_whole(shares):
    """Two examples, of which one, both or none fall to a share."""
    fitting = fitting_of(9.0, 3.0, 1.0, clip_norm=None, shares=shares)
    loss, tokens, norm, _ = fitting.step(0, [[1, 2]], 0.1)
    assert (loss, tokens, norm) == pytest.approx((2 * (3 * 1 - 4 * 0.5), 20, 10))
    same([weight.numpy() for weight in fitting.weights], moved(0.1 * 2))


def test_small_gradient_is_not_clipped():
    _, weights, _ = after(0.1, clip_norm=1.0)
    same(weights, moved(0.1 * 0.1))


def test_large_gradient_is_scaled_to_the_global_norm():
    _, weights, _ = after(2.0, clip_norm=1.0)
    same(weights, moved(0.1 / 5))


def test_clip_by_value_bounds_each_entry():
    _, weights, _ = after(1.0, clip_norm=None, clip_value=3.5)
    same(weights, [START[0] - 0.1 * np.array([3.0, 0.0]), START[1] + 0.1 * 3.5])


def test_clip_by_norm_comes_before_clip_by_value():
    _, weights, _ = after(1.0, clip_norm=1.0, clip_value=0.7)
    same(weights, [START[0] - 0.1 * np.array([0.6, 0.0]), START[1] + 0.1 * 0.7])


def test_without_clipping_the_gradient_is_taken_whole():
    _, weights, _ = after(2.0, clip_norm=None)
    same(weights, moved(0.1 * 2))


def test_zero_gradient_moves_nothing():
    ((_, _, norm),), weights, _ = after(0.0, clip_norm=1.0)
    assert norm == 0
    same(weights, START)


def test_learning_rate_is_that_of_the_step():
    fitting = fitting_of(1.0, clip_norm=None)
    for rate in (0.1, 0.01):
        fitting.step(0, [[0]], rate)
    same([weight.numpy() for weight in fitting.weights], moved(0.11))


def test_kernels_decay_by_the_rate_and_apart_from_the_clipped_gradient_and_nothing_else_does():
    fitting = fitting_of(2.0, clip_norm=1.0, weight_decay=0.5)
    (first, kernel), clipped = START, [gradient / 5 for gradient in GRADIENTS]
    for rate in (0.1, 0.01):
        fitting.step(0, [[0]], rate)
        first, kernel = first - rate * clipped[0], kernel - rate * 0.5 * kernel - rate * clipped[1]
    same([weight.numpy() for weight in fitting.weights], [first, kernel])


def test_a_frozen_layer_has_neither_rate_nor_gradient_and_an_unfrozen_one_begins_anew():
    options = {"clip_norm": 1.0, "unfreeze": "gradual", "layer_decay": 2.0, "accumulate": 2, "optimizer": "adam"}
    fitting, resumed = (fitting_of(1.0, shares=1, **options) for _ in range(2))
    fitting.begin_epoch(0, anew=True)
    # Of the head's gradient alone, over both batches.
    assert fitting.step(0, [[0], [0]], 0.1).norm == pytest.approx(4)
    same([weight.numpy() for weight in fitting.weights], [START[0], START[1] + 0.1])
    state = fitting.state()
    for one in (fitting, resumed):
        one.restore(dict(zip(one.state(), state.values(), strict=True)), source="state.npz")
        one.begin_epoch(1, anew=True)
        assert one.step(1, [[0], [0]], 0.1).norm == pytest.approx(5)
        # The first step of Adam is the whole rate, that of the lower layer half as large.
        same([weight.numpy() for weight in one.weights], [START[0] - [0.05, 0], START[1] + 0.2], rtol=1e-4)
    # Where the epoch is gone on with, the optimizer does too.
    state = fitting.state()
    resumed.begin_epoch(1, anew=False)
    same(resumed.state().values(), state.values(), rtol=0)


def test_moving_average_equals_the_hand_computation():
    _, weights, fitting = after(1.0, -1.0, 2.0, clip_norm=None, ema=0.75)
    average = START
    for place in (moved(0.1), moved(0.0), moved(0.2)):
        average = [0.75 * old + 0.25 * new for old, new in zip(average, place, strict=True)]
    same(weights, moved(0.2))
    same(fitting.answering_weights().values(), average)
    assert [variable.path for variable in fitting.weights] == list(fitting.answering_weights())


def test_answering_weights_without_averages_are_the_weights():
    _, weights, fitting = after(1.0)
    same(fitting.answering_weights().values(), weights, rtol=0)


def test_not_a_number_is_reported():
    ((loss, _, norm),), _, _ = after(float("nan"), clip_norm=1.0)
    assert np.isnan(loss)
    assert np.isnan(norm)


def test_state_that_does_not_fit_is_refused_and_nothing_is_set():
    fitting = fitting_of(1.0)
    state = fitting.state()
    fitting.step(0, [[0]], 0.1)
    kept = fitting.state()
    # The state's last array is of another shape; or one is missing.
    *_, last = state
    for broken in ({**state, last: np.zeros((7, 7))}, {name: array for name, array in state.items() if name != last}):
        with pytest.raises(RunError, match=r"'state\.npz' does not fit"):
            fitting.restore(broken, source="state.npz")
    same(fitting.state().values(), kept.values(), rtol=0)


# The translate task, tiny

PAIRS = [("uno dos tres", "one two three"), ("dos", "two"), ("tres uno", "three one one"), ("uno", "")]


def translator(*more, seed=1, **training):
    options = {"epochs": 1, "label_smoothing": 0.0, **training}
    overrides = [f"training.{key}={'null' if value is None else value}" for key, value in options.items()]
    overrides += ["model.units=4", "model.embedding=3", "model.attention_units=2", "model.layers=2", "model.cell=rnn"]
    overrides += ["text.source.kind=words", "text.target.kind=words"]
    rows = [{"source": source, "targets": (target,)} for source, target in PAIRS]
    corpus = SimpleNamespace(split=lambda _: rows, languages=("es", "en"))
    settings = resolve(schema_of("translate"), overrides=[*overrides, "model.dropout=0.3", f"seed={seed}", *more])
    task = make_task(settings, corpus)
    return task, task.examples(rows)


@pytest.fixture(scope="module")
def translate():
    return translator(label_smoothing=0.2)


def numpy_losses(task, batch, smoothing):
    """Cross entropy of each real piece against the smoothed target, from the logits, in numpy."""
    logits, wanted = (part.numpy().astype(np.float64) for part in task.model(*map(tf.constant, batch)))
    logp = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    vocabulary = logits.shape[1]
    target = np.full(logits.shape, smoothing / vocabulary)
    target[np.arange(len(wanted)), wanted.astype(int)] += 1 - smoothing
    return -(target * logp).sum(axis=-1)


def test_loss_is_the_sum_of_cross_entropies_over_real_pieces_and_their_number(translate):
    task, examples = translate
    batch = examples.batch(range(4))
    losses = numpy_losses(task, batch, 0.0)
    total, tokens, _ = task.loss(batch)
    # "one two three", "two", "three one one", "" and an end mark each
    assert float(tokens) == len(losses) == 4 + 2 + 4 + 1
    assert float(total) == pytest.approx(losses.sum(), rel=1e-5)


def test_loss_of_a_batch_is_the_sum_of_its_rows_whatever_the_padding(translate):
    task, examples = translate
    total, tokens, _ = task.loss(examples.batch(range(4)))
    alone = [task.loss(examples.batch([i])) for i in range(4)]
    assert float(total) == pytest.approx(sum(float(loss) for loss, *_ in alone), rel=1e-5)
    assert float(tokens) == sum(float(count) for _, count, _ in alone)
    wider = [np.pad(side, ((0, 0), (0, 3))) for side in examples.batch(range(4))]
    assert float(task.loss(wider).total) == pytest.approx(float(total), rel=1e-5)


def test_label_smoothing_equals_numpy_and_is_of_training_alone(translate, monkeypatch):
    task, examples = translate
    batch = examples.batch(range(4))
    loss = task.model.cross_entropy
    # The same model without its dropout, which training would turn on.
    monkeypatch.setattr(task.model, "cross_entropy", lambda *batch, noise, **options: loss(*batch, **options))
    smooth, *_ = task.loss(batch, noise=Noise(1, 0, 0, shares=1))
    plain, *_ = task.loss(batch)
    monkeypatch.undo()
    assert float(smooth) == pytest.approx(numpy_losses(task, batch, 0.2).sum(), rel=1e-5)
    assert float(plain) == pytest.approx(numpy_losses(task, batch, 0.0).sum(), rel=1e-5)
    assert abs(float(smooth) - float(plain)) > 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_restored_state_goes_on_to_the_bit_dropout_included(precision):
    """Three steps at once, against one step, a restored state in fresh objects, and two more."""
    task, examples = translator(ema=0.9, precision=precision)
    batches = [[0, 1], [2, 3], [1, 2]]
    fitting = Fitting(task, examples)
    losses, states = [], []
    for number, batch in enumerate(batches):
        losses.append(fitting.step(number, [batch], 0.01).loss)
        states.append(fitting.state())
    assert len(states[0]) == len(task.model.weights) + len(fitting.optimizer.variables) + len(fitting.averages)

    again, _ = translator(ema=0.9, precision=precision)
    resumed = Fitting(again, examples)
    resumed.restore(states[0], source="state.npz")
    assert [resumed.step(1 + i, [batch], 0.01).loss for i, batch in enumerate(batches[1:])] == losses[1:]
    found = resumed.state()
    assert found.keys() == states[2].keys()
    for name, array in states[2].items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)

    # The dropout depends on the number of the batch: as another one it has another loss.
    resumed.restore(states[0], source="state.npz")
    assert resumed.step(2, [batches[1]], 0.01).loss != losses[1]


def test_mixed_precision_rounds_the_products_of_steps_alone(eagerly):
    steps, losses = [], []
    for precision in ("float32", "mixed_bfloat16"):
        task, examples = translator(precision=precision)
        steps.append(Fitting(task, examples).step(0, [range(4)], 0.0)[:3])
        losses.append(float(task.loss(examples.batch(range(4))).total))
        assert {weight.dtype for weight in task.model.weights} == {"float32"}
    assert steps[1] != steps[0]
    assert steps[1] == pytest.approx(steps[0], rel=0.02)
    assert losses[1] == losses[0]


def test_a_row_alone_in_the_last_batch_is_fitted_whatever_the_number_of_shares(eagerly):
    steps = []
    for shares in (1, 3):
        task, examples = translator("model.tied=true")
        steps.append(Fitting(task, examples, shares=shares).step(0, [[2]], 0.01)[:3])
    assert steps[1] == pytest.approx(steps[0], rel=1e-5)


def test_batches_accumulated_in_one_step_give_what_one_batch_of_all_gives():
    whole, parts = fitting_of(3.0, 1.0, 2.0, clip_norm=1.0), fitting_of(3.0, 1.0, 2.0, clip_norm=1.0, accumulate=3)
    for _ in range(2):
        expected = whole.step(0, [[0, 1, 2]], 0.1)
        assert parts.step(0, [[0], [1], [2]], 0.1) == pytest.approx(expected)
    same([weight.numpy() for weight in parts.weights], [weight.numpy() for weight in whole.weights])


def test_stop_is_asked_for_in_a_step():
    fitting = fitting_of(1.0)
    assert not fitting.step(0, [[0]], 0.1).stop
    assert fitting.step(0, [[0]], 0.1, stop=True).stop


def test_same_seed_builds_the_same_weights_and_another_does_not():
    (one, _), (two, _) = translator(), translator()
    for first, second in zip(one.model.weights, two.model.weights, strict=True):
        np.testing.assert_array_equal(first.numpy(), second.numpy())
    two, _ = translator(seed=2)
    assert (
        np.abs(one.model.source_embedding.embeddings.numpy() - two.model.source_embedding.embeddings.numpy()).max() > 0
    )
