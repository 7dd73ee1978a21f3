"""Every verb on the tasks that classify and label, through the real command line, and what they refuse."""

import json
import random

import pytest
from commands import call, refused, tree

import seqtasks
from seqtasks.corpora import load
from seqtasks.play.players import Player

_SMALL = ["corpus.dev=40", "corpus.test=60", "model.units=16", "model.embedding=16", "training.epochs=2"]
_SMALL += ["training.learning_rate=0.03", "training.warmup=0", "training.schedule=constant"]
_REVIEWS = "a good film\tpositive\nso bad\tnegative\nbad , bad\tnegative\nquite good\tpositive\n"
_NAMES = "Ada B-PER\nsaw O\nRome B-LOC\n\nBo B-PER\nslept O\n"


def settings(*more):
    return [part for setting in (*_SMALL, *more) for part in ("--set", setting)]


@pytest.fixture(scope="module")
def sentiment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentiment")
    corpus, draw = folder / "order.tsv", random.Random(1)
    lines = [" ".join(draw.sample(("left", "right", "x", "y"), 4)) for _ in range(600)]
    first = (min(("left", "right"), key=line.index) for line in lines)
    corpus.write_text("".join(f"{line} {i}\t{word}\n" for i, (line, word) in enumerate(zip(lines, first, strict=True))))
    done = call(
        "train", "--task", "sentiment", "--corpus", corpus, "--run", folder / "run", *settings("model.pooling=last")
    )
    assert done.code == 0, done.err
    return folder / "run"


@pytest.fixture(scope="module")
def ner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ner")
    corpus = folder / "brackets.conll"
    sentences = (
        "".join(f"{word} {tag}\n" for word, tag in zip(row["words"], row["tags"], strict=True))
        for row in load("brackets").split("train")[:200]
    )
    corpus.write_text("\n".join(sentences), encoding="utf-8")
    done = call("train", "--task", "ner", "--corpus", corpus, "--run", folder / "run", *settings("text.max_length=16"))
    assert done.code == 0, done.err
    return folder / "run"


def test_a_classifier_goes_through_every_verb(sentiment, tmp_path, eagerly):
    shown = call("evaluate", sentiment, "--json")
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    assert [score["name"] for score in found["scores"]] == ["accuracy", "macro_f1"]
    assert {row["class"] for row in found["classes"]} == {"left", "right"}
    assert sum(row["support"] for row in found["classes"]) == found["examples"] == 60
    assert [part["by"] for part in found["slices"]] == ["words", "unknown words"]
    table = (sentiment / "scores" / "test-confusion.tsv").read_text(encoding="utf-8").split("\n")
    assert table[0] == "wanted \\ predicted\tleft\tright"
    assert (sentiment / "scores" / "test-confusion.png").stat().st_size > 1000
    assert set((sentiment / "predictions" / "test.txt").read_text().split("\n")) == {"left", "right", ""}
    card = call("show", sentiment)
    assert "test accuracy" in card.out
    assert call("evaluate", sentiment).out.count("precision") == 2

    answered = call("predict", sentiment, "--json", "--n-best", "2", stdin=b"x right y left\n\n")
    first, blank = map(json.loads, answered.lines)
    assert {one["answer"] for one in first["alternatives"]} == {"left", "right"}
    assert sum(one["score"] for one in first["alternatives"]) == pytest.approx(1, abs=1e-5)
    assert blank["answer"] == ""
    refused(call("predict", sentiment, "x", "--beam", "3"), "task sentiment does not have --beam")
    refused(call("predict", sentiment, "x", "--conll"), "--conll is only for taggers")

    looked = call("attention", sentiment, "left then right", "--output", tmp_path / "why.html")
    assert (looked.code, looked.out) == (0, f"{tmp_path / 'why.html'}\n")
    assert "attribution" in (tmp_path / "why.html").read_text(encoding="utf-8")
    assert call("explain", sentiment, "left then right").lines[0].endswith(" nats)")
    shown = Player(seqtasks.load(sentiment)).answer("left then right")
    assert {label for label, _ in shown["alternatives"]} == {"left", "right"} and shown["table"]["signed"]
    exported = call("export", sentiment, "--output", tmp_path / "model")
    assert exported.code == 0, exported.err
    served = Player(seqtasks.load(tmp_path / "model")).answer("left then right")
    assert [label for label, _ in served["alternatives"]] == [label for label, _ in shown["alternatives"]]
    texts = b"left right\nright left\n\n"
    assert call("predict", tmp_path / "model", stdin=texts).out == call("predict", sentiment, stdin=texts).out


def test_a_tagger_goes_through_every_verb(ner, tmp_path, eagerly, unchecked):
    shown = call("evaluate", ner, "--json")
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    assert [score["name"] for score in found["scores"]] == ["entity_f1", "precision", "recall", "token_accuracy"]
    assert "output:crf" in found["scores"][0]["signature"]
    assert {row["class"] for row in found["classes"]} <= {"ROUND", "SQUARE", "CURLY"}
    assert [part["by"] for part in found["slices"]] == ["words", "entities"]
    table = (ner / "scores" / "test-confusion.tsv").read_text(encoding="utf-8").split("\n")
    assert table[0].endswith("\tO")

    text = "ba ( do, ki ) su"
    answered = json.loads(call("predict", ner, text, "--json").out)
    assert answered["words"] == ["ba", "(", "do", ",", "ki", ")", "su"]
    assert len(answered["tags"]) == 7
    for entity in answered["entities"]:
        assert text[entity["begin"] : entity["end"]] == entity["text"]
    columns = call("predict", ner, text, "--conll").out
    assert (
        columns
        == "".join(f"{word}\t{tag}\n" for word, tag in zip(answered["words"], answered["tags"], strict=True)) + "\n"
    )
    spaced = json.loads(call("predict", ner, text, "--json", "--tokenized").out)
    assert spaced["words"] == ["ba", "(", "do,", "ki", ")", "su"]
    refused(call("predict", ner, text, "--n-best", "2"), "task ner does not have --n-best")
    refused(call("predict", ner, text, "--conll", "--json"), "both --json and --conll were given")
    long = " ".join(["ba ( do ) su"] * 100)
    assert call("predict", ner, long, "--conll").out.count("\n") == 501

    assert call("attention", ner, "ba ( do ) su").code == 0
    exported = call("export", ner, "--output", tmp_path / "model")
    assert exported.code == 0, exported.err
    texts = f"{text}\n\n{long}\n".encode()
    options = ["--tokenized", "--conll"]
    assert (
        call("predict", tmp_path / "model", *options, stdin=texts).out
        == call("predict", ner, *options, stdin=texts).out
    )


@pytest.mark.parametrize(
    ("task", "corpus", "lines"),
    [
        ("sentiment", "order", ("corpus      order\n", " words, 2 classes\n")),
        ("ner", "brackets", ("corpus      brackets\n", "7 tags (iob2)\n")),
    ],
)
def test_dry_run_shows_settings_and_sizes_and_writes_nothing(here, task, corpus, lines):
    shown = call("train", "--task", task, "--corpus", corpus, "--dry-run", *settings("model.units=9"))
    assert shown.code == 0, shown.err
    counts = "train       10,000 examples\ndev         40 examples\ntest        60 examples\n"
    for part in (f"task: {task}\n", "  units: 9\n", f"run         runs/{task}\n", counts, *lines):
        assert part in shown.out
    assert int(shown.lines[-1].removeprefix("parameters  ").replace(",", "")) > 1000
    assert tree(here) == {}


def test_answers_that_a_run_does_not_know_are_refused(sentiment, ner, here):
    (here / "x.tsv").write_text("a\tleft\nb\tup\n")
    (here / "x.conll").write_text("Mira NE\nsaw VB\n")
    (here / "y.conll").write_text("ba B-ROUND\nbo O\n\nbo B-PER\n")
    refused(call("evaluate", sentiment, "--input", "x.tsv"), "x.tsv:2: labelled 'up', which the run does not know; it")
    refused(call("evaluate", ner, "--input", "x.conll"), "x.conll:1: tagged 'NE', which the run does not know; its")
    refused(call("evaluate", ner, "--input", "y.conll"), "y.conll:4: tagged 'B-PER'")
    assert not list(ner.glob("predictions/*conll*"))


def test_taggers_and_classifiers_are_compared(sentiment, tmp_path, eagerly):
    corpus, other = sentiment.parent / "order.tsv", tmp_path / "other"
    chosen = settings("model.encoder=none", "model.pooling=average")
    assert call("train", "--task", "sentiment", "--corpus", corpus, "--run", other, *chosen).code == 0
    compared = call("compare", sentiment, other, "--output", tmp_path / "lines.png")
    assert compared.code == 0, compared.err
    assert "p = " in compared.out
    assert "accuracy" in compared.out
    assert (tmp_path / "lines.png").exists()


@pytest.mark.parametrize(
    ("task", "name", "content", "message"),
    [
        ("sentiment", "one.tsv", "".join(f"{i}\tfine\n" for i in range(9)), "every row of train is labelled 'fine'"),
        ("sentiment", "bare.tsv", f"{_REVIEWS}no label\n", "bare.tsv:5: 1 tab-separated columns, but the first"),
        ("sentiment", "unlabelled.tsv", f"{_REVIEWS}none here\t\n", "unlabelled.tsv:5: unlabelled"),
        ("ner", "mixed.conll", f"{_NAMES}\nAda I-PER\nLee E-PER\n", "mixed.conll:"),
        ("ner", "narrow.conll", f"{_NAMES}\nAda\n", "narrow.conll:8: 1 space-separated columns, but the first"),
        ("ner", "illegal.conll", "Ada B-PER\nx O\nRome I-LOC\n", "illegal.conll:3: 'I-LOC' cannot follow 'O'"),
    ],
)
def test_what_is_wrong_with_a_corpus_is_said_with_its_place(here, task, name, content, message):
    (here / name).write_text(content, encoding="utf-8")
    refused(call("train", "--task", task, "--corpus", name), message)
    assert [path.name for path in here.iterdir()] == [name]


def test_a_class_that_training_never_saw_is_refused(here):
    (here / "own").mkdir()
    (here / "own" / "train.tsv").write_text(_REVIEWS, encoding="utf-8")
    (here / "own" / "dev.tsv").write_text(_REVIEWS, encoding="utf-8")
    (here / "own" / "test.tsv").write_text("hm\tneutral\n", encoding="utf-8")
    refused(call("train", "--task", "sentiment", "--corpus", "own"), "row 1 of test is labelled 'neutral'")


def test_vectors_of_another_width_are_refused_and_nothing_is_left(here):
    (here / "vectors.txt").write_text("the 1 2 3\n", encoding="utf-8")
    command = ["train", "--task", "ner", "--corpus", "brackets", *settings("model.vectors=vectors.txt")]
    refused(call(*command), "vectors.txt:1: the vector has length 3, but model.embedding is 16")
    assert [path.name for path in here.iterdir()] == ["vectors.txt"]


def test_corpora_of_another_kind_are_refused(here):
    refused(call("train", "--task", "ner", "--corpus", "order"), "'order' is labelled text, not tagged text")
    refused(call("train", "--task", "sentiment", "--corpus", "reverse"), "'reverse' is parallel text")
