"""The training step: forward, backward, clipping, update; and the complete training state."""

import math

import keras
import numpy as np
import tensorflow as tf

from seqtasks.batches.cores import shares
from seqtasks.runs.weights import arrays_of, by_path, restore
from seqtasks.training.optimizers import make_optimizer


class Fitting:
    """A model being fitted.

    The loss of a step is a sum, for example over real tokens, divided by their number in the whole batch, so a batch
    can be computed in shares, one for each core (see batches/cores.py), by adding sums. The state consists of weights,
    optimizer, moving averages, the state carried to the next batch, and the states of the dropout generators, which
    Keras' own checkpoints leave out.
    """

    def __init__(self, task, examples):
        """Takes a task and its Examples."""
        self.task, self.examples, self.training = task, examples, task.settings.training
        self.weights = task.model.trainable_variables
        self.optimizer = make_optimizer(self.training)
        self.optimizer.build(self.weights)
        self.averages = []
        if self.training.ema is not None:
            self.averages = [
                keras.Variable(w.numpy(), trainable=False, name=f"average_{i}") for i, w in enumerate(self.weights)
            ]
        self.carried = [keras.Variable(zero, trainable=False, name="carried") for zero in examples.first_state()]
        self.shares = shares()
        signature = tuple(examples.signature for _ in range(self.shares))
        self.parts = _evenly(self.weights, self.shares)
        self._step = tf.function(self._take, input_signature=(signature,), autograph=False)
        self._updates = [tf.function(self._updater(part), autograph=False, jit_compile=True) for part in self.parts]

    def step(self, chosen, learning_rate):
        """Fits the batch of the chosen examples; returns mean loss, its count, and gradient norm before clipping."""
        self.optimizer.learning_rate.assign(learning_rate)
        batches = [self.examples.batch(rows) for rows in np.array_split(chosen, self.shares) if len(rows)]
        # The last batch of an epoch may have fewer rows than there are shares.
        nothing = tuple(array[:0] for array in batches[0])
        batches += [nothing] * (self.shares - len(batches))
        return [float(value) for value in self._step(tuple(batches))]

    def _take(self, batches):
        rows = [tf.shape(batch[0])[0] for batch in batches]
        before = [tf.split(variable, rows) for variable in self.carried]
        with tf.GradientTape() as tape:
            found = [
                self.task.loss(batch, state=[parts[i] for parts in before], training=True)
                for i, batch in enumerate(batches)
            ]
            totals, counts, carried = zip(*found, strict=True)
            # The count is 0 if all wanted pieces are unknown.
            total, count = tf.add_n(totals), tf.maximum(tf.add_n(counts), 1)
            loss = total / count
            objective = total if self.training.sums_loss else loss
        for variable, parts in zip(self.carried, zip(*carried, strict=True), strict=True):
            variable.assign(tf.concat(parts, axis=0))
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(objective, self.weights)]
        norm = tf.linalg.global_norm(gradients)
        scale = 1.0 if self.training.clip_norm is None else tf.minimum(1.0, self.training.clip_norm / norm)
        for part, update in zip(self.parts, self._updates, strict=True):
            update([gradients[i] for i in part], scale, self.optimizer.learning_rate.value)
        self.optimizer.iterations.assign_add(1)
        return loss, count, norm

    def _updater(self, part):
        """Returns the function that updates one part of the weights; the parts are updated in parallel."""

        def update(gradients, scale, learning_rate):
            for i, gradient in zip(part, gradients, strict=True):
                gradient *= scale
                if self.training.clip_value is not None:
                    gradient = tf.clip_by_value(gradient, -self.training.clip_value, self.training.clip_value)
                self.optimizer.update_step(gradient, self.weights[i], learning_rate)
                if self.averages:
                    average = self.averages[i]
                    average.assign(self.training.ema * average + (1 - self.training.ema) * self.weights[i])

        return update

    def answering_weights(self):
        """Returns the weights for answering, by path: the weights themselves or their moving averages."""
        arrays = arrays_of(by_path(self.task.model.weights))
        for weight, average in zip(self.weights, self.averages, strict=False):
            arrays[weight.path] = average.numpy()
        return arrays

    def state(self):
        """Returns the whole state as named arrays."""
        return arrays_of(self._variables())

    def restore(self, arrays, *, source):
        """Restores a state from `state`; raises RunError if it does not fit."""
        variables = self._variables()
        # A dropout that was 0 before had no generator, so its generator is new.
        new = {name: variable.numpy() for name, variable in variables.items() if name.startswith("generator_")}
        restore(variables, {**new, **arrays}, source=source)

    def _variables(self):
        """Returns the variables of the state by names that are the same in every process.

        Keras numbers generators and optimizers across the process, so these are named by their position.
        """
        weights = by_path(self.task.model.weights)
        others = {
            "generator": [v for v in self.task.model.variables if v.path not in weights],
            "optimizer": self.optimizer.variables,
            "average": self.averages,
            "carried": self.carried,
        }
        return {**weights, **{f"{kind}_{i}": v for kind, vs in others.items() for i, v in enumerate(vs)}}


def _evenly(weights, parts):
    """Returns the numbers of the weights in `parts` lists of about equal size, the largest weights first."""
    lists, sizes = [[] for _ in range(parts)], [0] * parts
    for i in sorted(range(len(weights)), key=lambda i: -math.prod(weights[i].shape)):
        smallest = sizes.index(min(sizes))
        lists[smallest].append(i)
        sizes[smallest] += math.prod(weights[i].shape)
    return [numbers for numbers in lists if numbers]
