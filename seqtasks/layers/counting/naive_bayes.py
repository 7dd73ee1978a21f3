"""Naive Bayes with corrected weights.

Wang and Manning (2012), "Baselines and bigrams: simple, good sentiment and topic classification". A text has or has not
each feature f. Of class c against all others, naive Bayes weighs it by the log-count ratio (their equation 2)

    r_cf = log (p_cf / sum_f p_cf) - log (q_cf / sum_f q_cf),

where p_cf is 1 plus the number of texts of class c that have f, and q_cf the same of the other classes. The logits are

    z_c = b_c + sum of w_cf r_cf over the features of the text.

Naive Bayes itself has one w for all; theirs is learned by a support vector machine and then moved towards its mean.
Here w starts from the one number that suits naive Bayes best, and is learned by gradient descent on the cross entropy,
which stops while it is still near. Both are chosen on a fifth of the texts that is held out.
"""

from itertools import islice

import numpy as np

# Every such text is held out.
_FOLDS = 5
# Numbers to begin with, steps to take at most, and steps without progress after which to stop.
_SCALES = np.geomspace(0.01, 2, 60)
_STEPS, _PATIENCE = 300, 10
# Steps of the power method.
_POWERS = 10


def fit(present, classes, weights):
    """Returns w_cf r_cf, (size, classes) float64, and b, (classes,).

    Args:
        present: a Presence of features in texts.
        classes: (texts,) ints, the number of each text's class.
        weights: (classes,), how much a text of each class counts.
    """
    wanted = np.eye(len(weights))[classes] * weights[classes][:, np.newaxis]
    held = np.arange(len(wanted)) % _FOLDS == 0
    known = np.where(held[:, np.newaxis], 0, wanted)
    ratios = log_count_ratios(present, known)
    logits = _logits(present, ratios)[held]
    scale = min(_SCALES, key=lambda scale: _cross_entropy(scale * logits, wanted[held]))
    losses = []
    for found, bias in _descent(present, known, ratios, scale):
        losses.append(_cross_entropy(_logits(present, found)[held] + bias, wanted[held]))
        if len(losses) - np.argmin(losses) > _PATIENCE:
            break
    path = _descent(present, wanted, log_count_ratios(present, wanted), scale)
    return next(islice(path, int(np.argmin(losses)), None))


def log_count_ratios(present, wanted):
    """Returns r_cf, (size, classes), of texts that count `wanted` (texts, classes): 0 except for their own class."""
    own = np.stack([present.of_columns(column) for column in wanted.T], axis=1)
    ratios = []
    for counts in (own, own.sum(axis=1, keepdims=True) - own):
        counts = counts + 1
        ratios.append(np.log(counts / counts.sum(axis=0)))
    return ratios[0] - ratios[1]


def _descent(present, wanted, ratios, scale):
    """Yields w r (size, classes) and b (classes,) from the beginning on; accelerated by Nesterov's (1983) momentum."""
    counts = wanted.sum(axis=1, keepdims=True)
    rate = 1 / _steepest(present, ratios, counts[:, 0])
    weights, bias = np.full_like(ratios, scale), np.zeros(ratios.shape[1])
    ahead, bias_ahead, momentum = weights, bias, 1.0
    yield ratios * weights, bias
    for _ in range(_STEPS):
        wrong = counts * _softmax(_logits(present, ratios * ahead) + bias_ahead) - wanted
        # Rows of `wrong` sum to 0.
        of_others = np.stack([present.of_columns(column) for column in wrong.T[:-1]], axis=1)
        gradient = ratios * np.append(of_others, -of_others.sum(axis=1, keepdims=True), axis=1)
        before, bias_before = weights, bias
        weights, bias = ahead - rate * gradient, bias_ahead - rate * wrong.sum(axis=0)
        momentum, last = (1 + np.sqrt(1 + 4 * momentum**2)) / 2, momentum
        further = (last - 1) / momentum
        ahead, bias_ahead = weights + further * (weights - before), bias + further * (bias - bias_before)
        yield ratios * weights, bias


def _steepest(present, ratios, counts):
    """Returns a bound of the curvature: half the largest eigenvalue of X'X and that of the bias (Böhning, 1992)."""
    sizes = np.abs(ratios).max(axis=1)
    vector, value = sizes, 0.0
    for _ in range(_POWERS):
        vector = sizes * present.of_columns(counts * present.of_rows(sizes * vector))
        value = np.linalg.norm(vector)
        vector = vector / max(value, 1e-30)
    return max(value + counts.sum(), 1e-30) / 2


def _logits(present, weights):
    """Returns the logits of texts (texts, classes), without the bias and so that those of the last class are 0."""
    apart = (weights[:, :-1] - weights[:, -1:]).T
    return np.stack([*map(present.of_rows, apart), np.zeros(len(present.lengths))], axis=1)


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _cross_entropy(logits, wanted):
    logits = logits - logits.max(axis=1, keepdims=True)
    return -np.sum(wanted * (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))))
