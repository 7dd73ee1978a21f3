"""What is in a corpus: counts, lengths, classes, duplicates, leaks between splits, samples and problems."""

import math
from collections import Counter
from dataclasses import dataclass

from seqtasks.corpora.corpus import classes_of, input_of, texts_of
from seqtasks.corpora.leaks import overlaps, said_of
from seqtasks.corpora.sources.split_names import tests_among
from seqtasks.errors import one_of
from seqtasks.text.tags import entities, split_tag

_SAMPLES = 3
# Names and numbers stay the same in translation; a greater share than this is text left untranslated.
_COPIES = 0.05


@dataclass(frozen=True)
class Lengths:
    """How long the texts of one side are, in words (between blanks) or characters."""

    shortest: int
    median: int
    percentile_95: int
    longest: int


@dataclass(frozen=True)
class SplitReport:
    """One split; what is by side has the sides source and target, text, or sentence.

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


@dataclass(frozen=True)
class LinesReport:
    """One split of running text.

    `words` are those between blanks, `characters` have the line ends between lines among them, of which
    `distinct_characters` are different. `longest` is the longest line, in characters.
    """

    rows: int
    words: int
    characters: int
    distinct_characters: int
    longest: int


@dataclass(frozen=True)
class Report:
    """A corpus at a glance; `splits` are by name, of running text LinesReport, else SplitReport.

    `overlaps` says of each split but train how many rows have something in train too, see `leaks.overlaps`.
    """

    name: str
    kind: str
    languages: tuple[str, ...]
    licence: str
    origin: str
    fingerprint: str
    splits: dict[str, SplitReport] | dict[str, LinesReport]
    overlaps: dict[str, dict[str, int]]
    samples: list[dict]
    problems: list[str]


def report(corpus, *, limit=None, count_pieces=None):
    """Returns the Report on a corpus.

    With both a `limit` and `count_pieces`, functions from a list of texts to a list of their lengths in pieces, one for
    each side, the report has the share of texts that the limit cuts.
    """
    splits, shared, problems = {}, overlaps(corpus), []
    train = corpus.splits.get("train", [])
    for name, rows in corpus.splits.items():
        if corpus.kind == "text":
            splits[name] = _lines_report(rows)
            continue
        splits[name] = _split_report(rows, limit, count_pieces)
        problems += _problems(name, rows, splits[name])
        if name != "train":
            problems += said_of(name, rows, shared[name])
            if unseen := _classes(rows) - _classes(train):
                problems.append(f"{name}: no row of train has {one_of(sorted(unseen))}")
    for needed, there in (("dev", "dev" in corpus.splits), ("test", tests_among(corpus.splits))):
        if not there:
            problems.append(f"there is no {needed} split")
    samples = _samples(next(iter(corpus.splits.values()), []))
    facts = {key: getattr(corpus, key) for key in ("name", "kind", "languages", "licence", "origin", "fingerprint")}
    return Report(**facts, splits=splits, overlaps=shared, samples=samples, problems=problems)


def _samples(rows):
    """Returns rows from the inside of equal parts, as files are often sorted by length; blank ones are passed over."""
    samples = []
    for part in range(_SAMPLES if rows else 0):
        place = (2 * part + 1) * len(rows) // (2 * _SAMPLES)
        samples.append(next((row for row in rows[place:] if input_of(row).strip()), rows[place]))
    return samples


def _lines_report(rows):
    words, characters, longest, distinct = 0, max(len(rows) - 1, 0), 0, {"\n"} if len(rows) > 1 else set()
    for line in (row["text"] for row in rows):
        words += len(line.split())
        characters += len(line)
        longest = max(longest, len(line))
        distinct.update(line)
    return LinesReport(len(rows), words, characters, len(distinct), longest)


def answers_of(row):
    """Returns what may be answered to a row: its targets, or its label or tags alone."""
    return row["targets"] if "targets" in row else (row["label"] if "label" in row else row["tags"],)


def _split_report(rows, limit, count_pieces):
    sides = {}
    for row in rows:
        for side, texts in texts_of(row).items():
            sides.setdefault(side, []).extend(texts)
    pairs = [(input_of(row), answer) for row in rows for answer in answers_of(row)]
    distinct = set(pairs)
    several = Counter(text for text, _ in distinct)
    counters = dict(zip(sides, count_pieces, strict=True)) if limit is not None and count_pieces and sides else {}
    return SplitReport(
        rows=len(rows),
        inputs=len(several),
        answers=len(pairs),
        duplicates=len(pairs) - len(distinct),
        conflicts=0 if "target" in sides else sum(count > 1 for count in several.values()),
        words={side: _lengths([len(text.split()) for text in texts]) for side, texts in sides.items()},
        characters={side: _lengths([len(text) for text in texts]) for side, texts in sides.items()},
        cut={side: _share_above(limit, count(sides[side])) for side, count in counters.items()},
        classes=dict(_class_counts(rows).most_common()),
    )


def _lengths(lengths):
    """The lengths are those of real texts: of an even number the lower median, and the nearest rank above 95 %."""
    lengths = sorted(lengths)
    ranks = (math.ceil(share * len(lengths)) - 1 for share in (0.5, 0.95))
    return Lengths(lengths[0], *(lengths[rank] for rank in ranks), lengths[-1])


def _share_above(limit, lengths):
    return sum(pieces > limit for pieces in lengths) / len(lengths)


def _classes(rows):
    return {name for row in rows for name in classes_of(row)}


def _class_counts(rows):
    if not rows or "tags" not in rows[0]:
        return Counter(row["label"] for row in rows if "label" in row)
    try:
        for tag in _classes(rows):
            split_tag(tag)
    except ValueError:
        return Counter(tag for row in rows for tag in row["tags"])
    return Counter(kind for row in rows for kind, _, _ in entities(row["tags"]))


def _problems(name, rows, split):
    found = []
    if split.duplicates:
        what = "pairs" if "target" in split.words else "rows"
        found.append(f"{name}: {split.duplicates:,} {what} repeat an earlier one")
    if split.conflicts:
        what = "sequences of tags" if "sentence" in split.words else "labels"
        found.append(f"{name}: {split.conflicts:,} texts have several {what}")
    copied = [number for number, row in enumerate(rows, start=1) if input_of(row) in row.get("targets", ())]
    if len(copied) > len(rows) * _COPIES:
        found.append(f"{name}: {len(copied):,} rows have a target that equals the source, first row {copied[0]:,}")
    single = [label for label, count in split.classes.items() if count == 1]
    if name == "train" and single:
        found.append(f"{name}: {len(single):,} classes are there only once, among them {single[0]}")
    return found
