"""What needs no network to label series: the commonest label, linear classifiers, and the nearest neighbour."""

from collections import Counter

import numpy as np

# Steps of a window, and of a series when it is compared with others.
WINDOW, RESAMPLED = 21, 12
# Maximum numbers of steps that a linear classifier is fitted on, and of series that neighbours are looked for among.
_STEPS, _NEIGHBOURS = 200_000, 20_000
# Steps, and series, that are computed with at once.
_TOGETHER, _SERIES = 20_000, 100
_RIDGE = 1.0


def of_steps(train, labels, others, count):
    """Returns the labels of each step of other series by simpler models: {name: [(steps,) ints, ...]}.

    Args:
        train, others: lists of features of series, (steps, features).
        labels: list of (steps,) ints, the labels of train.
        count: number of labels.
    """
    lengths = np.cumsum([len(one) for one in train])
    some = max(1, int(np.searchsorted(lengths, _STEPS)))
    commonest = Counter(np.concatenate(labels).tolist()).most_common(1)[0][0]
    found = {"majority label": [np.full(len(one), commonest) for one in others]}
    for name, width in (("single frame", 1), (f"window of {WINDOW} frames", WINDOW)):
        windows = (framed(one, width) for one in train[:some])
        weights = ridge(windows, labels[:some], count)
        found[name] = [(with_one(framed(one, width)) @ weights).argmax(axis=1) for one in others]
    return found


def of_series(train, labels, others, count):
    """Returns the labels of other series by simpler models: {name: (series,) ints}; arguments as of `of_steps`."""
    commonest = Counter(labels).most_common(1)[0][0]
    means, own = (np.stack([one.mean(axis=0) for one in side]) for side in (train, others))
    weights = ridge([means], [np.array(labels)], count)
    return {
        "majority label": np.full(len(others), commonest),
        "mean vector": (with_one(own) @ weights).argmax(axis=1),
        "nearest neighbour": nearest(train[:_NEIGHBOURS], labels, others),
    }


def nearest(train, labels, others):
    """Returns the label of the nearest series in Euclidean distance, all interpolated at 12 places."""
    known, own = (np.stack([resampled(one, RESAMPLED).ravel() for one in side]) for side in (train, others))
    squares, found = (known**2).sum(axis=1), []
    for first in range(0, len(own), _SERIES):
        distances = squares - 2 * own[first : first + _SERIES] @ known.T
        found.append(np.array(labels)[distances.argmin(axis=1)])
    return np.concatenate(found)


def resampled(features, steps):
    """Returns features (steps, features) at as many places as told, from the first step to the last."""
    places = np.linspace(0, len(features) - 1, steps)
    before = places.astype(int)
    after, share = np.minimum(before + 1, len(features) - 1), (places - before)[:, np.newaxis]
    return (1 - share) * features[before] + share * features[after]


def framed(features, width):
    """Returns the features of `width` steps around each step, (steps, width * features); beyond the ends are zeros."""
    beyond = np.pad(features, [(width // 2, width // 2), (0, 0)])
    return np.concatenate([beyond[i : i + len(features)] for i in range(width)], axis=1)


def ridge(inputs, labels, count):
    """Returns weights (features + 1, labels) of the ridge regression of one-hot labels on inputs and a constant 1.

    `inputs` yields parts (n, features), `labels` has those of each part, (n,) ints.
    """
    products = targets = 0.0
    for part, wanted in _in_blocks(inputs, labels):
        part = with_one(part)
        products = products + part.T @ part
        targets = targets + part.T @ np.eye(count)[wanted]
    return np.linalg.solve(products + _RIDGE * np.eye(len(products)), targets)


def _in_blocks(inputs, labels):
    """Yields parts one after the other as few larger ones."""
    block, size = [], 0
    for pair in zip(inputs, labels, strict=True):
        block.append(pair)
        size += len(pair[1])
        if size >= _TOGETHER:
            yield map(np.concatenate, zip(*block, strict=True))
            block, size = [], 0
    if block:
        yield map(np.concatenate, zip(*block, strict=True))


def with_one(inputs):
    """Returns inputs (n, features) with a 1 behind each."""
    return np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1)
