"""What is in a corpus: counts, lengths, duplicates, leaks between splits, samples and problems."""

import math
from dataclasses import dataclass

from seqtasks.corpora.corpus import tests_among
from seqtasks.corpora.splitting import sentence_key

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
    """One split. `duplicates` are pairs that came before; `cut_*` are shares (0-1) longer than the limit, or None."""

    rows: int
    sources: int
    references: int
    duplicates: int
    source_words: Lengths
    source_characters: Lengths
    target_words: Lengths
    target_characters: Lengths
    cut_sources: float | None
    cut_targets: float | None


@dataclass(frozen=True)
class Overlap:
    """How many rows of a split have their source, one of their targets, or both as a pair, in train too."""

    sources: int
    targets: int
    pairs: int


@dataclass(frozen=True)
class Report:
    """A corpus at a glance; `splits` and `overlaps` (with train) are by the name of the split."""

    name: str
    languages: tuple[str, str]
    licence: str
    origin: str
    fingerprint: str
    splits: dict[str, SplitReport]
    overlaps: dict[str, Overlap]
    samples: list[dict]
    problems: list[str]


def report(corpus, *, limit=None, count_pieces=None):
    """Returns the Report on a corpus of parallel text.

    With both a `limit` and `count_pieces`, two functions from a list of texts to a list of their lengths in pieces, for
    sources and for targets, the report has the share of texts that the limit cuts. Overlaps with train compare
    sentences by `sentence_key`.
    """
    count_pieces = count_pieces if limit is not None and count_pieces is not None else (None, None)
    splits, overlaps, problems = {}, {}, []
    train = _keys(corpus.splits.get("train", []))
    for name, rows in corpus.splits.items():
        splits[name] = _split_report(rows, limit, count_pieces)
        problems += _problems(name, rows, splits[name])
        if name != "train":
            overlaps[name] = _overlap(rows, train)
            for what in ("sources", "targets", "pairs"):
                if count := getattr(overlaps[name], what):
                    problems.append(f"{name}: {count:,} of {len(rows):,} rows have their {what[:-1]} in train too")
    for needed, there in (("dev", "dev" in corpus.splits), ("test", tests_among(corpus.splits))):
        if not there:
            problems.append(f"there is no {needed} split")
    rows = next(iter(corpus.splits.values()), [])
    # Files are often sorted by length, so the samples come from the inside of equal parts.
    samples = [rows[(2 * part + 1) * len(rows) // (2 * _SAMPLES)] for part in range(_SAMPLES if rows else 0)]
    return Report(
        name=corpus.name,
        languages=corpus.languages,
        licence=corpus.licence,
        origin=corpus.origin,
        fingerprint=corpus.fingerprint,
        splits=splits,
        overlaps=overlaps,
        samples=samples,
        problems=problems,
    )


def _split_report(rows, limit, count_pieces):
    sources = [row["source"] for row in rows]
    targets = [target for row in rows for target in row["targets"]]
    pairs = {(row["source"], target) for row in rows for target in row["targets"]}
    return SplitReport(
        rows=len(rows),
        sources=len(set(sources)),
        references=len(targets),
        duplicates=len(targets) - len(pairs),
        source_words=_lengths([len(text.split()) for text in sources]),
        source_characters=_lengths([len(text) for text in sources]),
        target_words=_lengths([len(text.split()) for text in targets]),
        target_characters=_lengths([len(text) for text in targets]),
        cut_sources=_cut(sources, limit, count_pieces[0]),
        cut_targets=_cut(targets, limit, count_pieces[1]),
    )


def _lengths(lengths):
    """The lengths are those of real texts: of an even number the lower median, and the nearest rank above 95 %."""
    lengths = sorted(lengths) or [0]
    ranks = (math.ceil(share * len(lengths)) - 1 for share in (0.5, 0.95))
    return Lengths(lengths[0], *(lengths[rank] for rank in ranks), lengths[-1])


def _cut(texts, limit, count_pieces):
    if count_pieces is None or not texts:
        return None
    return sum(pieces > limit for pieces in count_pieces(texts)) / len(texts)


def _keys(rows):
    """Returns the sets of sources, of targets and of pairs in `rows`, by their keys."""
    pairs = {(source, target) for row in rows for source, target in _pairs(row)}
    return {source for source, _ in pairs}, {target for _, target in pairs}, pairs


def _pairs(row):
    source = sentence_key(row["source"])
    return [(source, sentence_key(target)) for target in row["targets"]]


def _overlap(rows, train):
    sources, targets, pairs = train
    found = [_pairs(row) for row in rows]
    return Overlap(
        sources=sum(row[0][0] in sources for row in found),
        targets=sum(any(target in targets for _, target in row) for row in found),
        pairs=sum(any(pair in pairs for pair in row) for row in found),
    )


def _problems(name, rows, split):
    found = []
    if split.duplicates:
        found.append(f"{name}: {split.duplicates:,} pairs came before in the split")
    copied = [number for number, row in enumerate(rows, start=1) if row["source"] in row["targets"]]
    if len(copied) > len(rows) * _COPIES:
        found.append(f"{name}: {len(copied):,} rows have a target that equals the source, first row {copied[0]:,}")
    return found
