"""Learning rates and optimizers, by hand."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from seqtasks.errors import SettingsError
from seqtasks.settings import resolve
from seqtasks.settings.sections import Training
from seqtasks.tasks import schema_of
from seqtasks.training.optimizers import decays, learning_rate, make_optimizer


def rates(steps, **settings):
    training = Training(learning_rate=0.8, **settings)
    return [learning_rate(training, step, steps) for step in range(steps)]


def test_constant_rate_stays():
    assert rates(4) == [0.8] * 4


def test_warmup_rises_in_equal_steps_and_then_stays():
    np.testing.assert_allclose(rates(6, warmup=3), [0.2, 0.4, 0.6, 0.8, 0.8, 0.8])


def test_linear_rate_falls_in_equal_steps():
    np.testing.assert_allclose(rates(4, schedule="linear"), [0.8, 0.6, 0.4, 0.2])


def test_cosine_rate_falls_along_half_a_wave():
    np.testing.assert_allclose(rates(4, schedule="cosine"), [0.8, 0.4 * (1 + 0.5**0.5), 0.4, 0.4 * (1 - 0.5**0.5)])


def test_slanted_rate_is_that_of_the_paper():
    steps, found = 40, rates(40, schedule="slanted")
    cut = int(0.1 * steps)
    for t in range(steps):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / 0.1 - 1))
        assert found[t] == pytest.approx(0.8 * (1 + p * (32 - 1)) / 32)
    assert max(found) == found[4] == 0.8


def test_warmup_multiplies_the_schedule():
    np.testing.assert_allclose(rates(4, schedule="linear", warmup=1), [0.4, 0.6, 0.4, 0.2])


@pytest.mark.parametrize("schedule", ["linear", "cosine", "slanted"])
def test_rate_is_never_zero_nor_negative_within_the_training(schedule):
    assert min(rates(1000, schedule=schedule, warmup=10)) > 0


def test_warmup_longer_than_the_training_never_reaches_the_top():
    assert max(rates(5, warmup=99)) == pytest.approx(0.8 * 5 / 100)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("sgd", keras.optimizers.SGD, -0.1 * 4),
        ("adam", keras.optimizers.Adam, -0.1),
        ("rmsprop", keras.optimizers.RMSprop, -0.1 * 4 / np.sqrt(0.1 * 16)),
        ("adagrad", keras.optimizers.Adagrad, -0.1),
    ],
)
def test_optimizer_takes_its_first_step_as_its_rule_says(name, kind, expected):
    optimizer = make_optimizer(Training(optimizer=name, learning_rate=0.1))
    assert type(optimizer) is kind
    weight = keras.Variable([0.0])
    optimizer.apply([keras.ops.convert_to_tensor([4.0])], [weight])
    np.testing.assert_allclose(weight.numpy(), [expected], rtol=1e-4)


@pytest.mark.parametrize("optimizer", ["rmsprop", "adagrad"])
def test_decay_of_weights_is_refused_beside_other_optimizers(optimizer):
    overrides = ["training.weight_decay=0.01", f"training.optimizer={optimizer}"]
    with pytest.raises(SettingsError, match=f"^training.weight_decay is for .* adam and sgd, not {optimizer}; set"):
        resolve(schema_of("translate"), overrides=overrides)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("encoder/forward_0/lstm_cell/recurrent_kernel", True),
        ("windows/kernel_3", True),
        ("decoder/cell/bias", False),
        ("kernel/embeddings", False),
    ],
)
def test_kernels_alone_decay(path, expected):
    assert decays(SimpleNamespace(path=path)) == expected
