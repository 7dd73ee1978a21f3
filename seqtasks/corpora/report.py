"""What is in a corpus: counts, lengths, classes, duplicates, leaks between splits, samples and problems."""

from dataclasses import dataclass

from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.counts import SplitReport
from seqtasks.corpora.kinds.text import LinesReport
from seqtasks.corpora.leaks import overlap_messages, overlaps
from seqtasks.corpora.sources.split_names import tests_among
from seqtasks.errors import listing

_SAMPLES = 3


@dataclass(frozen=True)
class Report:
    """A corpus at a glance; `splits` has what `Kind.count` returns for each, such as a SplitReport.

    `measured` has for each split what was measured besides, as (label, text) pairs.
    `overlaps` has, for each split but train, how many rows have something in train too, see `leaks.overlaps`.
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
    measured: dict[str, list[tuple[str, str]]]


def report(corpus, *, limit=None, count_pieces=None, measure=None):
    """Returns the Report on a corpus.

    `measure` is a function from the rows of a split to further (label, text) pairs, such as Text.measured.
    With both a `limit` and `count_pieces`, functions from a list of texts to a list of their lengths in pieces, one for
    each side, the report has the share of texts that the limit cuts.
    """
    kind, shared = KINDS[corpus.kind], overlaps(corpus)
    splits, problems = {}, []
    for name, rows in corpus.splits.items():
        splits[name] = kind.count(rows, limit=limit, count_pieces=count_pieces)
        problems += kind.problems(name, rows, splits[name])
        if name in shared:
            problems += overlap_messages(name, rows, shared[name])
            if unseen := _classes(kind, rows) - _classes(kind, corpus.splits.get("train", ())):
                problems.append(f"{name}: no row of train has {listing(sorted(unseen))}")
    for needed, there in (("dev", "dev" in corpus.splits), ("test", tests_among(corpus.splits))):
        if not there:
            problems.append(f"there is no {needed} split")
    samples = _samples(kind, next(iter(corpus.splits.values()), []))
    measured = {name: measure(rows) if measure else [] for name, rows in corpus.splits.items()}
    facts = {key: getattr(corpus, key) for key in ("name", "kind", "languages", "licence", "origin", "fingerprint")}
    return Report(**facts, splits=splits, overlaps=shared, samples=samples, problems=problems, measured=measured)


def _samples(kind, rows):
    """Returns rows from the inside of equal parts, as files are often sorted by length; blank ones are passed over."""
    samples = []
    for part in range(_SAMPLES if rows else 0):
        place = (2 * part + 1) * len(rows) // (2 * _SAMPLES)
        samples.append(next((row for row in rows[place:] if kind.input(row).strip()), rows[place]))
    return samples


def _classes(kind, rows):
    return {name for row in rows for name in kind.classes(row)}
