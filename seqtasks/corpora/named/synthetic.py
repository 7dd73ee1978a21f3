"""Made-up corpora that show at a glance whether a model works."""

import random

from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.cutting import cut
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.lines import LineRows
from seqtasks.corpora.splitting import carve
from seqtasks.text.tags import to_tags

LICENCE = "none needed: made by seqtasks"
ORIGIN = "drawn at random with the seed"
ORIGIN_OF_QUOTES = "drawn at random, but always the same"

_LONGEST = 10
TRAIN = 10_000
HELD_OUT = 500
_BRACKETS = {"ROUND": "()", "SQUARE": "[]", "CURLY": "{}"}
_SIDES = ("left", "right")
_QUOTES_SEED, _LINES, _WIDTH, _DEPTH = 13, 2000, 44, 3


def read_reverse(name, *, source, target, seed, dev, test):
    """Returns the Corpus of distinct digit strings, to be written backwards: "3 1 4" gives "4 1 3".

    Digits stand apart, so each is a word and the attention should run down the other diagonal. A string has 1 to 10
    digits; there are 10,000 in train, `dev` and `test` others (500 at most) in the splits of that name.
    """

    def row(draw):
        length = draw(_LONGEST)
        string = " ".join(str(draw(10) - 1) for _ in range(length))
        return {"source": string, "targets": (string[::-1],)}

    return Corpus(name, _splits(row, "parallel", seed, dev, test), (source, target), licence=LICENCE, origin=ORIGIN)


def read_order(name, *, seed, dev, test):
    """Returns the Corpus of distinct texts whose class is the one of the words "left" and "right" that comes last.

    Each of the two is there equally often, once or twice, among up to 10 made-up words, so that a bag of words tells
    nothing. Sizes are those of `read_reverse`.
    """

    def row(draw):
        words = [_word(draw) for _ in range(draw(_LONGEST))]
        for side in _SIDES * draw(2):
            words.insert(draw(len(words) + 1) - 1, side)
        label = next(word for word in reversed(words) if word in _SIDES)
        return {"text": " ".join(words), "label": label}

    return Corpus(name, _splits(row, "labelled", seed, dev, test), (), licence=LICENCE, origin=ORIGIN, kind="labelled")


def read_brackets(name, *, seed, dev, test):
    """Returns the Corpus of distinct sentences of made-up words whose entities are the runs of words in brackets.

    "ba ( do ki ) su" has the tags O O B-ROUND I-ROUND O O; the brackets tell the type: ROUND, SQUARE or CURLY. A
    sentence has 1 to 4 runs, in brackets and not in turn. Sizes are those of `read_reverse`.
    """

    def row(draw):
        words, spans, inside = [], [], draw(2) == 1
        for _ in range(draw(4)):
            run = [_word(draw) for _ in range(draw(4))]
            if inside:
                kind, (opening, closing) = list(_BRACKETS.items())[draw(len(_BRACKETS)) - 1]
                spans.append((kind, len(words) + 1, len(words) + 1 + len(run)))
                run = [opening, *run, closing]
            words += run
            inside = not inside
        return {"words": tuple(words), "tags": tuple(to_tags(spans, len(words)))}

    return Corpus(name, _splits(row, "tagged", seed, dev, test), (), licence=LICENCE, origin=ORIGIN, kind="tagged")


def read_quotes(name, *, dev, test):
    """Returns the Corpus of a text of made-up words, in 2,000 lines of up to 44 characters, always the same.

    Some stretches stand between quotation marks, others between brackets, which may hold quotations and brackets again,
    down to three deep. They go on over line ends, so that which mark may come next is known only to what remembers what
    is open. `dev` and `test` are shares of the characters (see `cutting.cut`).
    """
    draw, lines = _drawing(_QUOTES_SEED), [""]
    while len(lines) <= _LINES:
        for word in _passage(draw, depth=0):
            if len(lines[-1]) + 1 + len(word) > _WIDTH:
                lines.append("")
            lines[-1] += f" {word}" if lines[-1] else word
    splits = cut(LineRows("\n".join(lines[:_LINES])), {"dev": dev, "test": test})
    return Corpus(name, splits, (), licence=LICENCE, origin=ORIGIN_OF_QUOTES, kind="text")


def _passage(draw, *, depth):
    """Returns a list of words with the marks of what stands between marks."""
    words = []
    for _ in range(draw(8)):
        form = draw(8)
        if form == 1:
            words += _between('""', [_word(draw) for _ in range(draw(12))])
        elif form == 2 and depth < _DEPTH:
            words += _between("()", _passage(draw, depth=depth + 1))
        else:
            words.append(_word(draw))
    return words


def _between(marks, words):
    words[0] = marks[0] + words[0]
    words[-1] += marks[1]
    return words


def _drawing(seed):
    """Returns a function that draws a whole number from 1 to n."""
    # random() alone is promised to give the same numbers in every version of Python.
    uniform = random.Random(seed).random
    return lambda most: 1 + int(uniform() * most)


def _splits(row, kind, seed, dev, test):
    """Returns splits of distinct rows, each made by `row` from a function as `_drawing` returns it."""
    kind, draw = KINDS[kind], _drawing(seed)
    sizes = {"dev": min(dev, HELD_OUT), "test": min(test, HELD_OUT)}
    rows = {}
    while len(rows) < TRAIN + sum(sizes.values()):
        made = row(draw)
        rows[kind.input(made)] = made
    return carve(list(rows.values()), sizes, kind=kind, seed=seed)


def _word(draw):
    return "".join("bdfgklmnprst"[draw(12) - 1] + "aeiou"[draw(5) - 1] for _ in range(draw(2)))
