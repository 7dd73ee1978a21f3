"""The fill task: the contract, and what is special to it."""

import itertools
import math
import random
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from contract import DEFAULTS, ODD, Case, TaskContract, slowly

from seqtasks.batches.sequences import Sequences
from seqtasks.corpora import Corpus
from seqtasks.layers.noise import Noise
from seqtasks.scores.ngrams import KneserNey
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.tasks.fill.answer import Reader, _likeliest
from seqtasks.tasks.fill.baselines import NeighbourModels
from seqtasks.tasks.fill.model import GapFiller
from seqtasks.text import EOS, PAD, UNK

_TINY = (
    "model.units=6",
    "model.embedding=5",
    "model.hidden=4",
    "training.epochs=1",
    "training.batch_size=28",
    "training.learning_rate=0.02",
    "corpus.dev=0.1",
    "corpus.test=0.1",
    "text.max_length=20",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    draw, path = random.Random(2), tmp_path_factory.mktemp("corpus") / "sentences.txt"
    words = ["the", "cat", "sat", "on", "mats", "don't", "see", "it"]
    lines = [" ".join(draw.choices(words, k=draw.randrange(1, 8))) + draw.choice([".", "?", ""]) for _ in range(63)]
    path.write_text("\n".join([*lines, "", "cat"]), encoding="utf-8")
    return path


class TestFill(TaskContract):
    test_an_export_answers_as_predict_does_in_a_clean_process = slowly(
        TaskContract.test_an_export_answers_as_predict_does_in_a_clean_process
    )

    @pytest.fixture(scope="class")
    def case(self, corpus):
        return Case(
            task="fill",
            corpus=corpus,
            overrides=_TINY,
            inputs=("a ___", "the ___ don't sit on it.", "___ the cat ___ on the ___ ?"),
            explained=("pieces", "gaps", "weights"),
            joined=lambda columns: " ".join(column.removeprefix("▁") for column in columns[1:-1]),
            disturbed=("model.reading=right",),
            odd=(*ODD[:-1], "___", "_ a __", "___ " * 10_000),
        )

    def test_each_word_is_scored_as_the_one_gap_of_its_sentence(self, trained):
        task = trained.run.task
        words = task.text.words.piece_of(tf.range(EOS + 1, task.text.words.size)).numpy()
        words, sentence = [word.decode().removeprefix("▁") for word in words], ["the", "cat", "sat", "unheard", "see"]
        (answer,) = task.answer_rows([{"text": " ".join(sentence)}])
        kept = answer.text.split(" ")
        assert kept.pop(3) == "-"
        for place in (0, 1, 2, 4):
            with_gap = " ".join([*sentence[:place], "___", *sentence[place + 1 :]])
            (filling,) = task.predictor.answers([with_gap], best=1000)
            shares = {text.split(" ")[place]: share for text, share in filling.alternatives}
            assert sorted(shares) == sorted(words)
            assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
            nats, rank, best = kept.pop(0).split(":")
            assert float(nats) == pytest.approx(-math.log(shares[sentence[place]]), abs=1e-3)
            assert (list(shares).index(sentence[place]) + 1, next(iter(shares))) == (int(rank), best)

    def test_several_gaps_are_independent_and_all_ways_to_fill_them_are_ranked(self, trained):
        single = [trained.run.answers([text], best=1000)[0] for text in ("the ___ sat qqq", "the qqq sat ___")]
        (both,) = trained.run.answers(["the ___ sat ____"], best=1000)
        wanted = sorted((a * b for (_, a), (_, b) in itertools.product(*(one.alternatives for one in single))))[::-1]
        np.testing.assert_allclose([share for _, share in both.alternatives], wanted, rtol=1e-4)
        assert both.text == both.alternatives[0][0]
        words = [gap["word"] for gap in both.gaps]
        assert both.text == f"the {words[0]} sat {words[1]}"
        assert [(gap["begin"], gap["end"]) for gap in both.gaps] == [(4, 7), (12, 16)]

    def test_what_is_no_sentence_with_a_gap_has_an_answer_too(self, trained):
        texts = ["no  gap \1", "_ __", "", "___", "___ " * 10_000, "x" * 9999 + " ___", "\0___\n", "un___able(____)"]
        answers = trained.run.answers(texts)
        assert [answer.text for answer in answers[:3]] == texts[:3]
        assert [len(answer.gaps) for answer in answers] == [0, 0, 0, 1, 20, 1, 1, 2]
        assert answers[4].cut and answers[4].text.count("___") == 10_000 - 20
        assert answers[6].text == f"\0{answers[6].gaps[0]['word']}\n"
        words = [gap["word"] for gap in answers[7].gaps]
        assert answers[7].text == f"un{words[0]}able({words[1]})"
        assert [answer.remark for answer in answers if answer.remark] == [
            *["it has no gap; mark one by ___"] * 2,
            "a gap is a whole word, but letters are attached to one",
        ]

    def test_an_ensemble_takes_the_mean_of_the_probabilities_and_its_members_may_read_one_side(self, together, eagerly):
        task, text = together.run.task, "the cat ___ on it"
        ids, *_ = task.text.words.read_gaps(tf.constant([text]), 20)
        shares = np.mean([tf.nn.softmax(model(ids))[0, 2] for model in together.models], axis=0)
        (answer,) = together.run.answers([text], best=3)
        assert [share for _, share in answer.alternatives] == pytest.approx(np.sort(shares)[:-4:-1], abs=1e-6)
        (measured,) = task.answer_rows([{"text": "the cat sat on it"}])
        wanted = task.text.words.encode(tf.constant(["sat"])).values[0]
        assert float(measured.text.split(" ")[2].split(":")[0]) == pytest.approx(-math.log(shares[wanted]), abs=1e-3)
        sides = [_model(f"model.reading={side}", size=task.text.words.size) for side in ("left", "right")]
        found = tf.nn.softmax(task.Ensemble(sides)(ids))
        np.testing.assert_allclose(found, np.mean([tf.nn.softmax(side(ids)) for side in sides], axis=0), atol=1e-6)

    def test_a_gap_has_no_weight_in_its_own_explanation(self, trained):
        table = trained.run.explain("___ the cat ___ on it")
        assert np.flatnonzero(table.weights[0] == 0).tolist() == [1]
        assert np.flatnonzero(table.weights[1] == 0).tolist() == [4]


def _model(*more, size=12):
    settings = resolve(schema_of("fill"), config=DEFAULTS, overrides=[*_TINY, "model.embedding_scale=1", *more])
    return GapFiller(settings.model, counts=np.array([0] * 4 + list(range(1, size - 3))))


IDS = np.array([[EOS, 5, 7, 4, 11, 9, EOS, PAD]], np.int32)


@pytest.mark.parametrize(("reading", "seen"), [("both", (0, 1, 3, 4)), ("left", (3, 4)), ("right", (0, 1))])
def test_no_word_sees_itself_in_any_layer(reading, seen):
    """The word at place 2 is changed; `seen` are the places whose prediction may change with it."""
    model = _model(f"model.reading={reading}", "model.layers=3")
    changed = IDS.copy()
    changed[0, 3] = 8
    before, after = model(IDS).numpy()[0, :5], model(changed).numpy()[0, :5]
    assert [place for place in range(5) if not np.array_equal(before[place], after[place])] == list(seen)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_word_is_predicted_from_the_sentence_before_it_and_the_sentence_after_it(cell):
    """Each side read by itself, from its mark to the word next to the gap."""
    model = _model(f"model.cell={cell}", "model.layers=2")
    found, sentence = model(IDS).numpy()[0], IDS[0, :7]
    for place in range(1, 6):
        states = []
        for encoder, side in ((model.left, sentence[:place]), (model.right, sentence[:place:-1])):
            outputs, *_ = encoder(model.embedding(side[np.newaxis]), tf.fill([1, len(side)], True))
            states.append(outputs[:, -1])
        wanted = model.logits(tf.concat(states, axis=-1)).numpy()[0]
        np.testing.assert_allclose(found[place - 1], wanted, rtol=1e-5, atol=1e-6)
        assert wanted[: EOS + 1].max() < -1e8


def test_in_training_alone_words_are_read_as_gaps_with_their_share():
    ids = np.tile(IDS, (4000, 1))
    model = _model("model.gaps=0.3")
    read = model.with_gaps(tf.constant(ids), Noise(1, 0, 0, shares=1)).numpy()
    assert (read[ids <= EOS] == ids[ids <= EOS]).all()
    gaps = read[ids > EOS] == UNK
    assert (gaps | (read == ids)[ids > EOS]).all()
    # Six standard deviations of the share of 20,000 draws are less than 0.02.
    assert gaps.mean() == pytest.approx(0.3, abs=0.02)
    assert model.with_gaps(ids, None) is ids
    assert _model("model.gaps=0").with_gaps(ids, Noise(1, 0, 0, shares=1)) is ids


def test_all_ways_to_fill_gaps_are_found():
    choices = [[("a", 0.6), ("b", 0.3), ("c", 0.1)], [("d", 0.5), ("e", 0.5)], [("f", 0.9), ("g", 0.1)]]
    wanted = sorted((math.prod(share for _, share in way) for way in itertools.product(*choices)), reverse=True)
    for best in (*range(1, 12), 100):
        found = _likeliest(choices, best)
        np.testing.assert_allclose([math.exp(score) for score, _ in found], wanted[:best])
    assert _likeliest([], 3) == [(0.0, [])]


def _task(lines, *more):
    rows = [{"text": line} for line in lines]
    corpus = Corpus(name="c", splits={"train": rows, "dev": rows}, languages=(), licence="", origin="", kind="text")
    return make_task(resolve(schema_of("fill"), config=DEFAULTS, overrides=[*_TINY, *more]), corpus), rows


def test_a_sentence_is_an_example_up_to_the_limit_unless_no_word_of_it_is_known():
    task, rows = _task(["a b a", "", "b a b a b a b a b a b"], "text.max_length=8")
    examples = task.examples([*rows, {"text": "unheard of"}])
    a, b = task.text.words.encode(tf.constant(["a b"])).values.numpy()
    (ids,) = examples.batch([0, 1])
    assert ids.tolist() == [[EOS, a, b, a, EOS, *[PAD] * 5], [EOS, *[b, a] * 4, EOS]]
    assert len(examples) == 2
    assert examples.lengths[[0, 1]].tolist() == [[3], [8]]
    assert task.text.counts[[a, b]].tolist() == [7, 7]
    assert float(task.loss([ids]).count) == 11


def test_words_are_scored_by_count_and_place():
    task, rows = _task(["a b", *["a"] * 9])
    lines = ["1.5000:2:b 0.5000:1:b", *["0.1000:1:a"] * 9]
    scores = {score.name: score for score in task.scorer.score(lines, rows, interval=False)}
    assert scores["nats_per_word"].value == pytest.approx(2.9 / 11)
    assert scores["perplexity"].value == pytest.approx(math.exp(2.9 / 11))
    assert scores["accuracy"].value == pytest.approx(1000 / 11)
    assert scores["accuracy_among_five"].value == 100
    found = {one["by"]: one["parts"] for one in task.more_slices(rows, lines)}
    counts = found["count in train of a word"]
    assert counts == {"1-9": {"examples": 1, "value": 0.5}, "10-99": {"examples": 10, "value": pytest.approx(0.24)}}
    assert found["place of a word"]["2"] == {"examples": 1, "value": 0.5}
    assert found["place from the end of a word"]["2"] == {"examples": 1, "value": 1.5}
    unscored = task.scorer.score(["- -", "9.0:7:- -", ""], rows, interval=False)
    assert [score.value for score in unscored] == [9, pytest.approx(math.exp(9)), 0, 0]
    assert "unscored:3" in unscored[0].signature


def test_baselines_are_n_grams_of_words_on_either_side():
    task, rows = _task(["a b c", "a c c", "b b a c", "c a"])
    sentences = Sequences.of([4, 5, 6, 4, 6, 6, 5, 5, 4, 6, 6, 4], [3, 3, 4, 2], 7)
    counts = np.array([0, 0, 0, 0, 4, 3, 5])
    stream = [EOS, 4, 5, 6, EOS, 4, 6, 6, EOS, 5, 5, 4, 6, EOS, 6, 4, EOS]
    unigram, *found = NeighbourModels(sentences, counts).distributions(np.array([5, 6, 4]), 1)
    models = KneserNey(stream, 7, order=5), KneserNey(stream[::-1], 7, order=5)
    sides = models[0].distribution([EOS, 5]), models[1].distribution([EOS, 4])
    words = np.array(sides)[:, 4:]
    both = words[0] * words[1] / counts[4:]
    np.testing.assert_allclose(unigram[4:], counts[4:] / 12)
    for one, wanted in zip(found, (*words, both), strict=True):
        np.testing.assert_allclose(one[4:], wanted / wanted.sum())
        assert (one[:4] == 0).all()
    none, found = task.beside(SimpleNamespace(train=rows, rows=[*rows, {"text": ""}, {"text": "x"}]), [])
    named = dict(found)
    assert (none, list(named)[:2]) == ([], ["1-gram", "1-gram, accuracy"])
    assert named["1-gram, accuracy"].value == pytest.approx(500 / 12)
    assert named["two-sided 5-gram"].value < named["left 5-gram"].value < named["1-gram"].value
    assert task.beside(SimpleNamespace(train=None, rows=rows), []) == ([], [])


def test_an_input_of_a_row_has_a_gap_in_the_middle():
    rows = [{"text": text} for text in ("a b  c d", "a.", "")]
    assert list(map(Reader().input_of, rows)) == ["a b ___ d", "___", ""]
