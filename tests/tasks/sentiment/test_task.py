"""The sentiment task keeps the promises of every task."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from contract import DEFAULTS, Case, DisturbedContract, ModelContract

import seqtasks
from seqtasks import training
from seqtasks.errors import SettingsError, UsageError
from seqtasks.layers.counting.mixing import best_weights
from seqtasks.runs.folder import RunFolder
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of
from seqtasks.tasks.sentiment.task import class_weights

_TINY = (
    "text.kind=words",
    "text.max_length=12",
    "model.units=6",
    "model.embedding=5",
    "training.epochs=1",
    "training.batch_size=28",
    "training.learning_rate=0.02",
    "training.warmup=0",
)


def _reviews(folder):
    """Writes a corpus in which the last of two marker words decides the class; gives its path."""
    draw, lines = random.Random(4), {}
    while len(lines) < 70:
        words = [draw.choice("12345678") for _ in range(draw.randrange(1, 6))]
        marker = draw.choice(["good", "bad"])
        lines[" ".join([*words, draw.choice(["good", "bad"]), marker])] = marker
    path = folder / "order.tsv"
    path.write_text("".join(f"{text}\t{label}\n" for text, label in lines.items()), encoding="utf-8")
    return path


class SentimentCase:
    more = ()

    @pytest.fixture(scope="class")
    def case(self, tmp_path_factory):
        return Case(
            task="sentiment",
            corpus=_reviews(tmp_path_factory.mktemp("corpus")),
            overrides=(*_TINY, *self.more),
            inputs=("1 good", "3 4 bad good", "8 7 6 5 4 good bad"),
            explained=("pieces", "labels", "weights"),
        )


class TestSentiment(SentimentCase, DisturbedContract):
    more = ("model.pooling=concat", "training.class_weights=balanced", "model.ngrams=2")

    def test_an_ensemble_takes_the_mean_of_the_probabilities(self, together, case, eagerly):
        text = case.inputs[1]
        ids, _ = together.tasks[0].text.read(tf.constant([text]))

        def shares_of(scale):
            logits = [model.classify(scale * model.inputs(ids), ids > 0)[0] for model in together.models]
            return sum(tf.nn.softmax(one) for one in logits)[0].numpy() / 2

        shares, nothing = shares_of(1.0), shares_of(0.0)
        (answer,) = together.run.answers([text], best=2)
        assert [share for _, share in answer.alternatives] == pytest.approx(sorted(shares)[::-1], abs=1e-6)
        best = int(np.argmax(shares))
        assert answer.text == together.tasks[0].text.classes[best]
        # What the pieces add together, in all members, is the difference that the text makes.
        table = together.run.explain(text)
        assert table.weights.sum() == pytest.approx(np.log(shares[best] / nothing[best]), abs=1e-3)

    def test_n_grams_stand_beside_a_network_that_is_trained_as_if_it_were_alone(self, trained, case, tmp_path):
        alone = training.train(case.prepare(tmp_path / "alone", "model.ngrams=0"))
        state, _ = RunFolder(trained.run.path).read_arrays("state.npz")
        for name, array in alone.read_arrays("state.npz")[0].items():
            np.testing.assert_array_equal(state[name], array, err_msg=name)

    def test_both_answer_with_the_weights_that_are_best_on_dev(self, trained, case):
        task = trained.run.task
        dev, text = trained.corpus.split("dev"), task.text
        ids, _ = text.read(tf.constant([row["text"] for row in dev]))
        logits = task.model.classify_twice(task.model.inputs(ids), ids > 0)[0].numpy()
        classes = [text.classes.index(row["label"]) for row in dev]
        weights = best_weights(logits, np.eye(2)[classes] * task.class_weights.numpy())
        np.testing.assert_allclose(task.model.mixture, weights, atol=1e-5)
        mixed = np.einsum("p,tpc->tc", weights, logits)
        assert trained.run.predict([row["text"] for row in dev]) == [text.classes[i] for i in mixed.argmax(axis=1)]
        shown = dict(trained.run.evaluate(split="dev").baselines)
        for part, name in enumerate(["network alone", "linear classifier of 1- to 2-grams"]):
            right = np.mean(logits[:, part].argmax(axis=1) == classes)
            assert (shown[name].name, shown[name].value) == ("accuracy", pytest.approx(100 * right))


class TestAttention(SentimentCase, ModelContract):
    more = ("model.pooling=attention",)


class TestWindows(SentimentCase, ModelContract):
    more = ("model.encoder=windows",)


class TestBagOfWords(SentimentCase, ModelContract):
    more = ("model.encoder=none", "model.pooling=average")


def test_answers_list_the_classes_by_their_probabilities(tmp_path):
    corpus = tmp_path / "classes.tsv"
    corpus.write_text("".join(f"{i} {i % 7}\t{'abc'[i % 3]}\n" for i in range(60)), encoding="utf-8")
    run = seqtasks.train("sentiment", corpus=str(corpus), overrides=_TINY, run=tmp_path / "run")
    (answer,) = run.answers(["1 2"], best=3)
    assert [label for label, _ in answer.alternatives] == sorted(
        ["a", "b", "c"], key=dict(answer.alternatives).get, reverse=True
    )
    assert sum(share for _, share in answer.alternatives) == pytest.approx(1, abs=1e-5)
    assert (answer.text, answer.score) == answer.alternatives[0]
    assert len(run.predict("1 2", n_best=9)) == 3
    assert run.predict("", n_best=3) == [("", 0.0)]
    with pytest.raises(UsageError, match="task sentiment does not have --beam"):
        run.predict("1 2", beam=3)


def test_weights_of_classes_are_balanced_or_as_told():
    text = SimpleNamespace(classes=["a", "b"], shares=[0.9, 0.1])
    assert class_weights("balanced", text) == pytest.approx([0.5 / 0.9, 5.0])
    assert class_weights({"b": 3.0}, text) == [1.0, 3.0]
    assert class_weights(None, text) == [1.0, 1.0]
    with pytest.raises(UsageError, match="has 'b', which is not a class; classes: x, y"):
        class_weights({"b": 3.0}, SimpleNamespace(classes=["x", "y"]))


def test_n_grams_are_at_most_five_long():
    with pytest.raises(SettingsError, match=r"model\.ngrams.* 6"):
        resolve(schema_of("sentiment"), overrides=["model.ngrams=6"])


def test_poolings_that_do_not_fit_are_refused():
    with pytest.raises(SettingsError, match="^model.pooling 'last' takes the state of a recurrent encoder"):
        resolve(schema_of("sentiment"), overrides=["model.encoder=none", "model.pooling=last"])
    with pytest.raises(SettingsError, match="model.pooling must be 'max'"):
        resolve(schema_of("sentiment"), overrides=["model.encoder=windows", "model.pooling=average"])


@pytest.mark.parametrize("learned", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_words_start_from_their_vectors_which_are_learned_or_stay(tmp_path, learned, eagerly, unchecked):
    vectors, corpus = tmp_path / "vectors.txt", _reviews(tmp_path)
    vectors.write_text("good 1 2 3 4 5\nfine 5 4 3 2 1\nwon't 1 1 1 1 1\n", encoding="utf-8")
    more = [
        f"model.vectors={vectors}",
        f"model.vectors_learned={str(learned).lower()}",
        "corpus.dev=7",
        "corpus.test=7",
    ]
    run = seqtasks.train("sentiment", corpus=corpus, overrides=[*_TINY, *more], run=tmp_path / "run", config=DEFAULTS)
    vectors.unlink()
    loaded = seqtasks.load(run.path)
    good, fine = loaded.model.embedding(loaded.task.text.pieces.encode(tf.constant(["good fine"])).flat_values).numpy()
    assert (good.tolist() == [1, 2, 3, 4, 5]) != learned
    assert fine.tolist() == [5, 4, 3, 2, 1]
    (answer,) = loaded.answers(["good fine strange"])
    assert answer.unknown == pytest.approx(1 / 3)
    if not learned:
        exported = seqtasks.load(run.export(tmp_path / "model"))
        assert exported.answers(["good fine"])[0].score == pytest.approx(run.answers(["good fine"])[0].score, abs=1e-5)


def test_vectors_are_of_words():
    with pytest.raises(SettingsError, match="model.vectors are of words, but text.kind is subwords"):
        resolve(schema_of("sentiment"), overrides=["model.vectors=glove-50d", "text.kind=subwords"])
