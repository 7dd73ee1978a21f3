"""The translate task keeps the promises of every task."""

import random

import numpy as np
import pytest
import tensorflow as tf
from contract import Case, TaskContract
from together import check_writing

from seqtasks.errors import SettingsError
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
            disturbed=("model.bidirectional=false", "model.recurrent_dropout=0.2", "model.word_dropout=0.2"),
        )

    def test_an_ensemble_writes_by_the_mean_log_probability_of_each_step(self, together, case, eagerly):
        task = together.tasks[0]
        source, _ = task.text.source.read(tf.constant([case.inputs[-1]]), 12)
        check_writing(together, case.inputs[-1], source, limit=15, decode=task.text.target.decode)


def test_subwords_alone_are_dropped():
    overrides = ["model.subword_dropout=0.1", "text.source.kind=characters"]
    with pytest.raises(SettingsError, match=r"^model.subword_dropout is of subwords, but text.source.kind is char"):
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
