"""Loading by name, the made-up corpora, and the report on what is in a corpus."""

import subprocess
import sys

import pytest

from seqtasks import corpora
from seqtasks.errors import CorpusError


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("revers", {}, r"no corpus 'revers'; there are tatoeba_es_en, .* Did you mean 'reverse'\?"),
        ("", {}, "no corpus ''; there are"),
        ("reverse.gone", {}, "reverse.gone is not there"),
        ("reverse", {"source": "de"}, "corpus.source is 'de', but reverse has 'source'; leave it out"),
        ("tatoeba_es_en", {"target": "es"}, "corpus.target is 'es', but tatoeba_es_en has 'en'"),
        ("reverse", {"dev": 0}, "corpus.dev is 0; it must be 1 source or more"),
    ],
)
def test_what_cannot_be_loaded_says_why(name, settings, expected):
    with pytest.raises(CorpusError, match=expected):
        corpora.load(name, **settings)


def test_every_named_corpus_says_what_it_is():
    assert list(corpora.NAMED)[0] == "tatoeba_es_en"
    for named in corpora.NAMED.values():
        assert named.summary
        assert named.size
        assert named.licence
        assert named.origin


def test_corpora_import_no_tensorflow():
    program = (
        "import sys; from seqtasks import corpora; sys.exit('tensorflow' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_reverse_is_reversed_distinct_and_seeded():
    corpus = corpora.load("reverse")
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 10_000, "dev": 500, "test": 500}
    rows = [row for split in corpus.splits.values() for row in split]
    assert len({row["source"] for row in rows}) == 11_000
    for row in rows:
        digits = row["source"].split(" ")
        assert row["targets"] == (" ".join(reversed(digits)),)
        assert all(digit in "0123456789" and len(digit) == 1 for digit in digits)
        assert 1 <= len(digits) <= 10
    assert corpus.fingerprint == "d13b22ebe71f55d7fc9773dc5e4191e829ef32bcd1f8bee4f758a6140df1d121"
    assert corpora.load("reverse", seed=14).fingerprint != corpus.fingerprint
    assert len(corpora.load("reverse", dev=7, test=9).split("dev")) == 7


def corpus_of(**splits):
    rows = {
        name: [{"source": source, "targets": tuple(targets)} for source, *targets in pairs]
        for name, pairs in splits.items()
    }
    return corpora.Corpus("mine", rows, ("de", "en"), "free", "here")


def test_the_report_counts_by_hand():
    corpus = corpus_of(
        train=[("ein Hund", "a dog"), ("ein Hund", "a dog"), ("Katze", "cat"), ("die rote Maus", "the red mouse")],
        dev=[("Elch", "elk", "a moose"), ("Wal", "whale")],
        test=[("KATZE", "kitty", "cat"), ("Bus", "A  Dog")],
    )
    report = corpora.report(corpus, limit=1, count_pieces=[lambda texts: [len(text.split()) for text in texts]] * 2)
    train, dev, test = (report.splits[name] for name in ("train", "dev", "test"))
    assert (train.rows, train.sources, train.references, train.duplicates) == (4, 3, 4, 1)
    assert (dev.rows, dev.sources, dev.references, dev.duplicates) == (2, 2, 3, 0)
    assert vars(train.source_words) == {"shortest": 1, "median": 2, "percentile_95": 3, "longest": 3}
    assert vars(train.source_characters) == {"shortest": 5, "median": 8, "percentile_95": 13, "longest": 13}
    assert vars(test.target_words) == {"shortest": 1, "median": 1, "percentile_95": 2, "longest": 2}
    assert (train.cut_sources, train.cut_targets) == (0.75, 0.75)
    assert (dev.cut_sources, dev.cut_targets) == (0.0, 1 / 3)
    assert vars(report.overlaps["dev"]) == {"sources": 0, "targets": 0, "pairs": 0}
    assert vars(report.overlaps["test"]) == {"sources": 1, "targets": 2, "pairs": 1}
    assert report.problems == [
        "train: 1 pairs came before in the split",
        "test: 1 of 2 rows have their source in train too",
        "test: 2 of 2 rows have their target in train too",
        "test: 1 of 2 rows have their pair in train too",
    ]
    assert len(report.samples) == 3
    assert (report.name, report.languages, report.fingerprint) == ("mine", ("de", "en"), corpus.fingerprint)


def test_the_report_finds_copies_and_missing_splits():
    report = corpora.report(corpus_of(train=[("a", "b"), ("same", "same")]), limit=5)
    assert report.problems == [
        "train: 1 rows have a target that equals the source, first row 2",
        "there is no dev split",
        "there is no test split",
    ]
    assert report.splits["train"].cut_sources is None
    assert corpora.report(corpora.load("reverse")).problems == []


def test_the_report_stands_an_empty_corpus():
    report = corpora.report(corpus_of(train=[]))
    assert report.splits["train"].source_words.longest == 0
    assert report.samples == []
