"""The ner task keeps the promises of every task."""

import itertools
import math
import random

import numpy as np
import pytest
import tensorflow as tf
from contract import DEFAULTS, Case, ModelContract, TaskContract

import seqtasks
from seqtasks.corpora import Corpus
from seqtasks.errors import SettingsError
from seqtasks.layers.noise import Noise
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.tasks.ner.answer import tagging
from seqtasks.text import UNK

_TINY = (
    "text.max_length=8",
    "model.units=6",
    "model.embedding=5",
    "model.dropout=0.1",
    "training.epochs=1",
    "training.batch_size=28",
    "training.learning_rate=0.02",
    "training.warmup=0",
)


def _sentences(folder):
    """Writes a corpus in which capitals are names, of persons after "mr"; gives its path."""
    draw, sentences = random.Random(4), {}
    while len(sentences) < 70:
        words, tags = [], []
        for _ in range(draw.randrange(1, 7)):
            word = draw.choice(["mr", "in", "7", "of", "Ada", "Rome", "Bo"])
            before = words[-1] if words else ""
            kind = "PER" if before == "mr" else "LOC"
            follows = bool(tags) and tags[-1].endswith(kind) and before[0].isupper()
            words.append(word)
            tags.append("O" if word.islower() or word.isdigit() else f"{'I' if follows else 'B'}-{kind}")
        sentences[tuple(words)] = tags
    lines = ["".join(f"{word}\t{tag}\n" for word, tag in zip(*pair, strict=True)) for pair in sentences.items()]
    path = folder / "names.conll"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


class NerCase:
    more = ("model.character_units=4",)

    @pytest.fixture(scope="class")
    def case(self, tmp_path_factory):
        return Case(
            task="ner",
            corpus=_sentences(tmp_path_factory.mktemp("corpus")),
            overrides=(*_TINY, *self.more),
            inputs=("mr Ada", "of Rome in 7 Bo", "mr Bo Ada of in Rome 7"),
            explained=("words", "words", "weights"),
            cuts=False,
            joined=" ".join,
        )


class TestNer(NerCase, TaskContract):
    def test_words_that_are_given_each_get_a_tag_whatever_they_are_made_of(self, trained):
        words = ("mr", "\x01", "a\0b", "\0", "\x96", "Ada\tBo", "in\nRome", "\u2028", "7 7", "Bo")
        rows = [{"words": words, "tags": ("O",) * len(words)}, {"words": ("Ada",), "tags": ("B-PER",)}]
        answers = trained.task.answer_rows(rows)
        assert [answer.words for answer in answers] == [row["words"] for row in rows]
        lines = [trained.task.scorer.line(answer) for answer in answers]
        assert trained.task.scorer.score(lines, rows)[-1].name == "token_accuracy"
        spaced = " ".join(word for word in words if " " not in word)
        (answer,) = trained.run.answers([spaced], tokenized=True)
        assert answer.words == tuple(spaced.split(" "))
        assert answer.conll().count("\n") == answer.conll().count("\t") == len(answer.words)

    def test_an_ensemble_takes_the_mean_of_all_scores_of_its_fields(self, together, eagerly):
        """Against all sequences of tags of a sentence of three words."""
        text = together.tasks[0].text
        words, characters = together.tasks[0]._ids(tf.constant(["mr", "Ada", "Rome"]), tf.constant([4, 5, 6]), [0], [3])
        paths = np.array(list(itertools.product(range(len(text.tags)), repeat=3)))
        scores = np.zeros(len(paths))
        for model in together.models:
            hidden = model.hidden(model.features(words, characters), words > 0)
            given, moves = model.potentials(hidden).numpy()[0], model.crf.scores.numpy()
            for number, path in enumerate(paths):
                whole = [-1, *path, -1]
                scores[number] += sum(given[range(3), path]) / 2
                scores[number] += sum(moves[one, two] for one, two in itertools.pairwise(whole)) / 2
        shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        tags, probabilities = together.run.model(words, characters)
        best = paths[scores.argmax()]
        assert tags.numpy()[0].tolist() == best.tolist()
        # What the words add to log p of a tag, in the fields' scores of tags alone, is the difference that they make.
        features = together.run.model.features(words, characters)

        def logp(features):
            potentials = together.run.model.potentials(together.run.model.hidden(features, words > 0))
            return tf.nn.log_softmax(potentials).numpy()[0, range(3), best]

        *_, weights = together.run.model.explain(words, characters)
        difference = logp(features) - logp(0 * features)
        np.testing.assert_allclose(tf.reduce_sum(weights[0], axis=1), difference, atol=1e-3)
        marginals = [shares[paths[:, place] == best[place]].sum() for place in range(3)]
        np.testing.assert_allclose(probabilities[0], marginals, atol=1e-5)


@pytest.mark.slow
class TestConstrained(NerCase, ModelContract):
    more = ("model.output=constrained", "model.characters=lstm", "model.character_units=4")


@pytest.mark.slow
class TestPartsOfSpeech(NerCase, ModelContract):
    """Tags that mark no entities."""

    more = ("model.output=softmax", "model.characters=none")

    @pytest.fixture(scope="class")
    def case(self, tmp_path_factory):
        draw, lines = random.Random(5), {}
        while len(lines) < 70:
            words = [draw.choice(["the", "a", "dog", "cat", "7"]) for _ in range(draw.randrange(1, 6))]
            lines[tuple(words)] = ["DT" if word in ("the", "a") else "CD" if word == "7" else "NN" for word in words]
        path = tmp_path_factory.mktemp("corpus") / "speech.conll"
        blocks = ["".join(f"{word} {tag}\n" for word, tag in zip(*pair, strict=True)) for pair in lines.items()]
        path.write_text("\n".join(blocks), encoding="utf-8")
        return Case(
            task="ner",
            corpus=path,
            overrides=(*_TINY, *self.more),
            inputs=("the dog", "a 7 cat", "dog a 7 cat the dog"),
            explained=("words", "words", "weights"),
            cuts=False,
            joined=" ".join,
        )


def test_entities_stand_in_brackets_with_their_places():
    found = tagging(
        "Ada Lovelace met  Bo.",
        ["Ada", "Lovelace", "met", "Bo", "."],
        ["B-PER", "I-PER", "O", "B-PER", "O"],
        [0, 4, 13, 18, 20],
        [3, 12, 16, 20, 21],
        [0.9, 0.5, 1.0, 0.8, 1.0],
        unknown=0.4,
    )
    assert found.text == "[PER Ada Lovelace] met  [PER Bo]."
    assert found.entities == (
        {"type": "PER", "text": "Ada Lovelace", "begin": 0, "end": 12, "probability": 0.5},
        {"type": "PER", "text": "Bo", "begin": 18, "end": 20, "probability": 0.8},
    )
    assert found.score == pytest.approx((math.log(0.9) + math.log(0.5) + math.log(0.8)) / 5)
    assert found.conll() == "Ada\tB-PER\nLovelace\tI-PER\nmet\tO\nBo\tB-PER\n.\tO\n"
    plain = tagging("a dog", ["a", "dog"], ["DT", "NN"], [0, 2], [1, 5], [1.0, 1.0], unknown=0.0)
    assert (plain.text, plain.entities) == ("a_DT dog_NN", ())


def _corpus(rows):
    return Corpus(name="c", splits={"train": rows, "dev": rows}, languages=(), licence="", origin="", kind="tagged")


def test_a_long_sentence_is_cut_for_training_where_no_entity_is_torn():
    row = {"words": tuple("abcdefghijkl"), "tags": ("O",) * 6 + ("B-X", "I-X", "I-X", "O", "O", "O")}
    settings = resolve(schema_of("ner"), overrides=[*_TINY, "text.max_length=8"])
    examples = make_task(settings, _corpus([row])).examples([row])
    assert examples.lengths[[0, 1]].tolist() == [[6], [6]]
    words, characters, tags = examples.batch([0, 1])
    assert tags.tolist() == [[0] * 6, [1, 2, 2, 0, 0, 0]]
    assert words.shape == tags.shape == (2, 6)
    assert characters.shape == (2, 6, 1)


@pytest.fixture
def vectors(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("ada 1 2 3 4 5\nbonn 5 4 3 2 1\nada 9 9 9 9 9\n", encoding="utf-8")
    return path


def _with_vectors(vectors, *more):
    rows = [{"words": ("Ada", "x", "x"), "tags": ("B-P", "O", "O")}]
    settings = resolve(schema_of("ner"), overrides=[*_TINY, f"model.vectors={vectors}", *more])
    return make_task(settings, _corpus(rows))


def _rows_of(task, *words):
    return task.model.embedding(task.text.words.word_ids(tf.constant(words))).numpy()


def test_words_start_from_their_vectors_and_those_that_train_has_not_are_known(vectors, caplog):
    caplog.set_level("INFO", logger="seqtasks")
    task = _with_vectors(vectors)
    known = [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]]
    assert _rows_of(task, "Ada", "Bonn").tolist() == known
    assert "word vectors for 33.3 % of the words of train" in caplog.messages
    assert "1 of them of the word vectors alone" in task.text.description
    assert task.predictor.answers(["Ada Bonn"])[0].unknown == 0
    # Others start on their scale.
    assert np.abs(_rows_of(task, "x", "never")).max() < 10 * np.std([1, 2, 3, 4, 5])
    assert [weight.shape for weight in task.model.embedding.trainable_weights] == [(4, 5)]
    without = _with_vectors(vectors, "model.vectors_more=0")
    assert without.predictor.answers(["Ada Bonn"])[0].unknown == 0.5


@pytest.mark.parametrize("learned", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_vectors_are_learned_or_stay_as_they_are_given(vectors, tmp_path, learned, eagerly, unchecked):
    corpus = tmp_path / "names.conll"
    corpus.write_text("".join(f"Ada B-P\nx{i % 3} O\n\n" for i in range(30)), encoding="utf-8")
    more = [
        f"model.vectors={vectors}",
        f"model.vectors_learned={str(learned).lower()}",
        "corpus.dev=5",
        "corpus.test=5",
    ]
    run = seqtasks.train("ner", corpus=corpus, overrides=[*_TINY, *more], run=tmp_path / "run", config=DEFAULTS)
    vectors.unlink()
    loaded = seqtasks.load(run.path)
    ada, bonn = _rows_of(loaded.task, "Ada", "Bonn")
    assert (ada.tolist() == [1, 2, 3, 4, 5]) != learned
    assert bonn.tolist() == [5, 4, 3, 2, 1]
    assert loaded.predict("Ada saw Bonn") == run.predict("Ada saw Bonn")
    resumed = seqtasks.train("ner", run=run.path, resume=True, overrides=["training.epochs=2"])
    assert _rows_of(resumed.task, "Bonn")[0].tolist() == [5, 4, 3, 2, 1]
    if not learned:
        assert seqtasks.load(run.export(tmp_path / "model")).predict("Bonn") == resumed.predict("Bonn")


def test_settings_of_vectors_need_vectors():
    with pytest.raises(SettingsError, match="model.vectors_learned False is for word vectors; set model.vectors"):
        resolve(schema_of("ner"), overrides=[*_TINY, "model.vectors_learned=false"])


def _sees(share):
    """Builds a tagger that has seen one word once and one twice, and gives it and that sentence as ids."""
    rows = [{"words": ("once", "twice", "twice"), "tags": ("O", "B-P", "O")}]
    settings = resolve(schema_of("ner"), overrides=[*_TINY, "model.characters=none", f"model.word_dropout={share}"])
    task = make_task(settings, _corpus(rows))
    return task, np.tile(task.text.words.word_ids(tf.constant([*rows[0]["words"], "never"])).numpy(), (2000, 1))


@pytest.mark.parametrize("share", [0, 0.3, 0.8])
def test_words_seen_once_become_unknown_in_training_with_their_share(share):
    task, words = _sees(share)
    table = task.model.embedding.embeddings.numpy()
    assert len(set(words[0])) == 3 and words[0, 3] == UNK
    seen = task.model.features(tf.constant(words), None, noise=Noise(1, 0, 0, shares=1)).numpy()
    np.testing.assert_array_equal(seen[:, 1:], table[words[:, 1:]])
    dropped = (seen[:, 0] == table[UNK]).all(axis=1)
    assert ((seen[:, 0] == table[words[:, 0]]).all(axis=1) == ~dropped).all()
    # Six standard deviations of the share of 2,000 draws are less than 0.07.
    assert dropped.mean() == pytest.approx(share, abs=0.07 if share else 0)
    again = task.model.features(tf.constant(words), None, noise=Noise(1, 1, 0, shares=1)).numpy()
    assert np.array_equal(again, seen) == (share == 0)
    read = task.model.features(tf.constant(words), None).numpy()
    np.testing.assert_array_equal(read, table[words])


def test_words_seen_once_are_known_in_answers_and_dev_scores():
    task, words = _sees(0.9)
    (first,), (again,) = task.predictor.answers(["once twice never"]), task.predictor.answers(["once twice never"])
    assert first == again
    assert first.unknown == pytest.approx(1 / 3)
    tags = tf.zeros_like(words)
    losses = {float(task.loss((words, None, tags)).total) for _ in range(3)}
    assert len(losses) == 1


def test_label_smoothing_needs_a_softmax():
    with pytest.raises(SettingsError, match="training.label_smoothing needs a softmax"):
        resolve(schema_of("ner"), overrides=["training.label_smoothing=0.1"])
