"""Mixes two classifiers by one weight each."""

import numpy as np

# Each weight is drawn to 1/2 as strongly as by this many uncertain texts, so that few texts give no extreme weights.
_DRAWN = 1.0
_STEPS = 30


def best_weights(logits, wanted):
    """Returns the weights (2,) with which two classifiers add up to the best probabilities.

    They are those of a logistic regression on the logits, which may take both back if both are too sure: stacking
    (Wolpert, 1992), on texts that neither has seen. It is found by Newton's method.

    Args:
        logits: (texts, 2, classes).
        wanted: (texts, classes), how much each text counts at its class, 0 at others.
    """

    def loss(weights):
        mixed = np.einsum("p,tpc->tc", weights, logits)
        logp = mixed - np.logaddexp.reduce(mixed, axis=1, keepdims=True)
        return _DRAWN / 2 * np.sum((weights - 0.5) ** 2) - np.sum(wanted * logp), np.exp(logp)

    logits, counts = np.asarray(logits, np.float64), wanted.sum(axis=1)
    weights = np.full(2, 0.5)
    value, probabilities = loss(weights)
    for _ in range(_STEPS):
        means = np.einsum("tc,tpc->tp", probabilities, logits)
        gradient = counts @ means - np.einsum("tc,tpc->p", wanted, logits) + _DRAWN * (weights - 0.5)
        around = logits - means[..., np.newaxis]
        curvature = np.einsum("t,tc,tpc,tqc->pq", counts, probabilities, around, around, optimize=True)
        step = np.linalg.solve(curvature + _DRAWN * np.eye(2), gradient)
        # Halved until the loss falls.
        while (found := loss(weights - step))[0] > value and np.abs(step).max() > 1e-9:
            step = step / 2
        if found[0] >= value:
            break
        weights, (value, probabilities) = weights - step, found
    return weights
