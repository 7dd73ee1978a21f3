"""What is measured of a captioner besides its captions: where it looks, what it copies, and simpler captioners."""

from collections import Counter

import numpy as np
import tensorflow as tf

from seqtasks.batches.cores import in_shares
from seqtasks.images.image import Image
from seqtasks.images.pixels import read_images
from seqtasks.scores import Metric, Score, rate, significance
from seqtasks.scores.scenes import Nouns, looks
from seqtasks.tasks.answer import decoded
from seqtasks.tasks.caption.answer import png_of_size
from seqtasks.tasks.task import compiled

# Height and width in pixels to which images are reduced to find the nearest, and how many are compared at once.
_SMALL, _AT_ONCE = 16, 64
_LOOKS = ("pointing", "pointing one later", "attention correctness", "attention correctness one later")
_PIECE_MARKS = str.maketrans("", "", "▁\N{WORD JOINER}")


def varied(captions, train):
    """Yields Scores of how varied captions are: distinct ones, and ones that are captions of train.

    `train` are the rows of train, None if they are gone.
    """
    yield Score(
        "distinct", 100 * len(set(captions)) / len(captions), None, None, "share of captions, each counted once"
    )
    if train is not None:
        known = {caption.casefold() for row in train for caption in row["captions"]}
        copied = [[caption.casefold() in known, 1] for caption in captions]
        yield _share("copied", "captions that are in train|case:lc", copied)


def attended(task, rows):
    """Yields Scores of where the attention lies when a noun is written that is right.

    Pointing: whether the largest weight lies in a box of the noun's thing. Attention correctness: the weight inside
    these boxes (Liu, Mao, Sha and Yuille, 2017). Both at the step of the noun's first word and one step later, since
    attention is computed before the word is known. Chance is the share of the image that the boxes cover, what even
    weights would reach.
    """
    nouns, found = Nouns(task.scorer.nouns), [[] for _ in rows]
    moved = np.zeros((len(rows), 2))
    for numbers, explained in _explained(task, rows):
        for i, number in enumerate(numbers):
            pieces = [decoded(piece).translate(_PIECE_MARKS) for piece in explained["target_pieces"][i]]
            weights = explained["attention"][i][: sum(piece != "" for piece in pieces)]
            found[number] = looks(
                nouns, pieces[: len(weights)], weights, explained["grid"][i], rows[number].get("things", {})
            )
            # The end mark is no word.
            changes = np.abs(np.diff(weights[:-1], axis=0)).sum(axis=1) / 2
            moved[number] = changes.sum(), len(changes)
    table = [np.array(of_row).reshape(-1, len(_LOOKS) + 1) for of_row in found]
    counts = [len(of_row) for of_row in table]
    for place, name in enumerate((*_LOOKS, "chance of pointing")):
        sums = [[of_row[:, place].sum(), count] for of_row, count in zip(table, counts, strict=True)]
        yield _share(name, "right nouns|first word", sums)
    yield _share("movement", "total variation between successive words", moved)


def _explained(task, rows):
    explain = task.function("explain")
    inputs = [task.reader.input_of(row) for row in rows]
    parts = [range(i, min(i + _AT_ONCE, len(rows))) for i in range(0, len(rows), _AT_ONCE)]

    def of_part(part):
        found = explain(tf.constant([inputs[i].read() for i in part], tf.string))
        return {name: found[name].numpy() for name in ("target_pieces", "attention", "grid")}

    return in_shares(of_part, parts)


def simple_captions(task, train, rows):
    """Yields (name, captions) of captioners without a network or without an image, for each of the rows.

    The captioner itself is given a white image. The nearest image is that of the smallest sum of squared differences
    of 16 x 16 pixels, and its first caption is taken.
    """
    blank = Image.of_bytes("white", png_of_size(_SMALL, _SMALL, level=255))
    (without,) = task.predictor.answers([blank])
    yield "captioner without its image", [without.text] * len(rows)
    if train is None:
        return
    (common, _), *_ = Counter(caption for row in train for caption in row["captions"]).most_common(1)
    yield "commonest caption", [common] * len(rows)
    known, asked = (_small(task, of) for of in (train, rows))
    sizes = (known**2).sum(axis=1)
    parts = (asked[i : i + _AT_ONCE] for i in range(0, len(asked), _AT_ONCE))
    nearest = np.concatenate([(sizes - 2 * part @ known.T).argmin(axis=1) for part in parts])
    yield "nearest image's caption", [train[number]["captions"][0] for number in nearest]


def _small(task, rows):
    """Returns the pixels of rows, reduced, as float32 (rows, pixels)."""
    read = compiled(lambda contents: read_images(contents, size=_SMALL, fit=task.settings.images.fit)[0])
    parts = [rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE)]
    found = in_shares(lambda part: read(tf.constant([row["image"].read() for row in part], tf.string)).numpy(), parts)
    return np.concatenate([pixels for _, pixels in found]).reshape(len(rows), -1).astype(np.float32)


def _share(name, signature, sums):
    """Returns the Score of a share in percent, from (part, whole) of each example."""
    metric = Metric(name, signature, lambda statistics: statistics, lambda totals: float(rate(*totals)))
    return significance.score(metric, np.asarray(sums, float))
