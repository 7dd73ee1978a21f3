"""Splits of running text by place, as what is read on cannot be drawn by chance: dev, then train, then test.

Test is what follows right behind train, as in the usual cut of a text at 90 %; so dev has to stand before.
"""

import math
from array import array
from bisect import bisect_left
from fractions import Fraction
from itertools import accumulate

from seqtasks.corpora.kinds.lines import LineRows
from seqtasks.corpora.sources.split_names import in_order, tests_among
from seqtasks.errors import CorpusError


def cut(rows, shares):
    """Cuts dev off the beginning and test off the end of `rows`, the lines of a text; returns LineRows by split.

    `shares` says what share of the characters each is to have, line ends counted, as in `{"dev": 0.05, "test": 0.1}`.
    Then train, which is what is left, begins with the first line that begins at or behind 5 %, and test with the first
    at or behind 90 %. A text of a single line, which has no line end to be cut at, is cut within it, at the first
    character at or behind these places.

    Raises CorpusError where a split is left without a line that has text in it.
    """
    begins = array("Q", accumulate((len(row["text"]) + 1 for row in rows), initial=0))
    size = begins[-1] - 1
    # As decimal numbers, as which shares are written.
    ends = {name: Fraction(str(share)) for name, share in shares.items() if name == "dev"}
    ends |= {"train": 1 - sum(Fraction(str(share)) for name, share in shares.items() if name != "dev")}
    places = [math.ceil(size * end) for end in ends.values() if end < 1]
    if len(rows) == 1:
        parts = [LineRows(part) for part in _between(rows[0]["text"], places)]
    else:
        parts = _between(rows, [bisect_left(begins, place) for place in places])
    splits = dict(zip((*ends, *(name for name in shares if name != "dev")), parts, strict=True))
    for name, part in splits.items():
        if part.is_blank:
            wanted = ", ".join(f"{share:g} of it for {split}" for split, share in shares.items())
            raise CorpusError(
                f"no line with text is left for {name}: the text has {size:,} characters in {len(rows):,} lines, and "
                f"{wanted} were asked for; give more text or line ends, other shares with corpus.dev and corpus.test, "
                "or the splits as files"
            )
    return {name: splits[name] for name in in_order(splits)}


def complete(splits, *, kind, dev, test):
    """Returns `splits` with those that are missing cut off train, of the shares `dev` and `test` of it; see `Kind.cut`.

    A test is missing where there is none of any kind. Other splits are never touched, and without a train split nothing
    can be cut off. Raises CorpusError where a split has no line with text in it.
    """
    for name, rows in splits.items():
        if rows.is_blank:
            raise CorpusError(f"the split '{name}' has no line with text in it; fill it or leave it out")
    missing = {} if "dev" in splits else {"dev": dev}
    if not tests_among(splits):
        missing["test"] = test
    if "train" in splits and missing:
        splits = {**splits, **kind.cut(splits["train"], missing)}
    return {name: splits[name] for name in in_order(splits)}


def _between(sequence, places):
    return [sequence[one:other] for one, other in zip([0, *places], [*places, len(sequence)], strict=True)]
