"""The training step: forward, backward, clipping, update; and the complete training state."""

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from seqtasks.batches.cores import default_shares
from seqtasks.layers.noise import Noise
from seqtasks.layers.products import in_bfloat16
from seqtasks.runs.weights import arrays_of, by_path, restore
from seqtasks.training.optimizers import decayed, decays, make_optimizer
from seqtasks.training.workers.adding import added, added_by_xla, dense
from seqtasks.training.workers.alone import ALONE

# Compiles updates by XLA, which takes seconds at first and saves more of a long training.
_BY_XLA = True


class Fitted(NamedTuple):
    """What a step found: mean loss, its count, gradient norm before clipping; and whether a worker asks to stop."""

    loss: float
    count: float
    norm: float
    stop: bool


class Fitting:
    """A model being fitted.

    The loss of a step is a sum, for example over real tokens, divided by their number in the whole batch. So a batch is
    cut into a fixed number of shares, whose sums and gradients are added in a fixed order, see workers/adding.py. Which
    core or worker computes a share makes no difference to the result.

    The state consists of weights, optimizer, moving averages, and the state carried to the next batch.
    """

    def __init__(self, task, examples, *, shares=None, workers=ALONE):
        """Takes a task, its Examples, the number of shares of a batch, and who computes them: Alone or Together."""
        self.task, self.examples, self.training = task, examples, task.settings.training
        self.shares, self.workers = shares or default_shares(), workers
        self.own = self.workers.own(self.shares)
        self.weights = task.model.trainable_variables
        self.dtype = self.weights[0].dtype
        self.optimizer = make_optimizer(self.training)
        self.optimizer.build(self.weights)
        self.averages = []
        if self.training.ema is not None:
            self.averages = [
                keras.Variable(w.numpy(), trainable=False, name=f"average_{i}") for i, w in enumerate(self.weights)
            ]
        self.carried = [keras.Variable(zero, trainable=False, name="carried") for zero in examples.first_state()]
        self._levels = _levels(self.weights, task.layers_below_head())
        self._arrange([1.0] * len(self.weights))

    def begin_epoch(self, epoch, *, anew):
        """Sets the rates of the layers in an epoch, from 0; `anew` at its beginning, not where it is gone on with.

        Where layers are unfrozen the optimizer begins anew: its averages of gradients hold nothing of these yet, and
        Adam, which corrects that by the number of steps of all weights, would take steps several times too large.
        """
        factors = self._factors(epoch)
        if anew and epoch and _frozen(factors) != _frozen(self._factors(epoch - 1)):
            for variable in self.optimizer.variables:
                if variable is not self.optimizer.learning_rate:
                    variable.assign(tf.zeros_like(variable))
        if factors != self.factors:
            self._arrange(factors)

    def _factors(self, epoch):
        return [self.training.factor(level, epoch) for level in self._levels]

    def _arrange(self, factors):
        """Takes the factor of the learning rate of each weight; those with the factor 0 have no gradients."""
        self.factors, self.learned = factors, [i for i, factor in enumerate(factors) if factor]
        self.parts = [
            [self.learned[i] for i in part] for part in _evenly([self.weights[i] for i in self.learned], self.shares)
        ]
        # What the batches before the last of a step add up to, for each share.
        self.sums = []
        if self.training.accumulate > 1:
            shapes = [*(self.weights[i].shape for i in self.learned), (), ()]
            self.sums = [[tf.Variable(tf.zeros(shape, self.dtype)) for shape in shapes] for _ in self.own]
        self._compile()

    def _compile(self):
        def compiled(function, *signature, **options):
            return tf.function(function, input_signature=signature or None, autograph=False, **options)

        number, flag = tf.TensorSpec([], tf.int64), tf.TensorSpec([], self.dtype)
        batch, state = self.examples.signature, [tf.TensorSpec([None, *v.shape[1:]], v.dtype) for v in self.carried]
        batches = tuple(batch for _ in self.own), tf.TensorSpec([self.shares], tf.int32)
        self._of_share = compiled(self._gradients, number, number, batch, state)
        self._keep = compiled(self._accumulate, number, *batches)
        self._step = compiled(self._take, number, *batches, flag)
        self._updates = [compiled(self._updater(part), jit_compile=_BY_XLA) for part in self.parts]

    def step(self, number, batches, learning_rate, *, stop=False):
        """Fits batches of chosen examples as one; returns a Fitted.

        Args:
            number: that of the first of the batches in the training.
            stop: whether this worker asks to stop.
        """
        self.optimizer.learning_rate.assign(learning_rate)
        *before, last = [(tf.constant(number + i, tf.int64), *self._cut(batch)) for i, batch in enumerate(batches)]
        for earlier in before:
            self._keep(*earlier)
        with self.workers.watched():
            found = self._step(*last, tf.constant(float(stop), self.dtype))
            loss, count, norm, stop = (float(value) for value in found)
        return Fitted(loss, count, norm, stop > 0)

    def _cut(self, chosen):
        """Returns the own shares of a batch, and the number of rows of each share."""
        parts = np.array_split(chosen, self.shares)
        rows = np.array([len(part) for part in parts], np.int32)
        # The last batch of an epoch may have fewer rows than there are shares; a share without rows is cut from one.
        found = [self.examples.batch(parts[i] if rows[i] else chosen[:1]) for i in self.own]
        batches = [tuple(array[: rows[i]] for array in batch) for i, batch in zip(self.own, found, strict=True)]
        return tuple(batches), rows

    def _gradients(self, number, share, batch, state):
        """Returns the gradients, total and count of a share of a batch, and the state that it carries on."""
        noise = Noise(self.task.settings.seed, number, share, shares=self.shares)
        learned = [self.weights[i] for i in self.learned]
        with in_bfloat16(self.training.precision == "mixed_bfloat16"):
            with tf.GradientTape() as tape:
                total, count, carried = self.task.loss(batch, state=state, noise=noise)
            gradients = tape.gradient(total, learned)
        return [*gradients, total, count], list(carried)

    def _of_shares(self, number, batches, rows):
        """Returns the sums of the own shares, and what is carried on, (rows, ...), 0 in the rows of other workers."""
        before = [tf.split(variable, rows) for variable in self.carried]
        found = [
            self._of_share(number, tf.constant(share, tf.int64), batch, [parts[share] for parts in before])
            for share, batch in zip(self.own, batches, strict=True)
        ]
        sums, carried = zip(*found, strict=True)
        around = [tf.reduce_sum(rows[: self.own.start]), tf.reduce_sum(rows[self.own.stop :])]
        return list(sums), [
            tf.pad(tf.concat(parts, axis=0), [around, *[[0, 0]] * (len(variable.shape) - 1)])
            for variable, parts in zip(self.carried, zip(*carried, strict=True), strict=True)
        ]

    def _accumulate(self, number, batches, rows):
        sums, carried = self._of_shares(number, batches, rows)
        for kept, more in zip(self.sums, sums, strict=True):
            for variable, tensor in zip(kept, dense(more), strict=True):
                variable.assign_add(tensor)
        _assign(self.carried, carried)

    def _take(self, number, batches, rows, stop):
        sums, carried = self._of_shares(number, batches, rows)
        for i, kept in enumerate(self.sums):
            sums[i] = added_by_xla([[tf.convert_to_tensor(variable) for variable in kept], dense(sums[i])])
            _assign(kept, [tf.zeros_like(variable) for variable in kept])
        found = self.workers.added([*carried, *added(sums), stop])
        _assign(self.carried, found[: len(carried)])
        *gradients, total, count, stop = found[len(carried) :]
        # The count is 0 if all wanted pieces are unknown.
        count = tf.maximum(count, 1)
        factor = 1.0 if self.training.sums_loss else 1 / count
        norm = factor * tf.linalg.global_norm(gradients)
        scale = factor if self.training.clip_norm is None else factor * tf.minimum(1.0, self.training.clip_norm / norm)
        for part, update in zip(self.parts, self._updates, strict=True):
            update([gradients[self.learned.index(i)] for i in part], scale, self.optimizer.learning_rate.value)
        self.optimizer.iterations.assign_add(1)
        return total / count, count, norm, stop

    def _updater(self, part):
        """Returns the function that updates one part of the weights; the parts are updated in parallel."""

        def update(gradients, scale, learning_rate):
            for i, gradient in zip(part, gradients, strict=True):
                gradient *= scale
                if self.training.clip_value is not None:
                    gradient = tf.clip_by_value(gradient, -self.training.clip_value, self.training.clip_value)
                rate = learning_rate if self.factors[i] == 1 else self.factors[i] * learning_rate
                if self.training.weight_decay and decays(self.weights[i]):
                    self.weights[i].assign(decayed(self.weights[i], self.training, rate))
                self.optimizer.update_step(gradient, self.weights[i], rate)
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
        restore(self._variables(), arrays, source=source)

    def _variables(self):
        """Returns the variables of the state by names that are the same in every process.

        Keras numbers optimizers across the process, so their variables are named by their position.
        """
        weights = by_path(self.task.model.weights)
        others = {
            "optimizer": self.optimizer.variables,
            "average": self.averages,
            "carried": self.carried,
        }
        return {**weights, **{f"{kind}_{i}": v for kind, vs in others.items() for i, v in enumerate(vs)}}


def _assign(variables, tensors):
    for variable, tensor in zip(variables, tensors, strict=True):
        variable.assign(tensor)


def _levels(weights, layers):
    """Returns for each weight the number of layers above it, 0 for those of the head; see Training.factor."""
    levels = {
        id(weight): level
        for level, parts in enumerate(layers, start=1)
        for part in parts
        for weight in part.trainable_variables
    }
    return [levels.get(id(weight), 0) for weight in weights]


def _frozen(factors):
    return [not factor for factor in factors]


def _evenly(weights, parts):
    """Returns the numbers of the weights in `parts` lists of about equal size, the largest weights first."""
    lists, sizes = [[] for _ in range(parts)], [0] * parts
    for i in sorted(range(len(weights)), key=lambda i: -math.prod(weights[i].shape)):
        smallest = sizes.index(min(sizes))
        lists[smallest].append(i)
        sizes[smallest] += math.prod(weights[i].shape)
    return [numbers for numbers in lists if numbers]
