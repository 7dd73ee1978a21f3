"""The language-model task: the contract, and what is special to it."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from contract import Case, ModelContract, TaskContract

import seqtasks
from seqtasks import corpora, training
from seqtasks.errors import UsageError
from seqtasks.streams import Streams
from seqtasks.text import EOS
from seqtasks.training.fitting import Fitting
from seqtasks.training.loop import SampleDrawn

LINES = ["the cat sat.", "a dog (no cat) ran", "", "  two  spaces", "\tThe end of it", "no, the cat", "a mat is flat"]
TEXT = "\n".join(itertools.islice(itertools.cycle(LINES), 110))
OVERRIDES = (
    "model.units=6",
    "model.embedding=5",
    "training.epochs=1",
    "training.batch_size=14",
    "training.chunk=45",
    "training.sample_every=0",
    "text.max_length=60",
    "sampling.length=9",
    "corpus.dev=0.1",
    "corpus.test=0.1",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def case_of(corpus, *more):
    return Case(
        task="language-model",
        corpus=corpus,
        overrides=(*OVERRIDES, *more),
        inputs=("a", "the cat", "\tTwo  dogs, a cat"),
        explained=("pieces", "next", "weights"),
        joined=lambda columns: "".join(columns[1:]),
        served_with={"length": (9, "int32"), "temperature": (1.0, "float32"), "seed": (1, "int32")},
        rows=200,
    )


class TestStreams(TaskContract):
    @pytest.fixture(scope="class")
    def case(self, corpus):
        return case_of(corpus)


class TestLines(ModelContract):
    """A vanilla network of one-hot vectors, line by line."""

    @pytest.fixture(scope="class")
    def case(self, corpus):
        more = ("training.chunk=null", "training.batch_size=46", "model.embedding=null", "model.cell=rnn")
        return case_of(corpus, *more)


class TestWords(ModelContract):
    """Words of a stacked network."""

    @pytest.fixture(scope="class")
    def case(self, corpus):
        more = ("text.kind=words", "model.cell=gru", "model.layers=2", "training.batch_size=5", "training.chunk=40")
        case = case_of(corpus, *more)
        # Unknown words that stand side by side are one piece.
        return replace(case, cuts=False, inputs=("a", "the cat", "the mat, a cat"), joined=joined_words)


def joined_words(columns):
    return "".join(columns[1:]).replace("▁", " ").replace(" \N{WORD JOINER}", "").strip()


@pytest.fixture(scope="module")
def run(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    more = ("training.sample_every=2", "training.epochs=2", "sampling.length=40")
    return seqtasks.train("language-model", corpus=str(corpus), overrides=[*OVERRIDES, *more], run=folder)


def test_samples_are_shown_while_it_learns_and_kept(corpus, tmp_path):
    seen = []
    overrides = [*OVERRIDES, "training.sample_every=2", "training.epochs=3"]
    seqtasks.train(
        "language-model", corpus=str(corpus), overrides=overrides, run=tmp_path / "run", on_event=seen.append
    )
    samples = [event for event in seen if isinstance(event, SampleDrawn)]
    assert [sample.step for sample in samples] == [2, 4, 6]
    assert all(0 < len(sample.text) <= 9 for sample in samples)
    assert len({sample.text for sample in samples}) > 1
    kept = [json.loads(line) for line in (tmp_path / "run" / "samples.jsonl").read_text().splitlines()]
    assert kept == [vars(sample) for sample in samples]


def test_what_is_written_as_it_comes_is_what_predict_answers(run):
    for prompt in ("a", "the cat"):
        parts = list(run.sample(prompt, length=40))
        assert len(parts) == 3
        assert "".join(parts) == run.predict(prompt)
    assert len("".join(run.sample(length=23, seed=4))) == 23
    assert list(run.sample(seed=4)) != list(run.sample(seed=5))
    assert run.predict("the cat", seed=9) != run.predict("the cat", seed=10)
    assert run.predict("the cat", top_k=1, seed=2) == run.predict("the cat", top_k=1, seed=3)


@pytest.mark.parametrize("option", [{"temperature": 0}, {"temperature": -1.0}, {"length": 0}, {"top_k": 0}])
def test_what_no_text_can_be_drawn_with_is_refused(run, option):
    (name,) = option
    with pytest.raises(UsageError, match=f"{name}: received"):
        list(run.sample("a", **option))


def test_lines_end_where_the_model_ends_them(corpus, tmp_path):
    more = ("training.chunk=null", "training.batch_size=20", "sampling.length=200")
    run = seqtasks.train("language-model", corpus=str(corpus), overrides=[*OVERRIDES, *more], run=tmp_path / "run")
    texts = ["".join(run.sample("the", seed=seed)) for seed in range(6)]
    assert all("\n" not in text for text in texts)
    assert min(map(len, texts)) < 200
    answers = run.answers(["the"], seed=0)
    assert answers[0].text == texts[0]


def test_scores_are_those_of_the_probabilities_it_states(run, corpus):
    """Every piece of the test split, foretold by the network that has read all before it."""
    task = run._model
    evaluation = run.evaluate()
    data = corpora.load(str(corpus), kind="text", dev=0.1, test=0.1)
    lines = [row["text"] for row in data.split("test")]
    text = "\n".join(lines) + "\n"
    ids = [EOS if character == "\n" else int(task.text.encode([character]).values[0]) for character in text]
    logits, _ = task.model(np.array([[EOS, *ids[:-1]]], np.int32))
    nats = -tf.nn.log_softmax(logits).numpy()[0, np.arange(len(ids)), ids]
    scores = {score.name: score.value for score in evaluation.scores}
    assert scores["nats_per_character"] == pytest.approx(nats.mean(), rel=1e-4)
    assert scores["bits_per_character"] == pytest.approx(nats.mean() / math.log(2), rel=1e-4)
    assert scores["perplexity"] == pytest.approx(math.exp(nats.mean()), rel=1e-4)
    assert evaluation.scores[0].low < scores["nats_per_character"] < evaluation.scores[0].high
    by_line = np.add.reduceat(nats, np.cumsum([0, *(len(line) + 1 for line in lines[:-1])]))
    kept = [line.split() for line in evaluation.predictions.read_text().splitlines()]
    np.testing.assert_allclose([float(one[0]) for one in kept], by_line, atol=1e-3)
    assert [int(one[1]) for one in kept] == [len(line) + 1 for line in lines]


def test_beside_the_score_stand_those_of_n_grams_on_the_same_text(run, corpus):
    names = [name for name, _ in run.evaluate().baselines]
    assert names == [f"{order}-gram" for order in range(1, 7)]
    values = [score.value for _, score in run.evaluate().baselines]
    assert values[0] > values[2] > 0
    data = corpora.load(str(corpus), kind="text", dev=0.1, test=0.1)
    train, test = ("\n".join(row["text"] for row in data.split(name)) for name in ("train", "test"))
    counts = {character: train.count(character) for character in set(train)}
    total, distinct = sum(counts.values()), len(counts)
    assert 0 < values[0] < math.log(distinct)
    assert total > 1000 and set(test) <= set(train)


def test_unseen_characters_are_told_and_not_scored(run, tmp_path):
    (tmp_path / "odd.txt").write_text("the cat\nжжжж a", encoding="utf-8")
    found = run.evaluate(input=tmp_path / "odd.txt")
    assert "unscored:4" in found.scores[0].signature
    assert math.isfinite(found.scores[0].value)
    assert run.answers(["ж"])[0].unknown == 1.0


def test_the_state_goes_on_from_chunk_to_chunk_and_begins_anew_with_an_epoch(corpus, tmp_path):
    prepared = training.prepare(
        "language-model",
        corpus=str(corpus),
        overrides=[*OVERRIDES, "training.learning_rate=1.0e-9"],
        run=tmp_path / "r",
    )
    task, data = training.start(prepared)
    examples, lengths = task.examples(data.split("train"))
    plan = task.plan_epoch(lengths, 0)
    whole = Streams(examples.ids, examples.rows, examples.length)
    ids, wanted, begins = whole.batch(np.arange(examples.rows))
    total, count = task.loss(ids, wanted, begins, training=False)
    for _ in range(2):
        fitting = Fitting(task)
        losses = [fitting.step(examples, chosen, 1e-9)[:2] for chosen in plan]
        assert sum(loss * pieces for loss, pieces in losses) == pytest.approx(float(total), rel=1e-4)
        assert sum(pieces for _, pieces in losses) == int(count)
