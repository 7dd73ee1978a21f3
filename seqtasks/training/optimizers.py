"""Optimizers and learning-rate schedules."""

import math

import keras

_OPTIMIZERS = {
    "adam": lambda rate: keras.optimizers.Adam(rate),
    "rmsprop": lambda rate: keras.optimizers.RMSprop(rate),
    # As in Duchi et al. (2011): the sum of squares starts at 0.
    "adagrad": lambda rate: keras.optimizers.Adagrad(rate, initial_accumulator_value=0.0, epsilon=1e-8),
    "sgd": lambda rate: keras.optimizers.SGD(rate),
}


def make_optimizer(training):
    """Returns the Keras optimizer of the section `training`; the training step does the clipping."""
    return _OPTIMIZERS[training.optimizer](training.learning_rate)


def decays(weight):
    """Returns whether a weight decays with training.weight_decay: a kernel does, a bias or an embedding does not."""
    return "kernel" in weight.path.rpartition("/")[2]


def decayed(weight, training, rate):
    """Returns a weight after its decay in a step of a learning rate: w - rate * weight_decay * w.

    The decay is apart from the gradient, so neither clipping nor the optimizer's own scales touch it; the schedule does
    (Loshchilov and Hutter, 2019, algorithm 2, with its lambda as the decay at a learning rate of 1).
    """
    return weight * (1 - rate * training.weight_decay)


def learning_rate(training, step, steps):
    """Returns the learning rate of a step, counted from 0, of `steps` in all: a linear warm-up times the schedule."""
    rise = min(1.0, (step + 1) / (training.warmup + 1))
    done = step / max(1, steps)
    fall = {
        "constant": 1.0,
        "linear": 1.0 - done,
        "cosine": 0.5 * (1.0 + math.cos(math.pi * done)),
        "slanted": _slanted(step, steps),
    }
    return training.learning_rate * rise * fall[training.schedule]


def _slanted(step, steps):
    """Returns the factor of the slanted triangular rate: Howard and Ruder (2018), equation 3, cut 0.1, ratio 32."""
    cut = max(1, steps // 10)
    p = step / cut if step < cut else 1 - (step - cut) / max(1, steps - cut)
    return (1 + p * 31) / 32
