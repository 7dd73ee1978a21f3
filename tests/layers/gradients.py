"""Gradients by central differences."""

import numpy as np
import tensorflow as tf


def numeric_gradient(loss, weight, *, step=1e-5):
    """Returns the gradient of `loss()` by a Keras variable, in the variable's shape; for float64."""
    gradient, kept = np.zeros(weight.shape), weight.numpy()
    for place in np.ndindex(*weight.shape):
        sides = []
        for offset in (step, -step):
            moved = kept.copy()
            moved[place] += offset
            weight.assign(moved)
            sides.append(float(loss()))
        gradient[place] = (sides[0] - sides[1]) / (2 * step)
    weight.assign(kept)
    return gradient


def check_gradients(layer, loss, *, weights, within):
    """Asserts that the gradient of `loss()` by each of so many weights of a layer is the numeric one; for float64.

    `within` is the largest share that the difference of the two has of the numeric one, in norms.
    """
    with tf.GradientTape() as tape:
        total = loss()
    gradients = tape.gradient(total, [weight.value for weight in layer.trainable_variables])
    assert len(gradients) == weights
    for weight, gradient in zip(layer.trainable_variables, gradients, strict=True):
        numeric = numeric_gradient(loss, weight)
        error = np.linalg.norm(tf.convert_to_tensor(gradient) - numeric)
        assert error < within * np.linalg.norm(numeric), weight.path
