"""Made-up corpora that show at a glance whether a model works."""

import random

from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.splitting import carve

LICENCE = "none needed: made by seqtasks"
ORIGIN = "drawn at random with the seed"

_LONGEST = 10
_TRAIN = 10_000
_HELD_OUT = 500


def read_reverse(name, languages, *, seed, dev, test):
    """Returns the Corpus of distinct digit strings, to be written backwards: "3 1 4" gives "4 1 3".

    Digits stand apart, so each is a word and the attention should run down the other diagonal. A string has 1 to 10
    digits; there are 10,000 in train, `dev` and `test` others (500 at most) in the splits of that name.
    """
    sizes = {"dev": min(dev, _HELD_OUT), "test": min(test, _HELD_OUT)}
    # random() alone is promised to give the same numbers in every version of Python.
    draw = random.Random(seed).random
    strings = {}
    while len(strings) < _TRAIN + sum(sizes.values()):
        length = 1 + int(draw() * _LONGEST)
        strings[" ".join(str(int(draw() * 10)) for _ in range(length))] = None
    rows = [{"source": string, "targets": (string[::-1],)} for string in strings]
    return Corpus(name=name, splits=carve(rows, sizes, seed=seed), languages=languages, licence=LICENCE, origin=ORIGIN)
