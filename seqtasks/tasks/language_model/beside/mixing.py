"""Mixes two language models piece by piece, one weight for all pieces.

Linear interpolation (Jelinek and Mercer, 1980), of a recurrent network and n-grams as in Mikolov et al. (2011),
"Empirical evaluation and combination of advanced language modeling techniques".
"""

import numpy as np

_BISECTIONS = 40


def mixed(nats, others, weight):
    """Returns -log(w p + (1 - w) q), (n,), from nats -log p and others -log q, both (n,); 0 where a piece has 0 nats.

    w is the weight, 0-1. An infinite other is a probability of 0.
    """
    with np.errstate(divide="ignore"):
        return -np.logaddexp(np.log(weight) - nats, np.log1p(-weight) - others)


def best_weight(nats, others):
    """Returns the weight between 0 and 1 that minimizes the sum of `mixed`; 1 if there are no pieces.

    The sum is convex in the weight, so EM would find the same; its derivative is bisected.
    """
    shift = np.minimum(nats, others)
    first, second = np.exp(shift - nats), np.exp(shift - others)
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        weight = (low + high) / 2
        rises = np.sum((first - second) / (weight * first + (1 - weight) * second)) >= 0
        low, high = (weight, high) if rises else (low, weight)
    return (low + high) / 2
