"""The translate task keeps the promises of every task."""

import random
import re

import numpy as np
import pytest
import tensorflow as tf
from contract import Case, TaskContract
from together import check_writing
from trees import check_tree

from seqtasks import training
from seqtasks.errors import SettingsError
from seqtasks.laboratory.gradients import check_gradients
from seqtasks.layers.noise import Noise
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of
from seqtasks.tasks.translate.model import Translator
from seqtasks.tasks.translate.scorer import Scorer
from seqtasks.text import EOS, PAD

_TINY = (
    "text.source.kind=words",
    "text.target.kind=words",
    "text.max_length=12",
    "model.units=6",
    "model.embedding=5",
    "model.attention_units=4",
    "training.epochs=1",
    "training.batch_size=28",
    "training.learning_rate=0.02",
    "training.warmup=0",
    "search.beam=3",
    "search.max_length=15",
)


@pytest.mark.parametrize(
    ("language", "sources", "by", "slices"),
    [
        (
            "es",
            ["una", "a b c d e", "a b c d e f", "w " * 31, ""],
            "words",
            {"1-5": [0, 1, 4], "6-10": [2], "31+": [3]},
        ),
        ("zh-cn", ["我也不知道", "我也不知道怎么办"], "characters", {"1-5": [0], "6-10": [1]}),
    ],
)
def test_slices_are_by_words_or_by_characters_where_words_are_not_spaced(language, sources, by, slices):
    scorer = Scorer(resolve(schema_of("translate")), [language, "en"])
    assert scorer.slices([{"source": source} for source in sources]) == {f"{by} in the source": slices}


class TestTranslate(TaskContract):
    @pytest.fixture(scope="class")
    def case(self, tmp_path_factory):
        draw = random.Random(4)
        lines = {}
        while len(lines) < 70:
            words = [draw.choice("0123456789") for _ in range(draw.randrange(1, 7))]
            lines[" ".join(words)] = " ".join(words[::-1])
        corpus = tmp_path_factory.mktemp("corpus") / "reverse.tsv"
        corpus.write_text("".join(f"{source}\t{target}\n" for source, target in lines.items()), encoding="utf-8")
        return Case(
            task="translate",
            corpus=corpus,
            overrides=_TINY,
            inputs=("3 1", "4 1 5", "9 2 6 5 3 5 8"),
            explained=("source_pieces", "target_pieces", "attention"),
            disturbed=("model.recurrent_dropout=0.2", "model.word_dropout=0.2", "search.beam=1", "search.max_length=3"),
        )

    def test_an_ensemble_writes_by_the_mean_log_probability_of_each_step(self, together, case, eagerly):
        task = together.tasks[0]
        source, _ = task.text.source.read(tf.constant([case.inputs[-1]]), 12)
        check_writing(together, case.inputs[-1], source, limit=15, decode=task.text.target.decode)

    def test_the_tree_of_a_search_leads_to_its_answers(self, trained, case, eagerly):
        check_tree(trained.task, case.inputs[1:2])

    def test_one_vocabulary_and_one_matrix_serve_both_sides_and_the_output(self, case, tmp_path):
        run = training.train(case.prepare(tmp_path / "run", "text.joint=true", "model.tied=true"))
        text, task = run.load_text(), run.load_task()
        assert text.source.fingerprint == text.target.fingerprint
        matrices = [weight.path for weight in task.model.weights if text.source.size in weight.shape[:1]]
        assert matrices == ["embedding/embeddings", "output_projection/bias"]
        assert all(one.holds for one in check_gradients(run, entries=2))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["model.subword_dropout=0.1", "text.source.kind=characters"],
            "model.subword_dropout is of subwords, but text.source.kind is char",
        ),
        (
            ["text.joint=true", "text.target.size=2000"],
            "text.joint has one vocabulary for both sides, but text.source.size is 4000 and text.target.size is 2000; ",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(overrides, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        resolve(schema_of("translate"), overrides=overrides)


def test_a_source_is_read_in_smaller_pieces_in_training_alone():
    settings = resolve(schema_of("translate"), overrides=["model.units=2", "model.subword_dropout=0.999999"])
    halves = np.array([(number, PAD) for number in range(7)], np.int32)
    halves[6] = 4, 5
    model = Translator(settings.model, source_size=7, target_size=7, halves=halves)
    ids = tf.constant([[6, 6, EOS], [4, EOS, PAD]])
    lengths = [
        tf.math.count_nonzero(model.encode(ids, noise=noise)[0]["mask"], axis=1).numpy().tolist()
        for noise in (Noise(1, 0, 0, shares=1), None)
    ]
    assert lengths == [[5, 2], [3, 2]]
