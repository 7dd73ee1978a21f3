"""Ensembles: several models that stand where one stands."""

import math

import keras
import tensorflow as tf


class Ensemble(keras.Model):
    """Models of one kind, its members, that answer together (Hansen and Salamon, 1990).

    A subclass is also a model of that kind, with the functions that answering uses; it cannot be trained. What one of
    them hands to the next, such as embeddings, is here that of all members side by side, along the last axis. So the
    step of a search or a gradient by the inputs is one graph for all members.

    Masking: as of the members, which all get the same mask.
    """

    def __init__(self, members):
        """Takes the members, at least one, built."""
        # Not that of a member's class: an ensemble has no weights of its own.
        keras.Model.__init__(self, name="ensemble")
        self.members = list(members)
        self.built = True

    def apart(self, beside, widths):
        """Returns [(member, its part), ...] of what lies side by side, (..., sum of widths)."""
        return list(zip(self.members, tf.split(beside, widths, axis=-1), strict=True))


def side_by_side(parts):
    """Returns parts (..., width) of any widths side by side, (..., sum of widths)."""
    return tf.concat(parts, axis=-1)


def mean(parts):
    """Returns the mean of tensors of one shape."""
    return tf.add_n(parts) / len(parts)


def mean_probability(logps):
    """Returns the logarithm of the mean of probabilities, from their logarithms, tensors of one shape."""
    return tf.reduce_logsumexp(tf.stack(logps), axis=0) - math.log(len(logps))
