"""Scores of one class for each example: accuracy, F1, and the confusion matrix.

Predictions and labels are lists of str. The classes of a table are those that are wanted or predicted, sorted.
"""

from functools import partial

import numpy as np

from seqtasks.scores import Metric, precision_table, rate
from seqtasks.version import __version__


def metrics(labels):
    """Returns [accuracy, macro F1] of predictions, a list of str, as Metrics.

    Macro F1 is the mean F1 of the classes that are wanted: a class that is wanted but never predicted counts as 0; a
    class that is predicted but never wanted has no F1 of its own, but is a miss for the class that was wanted.

    Args:
        labels: list of str, the reference classes. Scoring raises ValueError for another number of predictions.
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
    """Returns (classes, matrix), int (wanted, predicted): how often each class was predicted for each wanted one.

    Raises ValueError if the numbers of predictions and labels differ.
    """
    _check_lengths(predictions, labels)
    classes = sorted({*predictions, *labels})
    place = {name: number for number, name in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), int)
    for prediction, label in zip(predictions, labels, strict=True):
        matrix[place[label], place[prediction]] += 1
    return classes, matrix


def class_counts(predictions, labels, classes):
    """Returns 0 or 1, float (examples, 3 * classes): whether each class is predicted correctly, predicted, wanted.

    Raises ValueError if the numbers of predictions and labels differ.
    """
    _check_lengths(predictions, labels)
    predicted, wanted = _one_hot(predictions, classes), _one_hot(labels, classes)
    return np.concatenate([predicted * wanted, predicted, wanted], axis=1)


def macro_f1(totals):
    """Returns the mean F1 of the wanted classes, from the sum of `class_counts`; 0 if there are none."""
    right, predicted, wanted = np.reshape(totals, (3, -1))
    f1 = rate(2 * right, predicted + wanted)[wanted > 0]
    return f1.mean() if f1.size else 0.0


def _one_hot(names, classes):
    place = {name: number for number, name in enumerate(classes)}
    return np.eye(len(classes) + 1)[[place.get(name, len(classes)) for name in names]][:, :-1]


def _check_lengths(predictions, labels):
    if len(predictions) != len(labels):
        raise ValueError(f"there are {len(predictions)} predictions for {len(labels)} labels")
