"""What is counted in a split of examples: lengths, duplicates, contradictions, classes."""

import math
from collections import Counter
from dataclasses import dataclass

from seqtasks.errors import listing

_CLASSES_SHOWN, _CLASSES_NAMED = 20, 3


@dataclass(frozen=True)
class Lengths:
    """How long the texts of one side are, in words (between blanks) or characters."""

    shortest: int
    median: int
    percentile_95: int
    longest: int

    def __str__(self):
        return f"{self.shortest} to {self.longest}, median {self.median}, 95 % up to {self.percentile_95}"


@dataclass(frozen=True)
class SplitReport:
    """One split; what is by side has the sides of `Kind.texts`: source and target, text, or sentence.

    `inputs` are the distinct sources, texts or sentences, and `answers` the targets, labels or tag sequences.
    `duplicates` are pairs of both that came before, and `conflicts` the inputs with several labels or tag sequences.
    `cut` has shares (0-1) longer than the limit, and nothing without one. `classes` has the number of rows by label, of
    entities by type, or of words by tag where tags are classes of their own, the most frequent first.
    """

    rows: int
    inputs: int
    answers: int
    duplicates: int
    conflicts: int
    words: dict[str, Lengths]
    characters: dict[str, Lengths]
    cut: dict[str, float]
    classes: dict[str, int]


def count_examples(kind, rows, limit, count_pieces):
    """Returns the SplitReport of rows of a kind; `limit` and `count_pieces` as in `report.report`."""
    sides = {}
    for row in rows:
        for side, texts in kind.texts(row).items():
            sides.setdefault(side, []).extend(texts)
    pairs = [(kind.input(row), answer) for row in rows for answer in kind.answers(row)]
    distinct = set(pairs)
    answers = Counter(text for text, _ in distinct)
    counters = dict(zip(sides, count_pieces, strict=True)) if limit is not None and count_pieces and sides else {}
    return SplitReport(
        rows=len(rows),
        inputs=len(answers),
        answers=len(pairs),
        duplicates=len(pairs) - len(distinct),
        conflicts=0 if kind.has_references else sum(count > 1 for count in answers.values()),
        words={side: _lengths([len(text.split()) for text in texts]) for side, texts in sides.items()},
        characters={side: _lengths([len(text) for text in texts]) for side, texts in sides.items()},
        cut={side: _share_above(limit, count(sides[side])) for side, count in counters.items()},
        classes=dict(kind.count_classes(rows).most_common()),
    )


def facts(kind, split, limit):
    """Returns a SplitReport as (label, text) pairs; `limit` is the length limit in pieces, where there is one."""
    references = f", {split.answers:,} references" if kind.has_references else ""
    found = [("", f"{split.rows:,} rows, {split.inputs:,} {kind.inputs}{references}")]
    for side in split.words:
        found += [(f"{side} words", str(split.words[side])), (f"{side} characters", str(split.characters[side]))]
    found.append(("duplicates", f"{split.duplicates:,}"))
    if split.classes:
        shown = [f"{name} {count:,}" for name, count in list(split.classes.items())[:_CLASSES_SHOWN]]
        more = len(split.classes) - len(shown)
        found.append(("classes", ", ".join([*shown, f"and {more:,} more"] if more else shown)))
    if split.cut:
        shares = (f"{share:.2%} of the {side}s" for side, share in split.cut.items())
        found.append((f"over {limit} pieces", ", ".join(shares)))
    return found


def problems(kind, name, split):
    """Returns sentences about what is odd in the SplitReport of the split `name`."""
    found = []
    if split.duplicates:
        repeated = "repeated pairs" if kind.has_references else "repeated rows"
        found.append(f"{name}: {number_of(repeated, split.duplicates)}")
    if split.conflicts:
        found.append(f"{name}: {number_of(kind.inputs, split.conflicts)} with several {kind.outputs}")
    single = [label for label, count in split.classes.items() if count == 1]
    if name == "train" and single:
        more = f" and {len(single) - _CLASSES_NAMED:,} more" if len(single) > _CLASSES_NAMED else ""
        found.append(f"{name}: classes that occur only once: {listing(single[:_CLASSES_NAMED])}{more}")
    return found


def number_of(nouns, count):
    """Returns a count with its noun, which is given in the plural: 1 row, 2 rows."""
    return f"{count:,} {nouns.removesuffix('s') if count == 1 else nouns}"


def _lengths(lengths):
    """The lengths are those of real texts: of an even number the lower median, and the nearest rank above 95 %."""
    lengths = sorted(lengths)
    ranks = (math.ceil(share * len(lengths)) - 1 for share in (0.5, 0.95))
    return Lengths(lengths[0], *(lengths[rank] for rank in ranks), lengths[-1])


def _share_above(limit, lengths):
    return sum(pieces > limit for pieces in lengths) / len(lengths)
