"""The translate task keeps the promises of every task."""

import random

import pytest
from contract import Case, TaskContract

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
        )
