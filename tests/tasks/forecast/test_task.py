"""The forecast task: the contract, and what is special to it."""

import random

import pytest
from contract import ODD, Case, TaskContract

_TINY = (
    "model.units=6",
    "model.embedding=5",
    "training.epochs=1",
    "training.batch_size=28",
    "training.chunk=4",
    "training.rollout=2",
    "training.learning_rate=0.02",
    "corpus.dev=0.1",
    "corpus.test=0.1",
    "corpus.values=[level]",
    "corpus.inputs=[heat]",
    "corpus.future=[weekday,hour]",
    "search.horizon=3",
    "search.season=4",
    "text.max_length=20",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    draw, path = random.Random(2), tmp_path_factory.mktemp("corpus") / "levels.csv"
    lines = ["time,level,heat,note"]
    for number in range(235):
        day, hour = divmod(number, 6)
        level, heat = (round(draw.gauss(size * (hour % 4), 1), 3) for size in (10, 2))
        level = "" if number % 17 == 3 else level
        heat = "" if number % 17 == 4 else heat
        lines.append(f"2024-{1 + day // 28:02}-{1 + day % 28:02} {4 * hour:02}:00,{level},{heat},x{number}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class TestForecast(TaskContract):
    @pytest.fixture(scope="class")
    def case(self, corpus):
        return Case(
            task="forecast",
            corpus=corpus,
            overrides=_TINY,
            inputs=("10,2,mon,0h", "9,2,mon,0h 22,,mon,4h 29,6,tues,8h", "1,2,sun,0h 2,,sun,4h ,,sun,8h ,,,12h"),
            explained=("pieces", "steps", "weights"),
            joined=" ".join,
            rows=190,
            steps=(0, 1, 2),
            disturbed=("model.cell=gru",),
            odd=(*ODD[:-1], "1,2,3", "1e400,nan,mon,0h", "7,7,7,7 " * 9999),
        )
