"""Gradients by central differences."""

import numpy as np


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
