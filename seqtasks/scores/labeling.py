"""Scores of tags: entities by the rules of conlleval (Tjong Kim Sang, 2004), words, and the confusion matrix.

Predictions and wanted are lists of tag sequences of the same lengths. An entity is correct if its type and both its
boundaries are. `tags.entities` reads entities as conlleval does: an I- that continues nothing begins one.
"""

from collections import Counter
from functools import partial
from itertools import groupby

import numpy as np

from seqtasks.scores import Metric, precision_table, rate
from seqtasks.scores.classification import class_counts, macro_f1
from seqtasks.text.tags import OUTSIDE, entities
from seqtasks.version import __version__


def metrics(wanted, *, scheme="iob2"):
    """Returns the scores of predicted tags, a list of sequences of str, as Metrics.

    Args:
        wanted: list of sequences of str, the reference tags.
        scheme: "none" if tags mark no entities, such as parts of speech.

    Returns:
        [entity F1, precision, recall, token accuracy], the first three over all entities of all types, 0 if there are
        none; for scheme "none" [token accuracy, macro F1], see classification.metrics. Scoring raises ValueError for a
        sequence with another number of predicted tags than wanted ones and, except for scheme "none", for a tag that
        is not an entity tag.
    """
    version = f"version:{__version__}"
    right_words = Metric("token_accuracy", version, partial(_right_words, wanted=wanted), lambda totals: rate(*totals))
    if scheme == "none":
        tags = sorted({tag for sequence in wanted for tag in sequence})
        signature = f"scheme:none|average:macro|classes:wanted|{version}"
        return [right_words, Metric("macro_f1", signature, partial(_tag_counts, wanted=wanted, tags=tags), macro_f1)]
    signature = f"scheme:{scheme}|mode:conlleval|average:micro|{version}"
    values = {
        "entity_f1": lambda totals: rate(2 * totals[0], totals[1] + totals[2]),
        "precision": lambda totals: rate(totals[0], totals[1]),
        "recall": lambda totals: rate(totals[0], totals[2]),
    }
    found = partial(_entity_counts, wanted=wanted)
    return [*(Metric(name, signature, found, value) for name, value in values.items()), right_words]


def step_metrics(wanted):
    """Returns the scores of predicted labels of the steps of series, lists of sequences of str, as Metrics.

    Returns:
        [frame accuracy, macro F1, segment error rate], all in percent of what stands in all series together. A segment
        is a run of equal labels, and the error rate the edit distance between the segments predicted and wanted, over
        the number of the latter (as the word error rate of speech); lower is better. Scoring raises ValueError for a
        sequence with another number of predicted labels than wanted ones.
    """
    version = f"version:{__version__}"
    labels = sorted({label for sequence in wanted for label in sequence})
    signature = f"average:macro|classes:wanted|{version}"
    return [
        Metric("frame_accuracy", version, partial(_right_words, wanted=wanted), lambda totals: rate(*totals)),
        Metric("macro_f1", signature, partial(_tag_counts, wanted=wanted, tags=labels), macro_f1),
        Metric("segment_error_rate", version, partial(_segments, wanted=wanted), lambda totals: rate(*totals)),
    ]


def _segments(predictions, wanted):
    """Returns (sequences, 2): the edit distance between the runs of equal labels, and the number of wanted ones."""
    found = []
    for pair in _pairs(predictions, wanted):
        predicted, right = ([label for label, _ in groupby(labels)] for labels in pair)
        found.append((edit_distance(predicted, right), len(right)))
    return found


def edit_distance(one, other):
    """Returns the least number of insertions, deletions and substitutions between two sequences (Levenshtein, 1966)."""
    before = list(range(len(other) + 1))
    for number, item in enumerate(one, start=1):
        row = [number]
        for place, wanted in enumerate(other):
            row.append(min(before[place + 1] + 1, row[place] + 1, before[place] + (item != wanted)))
        before = row
    return before[-1]


def type_table(predictions, wanted):
    """Returns a row for each type of entity, sorted; see scores.precision_table. Its support is the number of entities.

    Raises ValueError as scoring by `metrics` does.
    """
    pairs = list(_entities(predictions, wanted))
    found = Counter(kind for predicted, right in pairs for kind, *_ in predicted & right)
    predicted = Counter(kind for of_one, _ in pairs for kind, *_ in of_one)
    support = Counter(kind for _, of_one in pairs for kind, *_ in of_one)
    types = sorted({*predicted, *support})
    return precision_table(types, *([counts[kind] for kind in types] for counts in (found, predicted, support)))


def type_confusion(predictions, wanted):
    """Counts the types predicted for wanted entities, for entities with the same boundaries.

    Returns:
        (classes, matrix): the sorted types, then O; int (wanted, predicted). Column O counts wanted entities that were
        missed, row O predicted entities whose boundaries match no wanted one. Raises ValueError as scoring by `metrics`
        does.
    """
    counts = Counter()
    for predicted, right in _entities(predictions, wanted):
        found, missing = ({(first, end): kind for kind, first, end in of_one} for of_one in (predicted, right))
        counts.update((missing.get(span, OUTSIDE), found.get(span, OUTSIDE)) for span in {*found, *missing})
    classes = [*sorted({kind for pair in counts for kind in pair} - {OUTSIDE}), OUTSIDE]
    return classes, np.array([[counts[row, column] for column in classes] for row in classes])


def _entity_counts(predictions, wanted):
    """Returns (sequences, 3): numbers of entities predicted correctly, predicted, wanted."""
    return [(len(found & right), len(found), len(right)) for found, right in _entities(predictions, wanted)]


def _right_words(predictions, wanted):
    """Returns (sequences, 2): numbers of words with the correct tag, of words."""
    return [
        (sum(tag == right for tag, right in zip(*pair, strict=True)), len(pair[0]))
        for pair in _pairs(predictions, wanted)
    ]


def _tag_counts(predictions, wanted, tags):
    return [class_counts(*pair, tags).sum(axis=0) for pair in _pairs(predictions, wanted)]


def _entities(predictions, wanted):
    for predicted, right in _pairs(predictions, wanted):
        yield set(entities(predicted)), set(entities(right))


def _pairs(predictions, wanted):
    if len(predictions) != len(wanted):
        raise ValueError(f"there are {len(predictions)} predicted sequences for {len(wanted)} wanted ones")
    for number, (predicted, right) in enumerate(zip(predictions, wanted, strict=True), start=1):
        if len(predicted) != len(right):
            raise ValueError(f"sequence {number} has {len(predicted)} predicted tags for {len(right)} words")
        yield predicted, right
