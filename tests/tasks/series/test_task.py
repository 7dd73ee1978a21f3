"""The series task: the contract, and what is special to it."""

import json
import random

import numpy as np
import pytest
from contract import Case, ModelContract, TaskContract

from seqtasks.errors import UsageError
from seqtasks.series.line import line_of

_TINY = (
    "model.units=6",
    "model.embedding=5",
    "training.epochs=1",
    "training.batch_size=28",
    "training.learning_rate=0.02",
    "text.max_length=20",
)
_INPUTS = ("1,-2", "0.5,2 nan,1 3,-1 x,0", "1,1 -1,-1 0,3 2,nan 1,1,1 4,4")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Series of two channels, some values missing; a step is labelled by the sign of its first value."""
    draw, path = random.Random(3), tmp_path_factory.mktemp("corpus") / "series.jsonl"
    rows = []
    for number in range(63):
        steps = [[round(draw.gauss(0, 2), 3), round(draw.gauss(-1, 1), 3)] for _ in range(draw.randrange(2, 8))]
        labels = ["up" if step[0] > 0 else "down" for step in steps]
        steps[0][number % 2] = None if number % 5 == 0 else steps[0][number % 2]
        rows.append({"series": steps, "labels": labels})
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(corpus, tmp_path_factory):
    """The same series with one label each."""
    path = tmp_path_factory.mktemp("corpus") / "series.jsonl"
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    rows = [{"series": row["series"], "label": f"ends {row['labels'][-1]}"} for row in rows]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


class TestSteps(TaskContract):
    @pytest.fixture(scope="class")
    def case(self, corpus):
        return Case(
            task="series",
            corpus=corpus,
            overrides=_TINY,
            inputs=_INPUTS,
            explained=("pieces", "runs", "weights"),
            joined=" ".join,
            steps=(0, 2),
        )

    def test_each_step_has_a_label_and_steps_that_are_no_vectors_are_told(self, trained):
        answers = trained.run.answers([*_INPUTS, "nan,nan", "😀 1,2", "1,2 " * 30])
        assert [len(answer.labels) for answer in answers] == [1, 4, 6, 1, 2, 20]
        assert [answer.unknown for answer in answers] == pytest.approx([0, 1 / 4, 1 / 6, 0, 1 / 2, 0])
        assert {label for answer in answers for label in answer.labels} <= {"up", "down"}
        assert answers[-1].cut
        assert trained.run.answers(["😀 1 1,2"])[0].remarks == [
            "67 % of its steps have a value that is no number, or another number of channels"
        ]
        assert answers[1].details()["labels"] == answers[1].text.split(" ")

    def test_arrays_are_read_as_their_lines_are(self, trained):
        values = np.array([[0.5, np.nan], [3, -1.25]])
        assert trained.run.predict([values]) == trained.run.predict([line_of(values)])
        with pytest.raises(UsageError, match="series 1 has the shape"):
            trained.run.predict([np.zeros(3)])


@pytest.mark.slow
class TestCrf(ModelContract):
    @pytest.fixture(scope="class")
    def case(self, corpus):
        return Case(
            task="series",
            corpus=corpus,
            overrides=(*_TINY, "model.crf=true", "model.bidirectional=false"),
            inputs=_INPUTS,
            explained=("pieces", "runs", "weights"),
            joined=" ".join,
            steps=(0, 2),
        )


@pytest.mark.slow
class TestSequence(ModelContract):
    @pytest.fixture(scope="class")
    def case(self, whole):
        return Case(
            task="series",
            corpus=whole,
            overrides=(*_TINY, "model.output=sequence", "model.pooling=attention"),
            inputs=_INPUTS,
            explained=("pieces", "runs", "weights"),
            joined=" ".join,
            steps=(0,),
        )
