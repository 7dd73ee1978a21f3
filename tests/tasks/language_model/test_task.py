"""The language-model task: the contract, and what is special to it."""

import itertools
import json
import math
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf
from contract import Case, DisturbedContract, ModelContract

import seqtasks
from seqtasks import corpora, training
from seqtasks.batches.streams import streams
from seqtasks.errors import CorpusError, RunError, UsageError
from seqtasks.evaluation import compare
from seqtasks.laboratory import flow
from seqtasks.scores.ngrams import KneserNey
from seqtasks.text import EOS, UNK
from seqtasks.training.events import SampleDrawn
from seqtasks.training.fitting import Fitting

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


class TestStreams(DisturbedContract):
    @pytest.fixture(scope="class")
    def case(self, corpus):
        return case_of(corpus)

    def test_an_ensemble_takes_the_mean_of_the_probabilities_of_the_next_piece(self, together, eagerly):
        task, text = together.run.task, "the cat sat"
        ids = task.generator.given(tf.constant([text]))[0].numpy()

        def logp(ids):
            shares = [tf.nn.softmax(model(ids)[0]).numpy()[0].astype(float) for model in together.models]
            return np.log(np.mean(shares, axis=0) + 1e-300)

        wanted = logp(ids)[np.arange(len(text)), ids[0, 1:]]
        found = task.signatures()["score"].function(tf.constant([text]))
        np.testing.assert_allclose(found["log_probabilities"][0], wanted, rtol=1e-4)
        (answer,) = task.answer_rows([{"text": text}])
        begun = logp(np.concatenate([ids, [[EOS]]], axis=1))
        assert -answer.score == pytest.approx(-wanted.sum() - begun[len(text), EOS], rel=1e-4)
        # The state of all members is carried on.
        for _ in range(4):
            ids = np.concatenate([ids, [[logp(ids)[-1].argmax()]]], axis=1).astype(np.int32)
        written = task.generator.joined(tf.constant(ids[:, -4:])).numpy()[0].decode()
        assert together.run.predict(text, length=4, top_k=1) == written


class TestLines(ModelContract):
    """A vanilla network of one-hot vectors, line by line."""

    @pytest.fixture(scope="class")
    def case(self, corpus):
        more = ("training.chunk=null", "training.batch_size=46", "model.embedding=null", "model.cell=rnn")
        return case_of(corpus, *more)


class TestGatedConvolutions(ModelContract):
    @pytest.fixture(scope="class")
    def case(self, corpus):
        return case_of(corpus, "model.encoder=gated-convolution", "model.layers=2", "model.width=2")

    def test_nothing_looks_for_recurrence_in_it(self, trained):
        with pytest.raises(RunError, match=r"^showing cells needs a recurrent network, but model.encoder of .* is g"):
            trained.run.cells("a")
        with pytest.raises(RunError, match=r"^gradient flow needs a recurrent network"):
            flow.refuse_unlike(trained.run.folder)


@pytest.fixture(scope="module")
def run(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    more = ("training.sample_every=2", "training.epochs=2", "sampling.length=40")
    return seqtasks.train("language-model", corpus=str(corpus), overrides=[*OVERRIDES, *more], run=folder)


@pytest.mark.usefixtures("eagerly")
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
    with pytest.raises(UsageError, match=f"{name}: received"):
        run.predict([], **option)


@pytest.mark.usefixtures("eagerly")
def test_lines_end_where_the_model_ends_them(corpus, tmp_path):
    more = ("training.chunk=null", "training.batch_size=20", "sampling.length=200")
    run = seqtasks.train("language-model", corpus=str(corpus), overrides=[*OVERRIDES, *more], run=tmp_path / "run")
    texts = ["".join(run.sample("the", seed=seed)) for seed in range(6)]
    assert all("\n" not in text for text in texts)
    assert min(map(len, texts)) < 200
    answers = run.answers(["the"], seed=0)
    assert answers[0].text == texts[0]


def test_scores_are_those_of_the_probabilities_it_states(run, corpus):
    """Every piece of the test split, predicted by the network that has read all before it."""
    task = run.task
    evaluation = run.evaluate()
    data = corpora.load(str(corpus), kind="text", dev=0.1, test=0.1)
    lines = [row["text"] for row in data.split("test")]
    text = "\n".join(lines) + "\n"
    ids = [EOS if character == "\n" else int(task.text.pieces.encode([character]).values[0]) for character in text]
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
    assert [int(one[1]) for one in kept] == [int(one[2]) for one in kept] == [len(line) + 1 for line in lines]


def test_beside_the_score_stand_those_of_n_grams_on_the_same_pieces(run, corpus):
    task, data = run.task, corpora.load(str(corpus), kind="text", dev=0.1, test=0.1)
    found = run.evaluate().baselines
    assert [name for name, _ in found] == [f"{order}-gram" for order in range(1, 7)]
    lines = task.text.encode(data.split("test"))
    for order in (1, 3):
        model = KneserNey(
            task.text.stream(data.split("train")), task.text.pieces.size, order=order, predictable=task.text.predictable
        )
        nats = -model.log_probabilities(np.array([EOS, *lines.values]))[1:]
        assert found[order - 1][1].value == pytest.approx(nats.sum() / lines.lengths.sum(), rel=1e-5)


def test_scores_that_adapt_stand_beside_the_static_one_and_leave_it_and_the_weights_as_they_are(run, corpus):
    """The network, its mixture with n-grams, and both as the network goes on learning; chosen on dev."""
    task, data = run.task, corpora.load(str(corpus), kind="text", dev=0.1, test=0.1)
    static, weights, seen = run.evaluate(), [weight.numpy() for weight in task.model.weights], []
    found = run.evaluate(dynamic=True, progress=lambda done=0, *, total=None: seen.append((done, total)))
    for weight, before in zip(task.model.weights, weights, strict=True):
        np.testing.assert_array_equal(weight.numpy(), before)
    assert found.scores[:6] == static.scores
    assert found.predictions.read_bytes() == static.predictions.read_bytes()
    totals = [total for _, total in seen if total]
    assert len(totals) == 2
    assert sum(done for done, _ in seen) == sum(totals)
    names = [score.name for score in found.scores]
    kinds = ("", "_with_n_grams", "_dynamic", "_dynamic_with_n_grams")
    assert names == [f"{name}{kind}" for kind in kinds for name in names[:3]]
    mixture, dynamic, both = (score.signature.split("|") for score in found.scores[3::3])
    assert dynamic[2].startswith("dynamic:rate=")
    assert both[2] == dynamic[2]
    assert mixture[2].endswith(",fitted:dev")

    # The mixture again, from probabilities.
    order, weight = re.fullmatch(r"mixture:(\d)-gram,w=([\d.]+),fitted:dev", mixture[2]).groups()
    train, lines = task.text.stream(data.split("train")), task.text.encode(data.split("test"))
    counted = KneserNey(train, task.text.pieces.size, order=int(order), predictable=task.text.predictable)
    n_grams = np.exp(counted.log_probabilities(np.array([EOS, *lines.values]))[1:])
    network = np.exp(-task.nats(lines))
    mean = -np.log(float(weight) * network + (1 - float(weight)) * n_grams).mean()
    assert found.scores[3].value == pytest.approx(mean, rel=1e-4)
    assert found.scores[3].value < found.scores[0].value

    # What is chosen on the text that is scored says so; n-grams know train.
    assert "fitted:itself" in run.evaluate(split="dev").scores[3].signature
    assert len(run.evaluate(split="train").scores) == 3


def test_a_text_that_the_run_was_not_trained_on_needs_no_train_split(run, corpus, tmp_path, caplog):
    copy = shutil.copytree(run.path, tmp_path / "run")
    settings = (copy / "settings.yaml").read_text().replace(str(corpus), str(tmp_path / "gone.txt"))
    (copy / "settings.yaml").write_text(settings)
    (tmp_path / "other.txt").write_text("the cat\n", encoding="utf-8")
    assert seqtasks.load(copy).evaluate(input=tmp_path / "other.txt").baselines == []
    assert "the train split cannot be read" in caplog.text


def test_unseen_characters_are_told_and_count_nothing(run, tmp_path):
    (tmp_path / "seen.txt").write_text("the cat\n a", encoding="utf-8")
    (tmp_path / "odd.txt").write_text("the catжж\n aжж", encoding="utf-8")
    seen, odd = run.evaluate(input=tmp_path / "seen.txt"), run.evaluate(input=tmp_path / "odd.txt")
    assert "|unscored:4|" in odd.scores[0].signature
    lines = [[line.split() for line in one.predictions.read_text().splitlines()] for one in (seen, odd)]
    assert [line[1:] for line in lines[0]] == [line[1:] for line in lines[1]] == [["8", "8"], ["3", "3"]]
    nats = [float(line[0]) for line in lines[1]]
    assert odd.scores[0].value == pytest.approx(sum(nats) / 11, rel=1e-4)
    assert run.answers(["ж"])[0].unknown == 1.0


def test_the_state_goes_on_from_chunk_to_chunk_and_begins_anew_with_an_epoch(corpus, tmp_path):
    overrides = [*OVERRIDES, "training.optimizer=sgd"]
    prepared = training.prepare("language-model", corpus=str(corpus), overrides=overrides, run=tmp_path / "r")
    task, data = training.start(prepared)
    examples = task.examples(data.split("train"))
    assert len(examples.plan(0)) == 2
    ids = task.text.stream(data.split("train"))
    whole = streams(ids, len(ids), 14, len(ids))
    total, count, _ = task.loss(whole.batch(np.arange(14)))
    fitting = Fitting(task, examples)
    for epoch in range(2):
        losses = [fitting.step(number, [chosen], 0.0)[:2] for number, chosen in enumerate(examples.plan(epoch))]
        assert sum(loss * pieces for loss, pieces in losses) == pytest.approx(float(total), rel=1e-5)
        assert sum(pieces for _, pieces in losses) == int(count)


def test_a_prompt_of_several_lines_is_read_with_its_line_ends(run):
    task = run.task
    ids = task.generator.read(tf.constant(["a\n\nthe"])).to_list()[0]
    assert [ids[1], ids[2]] == [EOS, EOS]
    assert task.generator.pieces_read(tf.constant(["a\nb"])).numpy().tolist() == [[b"</s>", b"a", b"</s>", b"b"]]
    text = "".join(run.sample("the cat\n", length=12))
    assert text == run.predict("the cat\n", length=12)


def test_served_log_probabilities_are_those_of_the_network(run):
    task = run.task
    found = task.signatures()["score"].function(tf.constant(["the\ncat", "a"]))
    ids = np.array([[EOS, *task.generator.read(tf.constant(["the\ncat"])).to_list()[0]]])
    logp = tf.nn.log_softmax(task.model(ids)[0]).numpy()[0]
    expected = [logp[t, ids[0, t + 1]] for t in range(7)]
    np.testing.assert_allclose(found["log_probabilities"][0], expected, rtol=1e-4)
    assert found["pieces"].numpy()[1].tolist() == [b"a", *[b""] * 6]
    assert not found["log_probabilities"].numpy()[1, 1:].any()


@pytest.mark.parametrize("kind", ["words", "subwords"])
@pytest.mark.usefixtures("eagerly")
def test_what_is_written_in_parts_reads_as_a_whole(corpus, tmp_path, kind):
    more = (f"text.kind={kind}", "text.size=40", "training.batch_size=3", "sampling.length=45")
    run = seqtasks.train("language-model", corpus=str(corpus), overrides=[*OVERRIDES, *more], run=tmp_path / "run")
    for prompt in ("the cat", "a (cat"):
        parts = list(run.sample(prompt))
        assert len(parts) == 3
        assert "".join(parts) == run.predict(prompt)
    assert not "".join(run.sample(seed=3)).startswith(" ")
    names = [score.name for score in run.evaluate().scores]
    assert names[0] == ("nats_per_word" if kind == "words" else "nats_per_character")


@pytest.mark.usefixtures("eagerly")
def test_each_unknown_word_is_a_piece_of_its_own(corpus, tmp_path):
    more = ("text.kind=words", "text.size=9", "training.batch_size=3")
    run = seqtasks.train("language-model", corpus=str(corpus), overrides=[*OVERRIDES, *more], run=tmp_path / "run")
    text = run.task.text.pieces
    assert text.size == 9
    pieces = text.pieces(tf.constant(["the dreadful mat of cats"])).to_list()[0]
    assert len(pieces) == 5
    ids = text.encode(tf.constant(["the dreadful mat of cats"])).to_list()[0]
    assert ids.count(UNK) >= 3
    assert "<unk> <unk>" in run.task.generator.joined(tf.constant([[UNK, UNK]])).numpy()[0].decode()


@pytest.mark.usefixtures("eagerly")
def test_training_goes_on_with_another_text_and_what_was_never_predicted_is_left_out(run, corpus, tmp_path):
    (tmp_path / "more.txt").write_text(TEXT.replace("dog", "ж") + "\nżż\n", encoding="utf-8")
    longer = seqtasks.train(
        "language-model", corpus=str(tmp_path / "more.txt"), run=tmp_path / "longer", base=run.path,
        overrides=[*OVERRIDES, "training.epochs=1"],
    )  # fmt: skip
    log = [json.loads(line) for line in (longer.path / "log.jsonl").read_text().splitlines()]
    assert log[0]["loss"] < 4
    assert all(math.isfinite(score.value) for _, score in longer.evaluate().baselines)
    (tmp_path / "short.txt").write_text("\n".join("abcdefgh"), encoding="utf-8")
    with pytest.raises(CorpusError, match="too few for 14 parallel streams"):
        seqtasks.train(
            "language-model", corpus=str(tmp_path / "short.txt"), run=tmp_path / "short", base=run.path,
            overrides=OVERRIDES,
        )  # fmt: skip


@pytest.mark.usefixtures("eagerly")
def test_models_that_count_other_things_do_not_compare_and_others_do(run, corpus, tmp_path):
    def train(name, *more):
        folder = tmp_path / name
        return seqtasks.train("language-model", corpus=str(corpus), overrides=[*OVERRIDES, *more], run=folder).folder

    subwords, words = train("subwords", "text.kind=subwords", "text.size=40"), train("words", "text.kind=words")
    rows = compare({"one": [run.folder], "other": [subwords]})
    assert {row["score"] for row in rows} == {"nats_per_character", "bits_per_character", "perplexity"}
    assert rows[1]["value"] == seqtasks.load(subwords.path).evaluate().scores[0].value
    with pytest.raises(
        RunError, match="count characters in nfc but those of .* count words of a vocabulary of 4,000 in nfc"
    ):
        compare({"one": [run.folder], "other": [words]})
