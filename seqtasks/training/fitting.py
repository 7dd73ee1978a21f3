"""The step: forward, backward, clipping, update; and all the state that it leaves behind."""

import keras
import tensorflow as tf

from seqtasks.runs import arrays_of, by_path, restore
from seqtasks.training.optimizers import make_optimizer


class Fitting:
    """A model being fitted.

    The loss of a step is the sum over real tokens divided by their number in the whole batch, so that the same step can
    be split over several machines by adding sums. The state is all of it: weights, optimizer, moving averages, and the
    states of the dropout generators, which Keras' own checkpoints leave out.
    """

    def __init__(self, task):
        self.task, self.training = task, task.settings.training
        self.weights = task.model.trainable_variables
        self.optimizer = make_optimizer(self.training)
        self.optimizer.build(self.weights)
        self.averages = []
        if self.training.ema is not None:
            self.averages = [
                keras.Variable(w.numpy(), trainable=False, name=f"average_{i}") for i, w in enumerate(self.weights)
            ]
        self._step = tf.function(self._take, input_signature=task.batch_signature, autograph=False)
        self._update = tf.function(self._apply, autograph=False, jit_compile=True)

    def step(self, batch, learning_rate):
        """Fits one batch; returns (loss a token, tokens, global norm of the gradient before clipping) as floats."""
        self.optimizer.learning_rate.assign(learning_rate)
        return [float(value) for value in self._step(*batch)]

    def _take(self, *batch):
        with tf.GradientTape() as tape:
            total, tokens = self.task.loss(*batch, training=True)
            loss = total / tokens
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, self.weights)]
        return loss, tokens, self._update(gradients)

    def _apply(self, gradients):
        norm = tf.linalg.global_norm(gradients)
        if self.training.clip_norm is not None:
            gradients = [gradient * tf.minimum(1.0, self.training.clip_norm / norm) for gradient in gradients]
        if self.training.clip_value is not None:
            bound = self.training.clip_value
            gradients = [tf.clip_by_value(gradient, -bound, bound) for gradient in gradients]
        self.optimizer.apply(gradients, self.weights)
        for average, weight in zip(self.averages, self.weights, strict=True) if self.averages else ():
            average.assign(self.training.ema * average + (1 - self.training.ema) * weight)
        return norm

    def answering_weights(self):
        """Returns the arrays that answers are given with: the weights, or their moving averages."""
        arrays = arrays_of(by_path(self.task.model.weights))
        for weight, average in zip(self.weights, self.averages, strict=False):
            arrays[weight.path] = average.numpy()
        return arrays

    def state(self):
        """Returns the whole state as named arrays."""
        return arrays_of(self._variables())

    def restore(self, arrays, *, source):
        """Goes back to a state that `state` gave; raises RunError where it does not fit."""
        restore(self._variables(), arrays, source=source)

    def _variables(self):
        """Returns the variables of the state by names that are the same in every process.

        Keras numbers generators and optimizers on from whatever was made before, so these are named by their place.
        """
        weights = by_path(self.task.model.weights)
        others = {
            "generator": [v for v in self.task.model.variables if v.path not in weights],
            "optimizer": self.optimizer.variables,
            "average": self.averages,
        }
        return {**weights, **{f"{kind}_{i}": v for kind, vs in others.items() for i, v in enumerate(vs)}}
