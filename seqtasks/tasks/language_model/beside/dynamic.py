"""Dynamic evaluation: a language model goes on learning from the text that it is scored on.

The text is read in its order, a segment at a time. Each segment is scored first, by weights that know only what stands
before it, and then learned by one step of gradient descent on its nats, in which the weights also decay towards the
trained ones:

    w <- w - rate * gradient + decay * (trained - w)

Krause, Kahembwe, Murray and Renals (2018), "Dynamic evaluation of neural sequence models", section 4, without their
statistics of gradients; Mikolov et al. (2010) learned from a test text in the same way, without the decay.
"""

import numpy as np
import tensorflow as tf

from seqtasks.tasks.task import compiled, seeded

# Number of pieces of a stream in a segment; where each line is read by itself, a segment is a line.
SEGMENT = 20
# Learning rates to choose from.
RATES = (0.0015, 0.003, 0.006, 0.012, 0.024)
DECAY = 0.003


class DynamicEvaluation:
    """Measures texts with a copy of a task's model, which learns from them; the task's own model does not."""

    def __init__(self, task):
        """Takes a LanguageModeling task with trained weights."""
        self.task, self.trained = task, task.model.trainable_variables
        with seeded(task.settings.seed):
            self.model = task.make_model(portable=task.model.encoder.portable)
        self.weights = self.model.trainable_variables
        pieces, number = tf.TensorSpec([1, None], tf.int32), tf.TensorSpec([], self.weights[0].dtype)
        state = self.model.encoder.state_signature
        self._learn = compiled(self._measure_and_learn, pieces, pieces, state, number, number)

    def nats(self, lines, *, rate, decay=DECAY, progress=None):
        """Returns -log p (n,) of each piece of lines, Sequences of n ids, from the trained weights on.

        `progress` is called with the number of lines done after each segment.
        """
        for weight, trained in zip(self.weights, self.trained, strict=True):
            weight.assign(trained)
        numbers = [tf.constant(number, self.weights[0].dtype) for number in (rate, decay)]
        return self.task.nats(
            lines, measure=lambda *segment: self._learn(*segment, *numbers), segment=SEGMENT, progress=progress
        )

    def best_rate(self, lines, *, progress=None):
        """Returns the rate of RATES with the least nats of lines, and these nats (n,)."""
        found = [self.nats(lines, rate=rate, progress=progress) for rate in RATES]
        # Weights that a rate makes grow without bound give no number.
        best = int(np.argmin(np.nan_to_num([nats.sum() for nats in found], nan=np.inf)))
        return RATES[best], found[best]

    def _measure_and_learn(self, given, wanted, state, rate, decay):
        with tf.GradientTape() as tape:
            losses, state = self.model.cross_entropy(given, wanted, state)
            total = tf.reduce_sum(losses)
        gradients = tape.gradient(total, self.weights)
        for weight, trained, gradient in zip(self.weights, self.trained, gradients, strict=True):
            weight.assign(weight - rate * tf.convert_to_tensor(gradient) + decay * (trained - weight))
        return losses, state
