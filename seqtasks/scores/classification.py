"""Scores of one class an example: accuracy, F1, and which classes are confused.

Predictions and labels are lists of str. The classes of a table are all that are wanted or predicted, sorted.
"""

from functools import partial

import numpy as np

from seqtasks.scores import Metric, precision_table, rate
from seqtasks.version import __version__


def metrics(labels):
    """Returns [accuracy, macro F1] of predictions, a list of str, as Metrics.

    Macro F1 is the mean of the F1 of the classes that are wanted at all: one that is wanted and never predicted counts
    as 0; one that is predicted and never wanted has no part of its own, but is a miss of the class that was wanted.

    Args:
        labels: list of str, the right classes. Scoring raises ValueError where there are not as many predictions.
    """
    version, classes = f"version:{__version__}", sorted(set(labels))

    def right(predictions):
        _check_lengths(predictions, labels)
        return [(prediction == label, 1) for prediction, label in zip(predictions, labels, strict=True)]

    return [
        Metric("accuracy", version, right, lambda totals: rate(*totals)),
        Metric(
            "macro_f1",
            f"average:macro|classes:wanted|{version}",
            partial(class_counts, labels=labels, classes=classes),
            macro_f1,
        ),
    ]


def class_table(predictions, labels):
    """Returns a row for each class; see scores.precision_table. Its support is the number of labels."""
    classes = sorted({*predictions, *labels})
    right, predicted, wanted = class_counts(predictions, labels, classes).sum(axis=0).reshape(3, -1)
    return precision_table(classes, right, predicted, wanted)


def confusion(predictions, labels):
    """Returns (classes, matrix), int (wanted, predicted): how often a class was predicted where one was wanted.

    Raises ValueError where there are not as many predictions as labels.
    """
    _check_lengths(predictions, labels)
    classes = sorted({*predictions, *labels})
    place = {name: number for number, name in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), int)
    for prediction, label in zip(predictions, labels, strict=True):
        matrix[place[label], place[prediction]] += 1
    return classes, matrix


def class_counts(predictions, labels, classes):
    """Returns 0 or 1, float (examples, 3 * classes): for each class if it is predicted rightly, predicted, wanted.

    Raises ValueError where there are not as many predictions as labels.
    """
    _check_lengths(predictions, labels)
    predicted, wanted = _one_hot(predictions, classes), _one_hot(labels, classes)
    return np.concatenate([predicted * wanted, predicted, wanted], axis=1)


def macro_f1(totals):
    """Returns the mean F1 of the classes that are wanted, from the sum of `class_counts`; 0 where none is."""
    right, predicted, wanted = np.reshape(totals, (3, -1))
    f1 = rate(2 * right, predicted + wanted)[wanted > 0]
    return f1.mean() if f1.size else 0.0


def _one_hot(names, classes):
    place = {name: number for number, name in enumerate(classes)}
    return np.eye(len(classes) + 1)[[place.get(name, len(classes)) for name in names]][:, :-1]


def _check_lengths(predictions, labels):
    if len(predictions) != len(labels):
        raise ValueError(f"there are {len(predictions)} predictions for {len(labels)} labels")
