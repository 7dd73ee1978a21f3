"""Loading by name, the made-up corpora, and the report on what is in a corpus."""

import inspect
import subprocess
import sys

import pytest

from seqtasks import corpora
from seqtasks.errors import CorpusError
from seqtasks.settings.corpora import (
    CaptionedCorpus,
    CodeCorpus,
    LabelledCorpus,
    ParallelCorpus,
    TaggedCorpus,
    TextCorpus,
)
from seqtasks.tasks.series.settings import SeriesCorpus


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("revers", {}, r"no corpus 'revers'; there are tatoeba_es_en, .* Did you mean 'reverse'\?"),
        ("", {}, "no corpus ''; there are"),
        ("reverse.gone", {}, "reverse.gone is not there"),
        ("reverse", {"source": "de"}, "corpus.source is 'de', but reverse has 'source'; leave it out"),
        ("tatoeba_es_en", {"target": "es"}, "corpus.target is 'es', but tatoeba_es_en has 'en'"),
        ("reverse", {"dev": 0}, "corpus.dev is 0; it must be 1 or more"),
        ("revers", {"kind": "labelled"}, "there are movie_reviews, imdb.*, tfds:NAME and the path .* of labelled text"),
        ("reverse", {"kind": "parallell"}, "no kind of corpus 'parallell'; .* Did you mean 'parallel'"),
        ("reverse", {"kind": "tagged"}, "'reverse' is parallel text, not tagged text; there are "),
        ("imdb", {"kind": "parallel"}, "'imdb' is labelled text, not parallel text; there are tatoeba_es_en"),
        ("imdb", {"target": "en"}, "corpus.target is no setting of labelled text, which has text, label"),
        ("quotes", {"kind": "labelled"}, "'quotes' is running text, not labelled text; there are movie_rev"),
        ("quote", {"kind": "text"}, "no corpus 'quote'; there are shakespeare, .* running text. Did you mean 'quotes'"),
        ("quotes", {"label": "x"}, "corpus.label is no setting of running text, which has text"),
        ("quotes", {"faults": "skipp"}, "corpus.faults is 'skipp'; allowed: refuse or skip. Did you mean 'skip'"),
        (
            "quotes",
            {"dev": 0},
            "corpus.dev is 0; for running text it is a share of the characters, above 0 and below 0",
        ),
        ("quotes", {"test": 2000}, "corpus.test is 2000; for running text it is a share of the characters, above 0"),
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
        kind = corpora.KINDS[named.kind]
        assert set(named.columns) <= {*kind.columns, *(["language"] if kind.has_language else [])}


@pytest.mark.parametrize(
    "section",
    [
        *(ParallelCorpus(), LabelledCorpus(), TaggedCorpus(), TextCorpus(), CaptionedCorpus(), CodeCorpus()),
        SeriesCorpus(),
    ],
)
def test_settings_and_load_have_the_same_defaults(section):
    kind = corpora.KINDS[section.kind]
    drawn = {} if kind.by_place else {"seed": inspect.signature(corpora.load).parameters["seed"].default}
    assert corpora.NAMED[section.name].kind == section.kind
    faults = inspect.signature(corpora.load).parameters["faults"].default
    language = {"language": None} if kind.has_language else {}
    more = {"more": None} if kind.name == "parallel" else {}
    expected = {"name": section.name, **dict.fromkeys(kind.columns), **language, **more, **drawn, **kind.held_out}
    expected["faults"] = faults
    assert list(section.model_dump().items()) == list(expected.items())


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


def test_order_cannot_be_learned_from_a_bag_of_words():
    corpus = corpora.load("order")
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 10_000, "dev": 500, "test": 500}
    rows = [row for split in corpus.splits.values() for row in split]
    assert len({row["text"] for row in rows}) == 11_000
    for row in rows:
        words = row["text"].split(" ")
        assert words.count("left") == words.count("right") in (1, 2)
        assert row["label"] == [word for word in words if word in ("left", "right")][-1]
    assert 5300 < sum(row["label"] == "left" for row in rows) < 5700
    assert corpora.load("order").fingerprint == corpus.fingerprint != corpora.load("order", seed=1).fingerprint


def test_brackets_are_tagged_by_their_form():
    corpus = corpora.load("brackets", dev=3)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 10_000, "dev": 3, "test": 500}
    kinds = {"(": "ROUND", "[": "SQUARE", "{": "CURLY"}
    for row in (row for split in corpus.splits.values() for row in split):
        tags, kind = [], None
        for word in row["words"]:
            if word in "()[]{}":
                kind = kinds.get(word)
                tags.append("O")
            else:
                begins = tags[-1:] == ["O"] and row["words"][len(tags) - 1] in kinds
                tags.append(f"{'B' if begins else 'I'}-{kind}" if kind else "O")
        assert row["tags"] == tuple(tags)
    found = {tag for row in corpus.split("train") for tag in row["tags"]}
    assert len(found) == 7
    assert corpora.load("brackets", dev=3).fingerprint == corpus.fingerprint


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
    assert (train.rows, train.inputs, train.answers, train.duplicates) == (4, 3, 4, 1)
    assert (dev.rows, dev.inputs, dev.answers, dev.duplicates) == (2, 2, 3, 0)
    assert vars(train.words["source"]) == {"shortest": 1, "median": 2, "percentile_95": 3, "longest": 3}
    assert vars(train.characters["source"]) == {"shortest": 5, "median": 8, "percentile_95": 13, "longest": 13}
    assert vars(test.words["target"]) == {"shortest": 1, "median": 1, "percentile_95": 2, "longest": 2}
    assert train.cut == {"source": 0.75, "target": 0.75}
    assert dev.cut == {"source": 0.0, "target": 1 / 3}
    assert report.overlaps["dev"] == {"source": 0, "target": 0, "pair": 0}
    assert report.overlaps["test"] == {"source": 1, "target": 2, "pair": 1}
    assert report.problems == [
        "train: 1 repeated pair",
        "test: 1 of 2 rows have their source in train too",
        "test: 2 of 2 rows have their target in train too",
        "test: 1 of 2 rows have their pair in train too",
    ]
    assert len(report.samples) == 3
    assert (report.name, report.languages, report.fingerprint) == ("mine", ("de", "en"), corpus.fingerprint)


def test_the_report_finds_copies_and_missing_splits():
    report = corpora.report(corpus_of(train=[("a", "b"), ("same", "same")]), limit=5)
    assert report.problems == [
        "train: 1 row with a target that equals the source, first row 2",
        "there is no dev split",
        "there is no test split",
    ]
    assert report.splits["train"].cut == {}
    assert corpora.report(corpora.load("reverse")).problems == []


def test_the_report_stands_an_empty_corpus():
    report = corpora.report(corpus_of(train=[]))
    assert (report.splits["train"].rows, report.splits["train"].words) == (0, {})
    assert report.samples == []


def test_the_report_counts_classes_and_what_contradicts_itself():
    rows = {
        "train": [{"text": text, "label": label} for text, label in (("a", "x"), ("b b", "y"), ("a", "y"), ("c", "x"))],
        "dev": [{"text": "A", "label": "x"}, {"text": "d", "label": "z"}, {"text": "d", "label": "z"}],
    }
    report = corpora.report(corpora.Corpus("mine", rows, (), "free", "here", "labelled"), limit=1, count_pieces=[words])
    assert (report.kind, report.languages) == ("labelled", ())
    train = report.splits["train"]
    assert (train.rows, train.inputs, train.answers, train.conflicts) == (4, 3, 4, 1)
    assert (train.classes, train.cut) == ({"x": 2, "y": 2}, {"text": 0.25})
    assert vars(train.words["text"]) == {"shortest": 1, "median": 1, "percentile_95": 2, "longest": 2}
    assert report.overlaps == {"dev": {"text": 1}}
    assert report.problems == [
        "train: 1 text with several labels",
        "dev: 1 repeated row",
        "dev: 1 of 3 rows have their text in train too",
        "dev: no row of train has z",
        "there is no test split",
    ]


def test_the_report_counts_entities_or_tags():
    def tagged(*told):
        return [{"words": tuple(words.split()), "tags": tuple(tags.split())} for words, tags in told]

    train = tagged(("Ann Lee saw Bo", "B-PER I-PER O B-PER"), ("EU", "B-ORG"), ("EU", "O"))
    rows = {"train": train, "dev": tagged(("eu", "O")), "test": tagged(("x y", "B-ORG I-ORG"))}
    report = corpora.report(corpora.Corpus("mine", rows, (), "free", "here", "tagged"))
    assert report.splits["train"].classes == {"PER": 2, "ORG": 1}
    assert report.splits["train"].words["sentence"].longest == 4
    assert report.overlaps == {"dev": {"sentence": 1}, "test": {"sentence": 0}}
    assert report.problems == [
        "train: 1 sentence with several tag sequences",
        "train: classes that occur only once: ORG",
        "dev: 1 of 1 rows have their sentence in train too",
        "test: no row of train has I-ORG",
    ]
    parts = {"train": tagged(("a b", "DT NN"), ("c", "NN")), "dev": [], "test": []}
    report = corpora.report(corpora.Corpus("mine", parts, (), "free", "here", "tagged"))
    assert report.splits["train"].classes == {"NN": 2, "DT": 1}
    for name in ("order", "brackets"):
        assert corpora.report(corpora.load(name)).problems == []


def words(texts):
    return [len(text.split()) for text in texts]
