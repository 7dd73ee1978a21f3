"""The forecast task: the contract, and what is special to it."""

import json
import random

import numpy as np
import pytest
import tensorflow as tf
from contract import DEFAULTS, ODD, Case, TaskContract

from seqtasks import corpora, evaluation
from seqtasks.errors import CorpusError, SettingsError, UsageError
from seqtasks.runs.folder import RunFolder
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.tasks.forecast.answer import Reader, step_of

_TINY = (
    "model.units=6",
    "model.embedding=5",
    "model.quantiles=[0.2,0.5,0.8]",
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
        lines.append(f"2024-{1 + day // 31:02}-{1 + day % 31:02} {4 * hour:02}:00,{level},{heat},x{number}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class TestForecast(TaskContract):
    @pytest.fixture(scope="class")
    def case(self, corpus):
        return Case(
            task="forecast",
            corpus=corpus,
            overrides=_TINY,
            inputs=("10,2,mon,0h", "9,2,mon,0h 22,,mon,4h 29,6,tues,8h", "1,2,sun,0h 2,nan,sun,4h ,,sun,8h ,,,12h"),
            explained=("pieces", "steps", "weights"),
            joined=" ".join,
            rows=190,
            steps=(0, 1, 2),
            disturbed=("model.cell=gru",),
            odd=(*ODD[:-1], "1,2,3", "1e400,nan,mon,0h", "7,7,7,7 " * 9999),
        )

    def test_forecasts_that_are_scored_are_those_that_predict_gives(self, trained):
        rows = trained.corpus.split("test")
        line = " ".join(step_of(row) for row in [*rows.before(17)])
        known = " ".join(f",,{','.join(row['future'])}" for row in rows[:3])
        vectors = _vectors(trained.run.predict(f"{line} {known}"))
        found = trained.task.scorer.parsed([answer.text for answer in trained.task.answer_rows(rows)])
        assert found.shape == (len(rows), 3, 1)
        np.testing.assert_allclose([found[step, step, 0] for step in range(3)], vectors, rtol=1e-4)
        # With no row before, nothing can be forecast for the first, and little for the second.
        first = trained.task.answer_rows(trained.corpus.split("train")[:3])
        assert [answer.text.count("nan") for answer in first] == [12, 8, 4]

    def test_what_is_known_beforehand_matters_and_may_be_missing(self, trained):
        past = "10,2,mon,0h 11,2,mon,4h"
        texts = (past, f"{past} ,,,", f"{past} ,,mon,8h", f"{past} ,,sun,8h", f"{past} ,,holiday,8h")
        plain, empty, monday, sunday, unknown = trained.run.answers(list(texts))
        assert plain.text == empty.text
        assert len({plain.text, monday.text, sunday.text}) == 3
        assert (monday.unknown, monday.remarks) == (0, [])
        assert unknown.unknown == pytest.approx(1 / 3)
        assert unknown.remarks == ["33 % of its steps have another number of fields, or something unknown in them"]
        (cut,) = trained.run.answers(["7,7,,0h " * 21])
        assert cut.remarks == ["longer than the length limit; its beginning was not read"]

    def test_arrays_are_forecast_as_lines_are(self, trained, case, eagerly):
        signature = trained.task.signatures()["vectors"]
        for lines in (list(case.inputs), [""]):
            arrays = signature.arrays(lines)
            # As they travel in JSON.
            arrays = {name: tf.constant(array.tolist(), array.dtype.name) for name, array in arrays.items()}
            found = signature.function(*arrays.values())
            for line, vectors, quantiles in zip(lines, found["vectors"], found["quantiles"], strict=True):
                wanted = trained.run.predict(line).split()
                np.testing.assert_allclose(vectors[: len(wanted), 0], _vectors(" ".join(wanted)), rtol=1e-5)
                of_line = [[float(field) for field in step.split(",")[1:]] for step in wanted]
                np.testing.assert_allclose(quantiles[: len(wanted), 0], np.reshape(of_line, [-1, 3]), rtol=1e-5)
                assert all(sorted(step) == step for step in of_line)
        values = arrays["values"]
        assert signature.function(values, [9], arrays["future"])["vectors"].shape == (1, 3, 1)

    def test_it_is_evaluated_beside_simpler_forecasts_and_drawn(self, trained, corpus):
        run = RunFolder(trained.run.path)
        examples = evaluation.evaluation_rows(run)
        found = evaluation.evaluate(run, examples, task=trained.task)
        assert [score.name for score in found.scores] == [
            *("mse", "mae", "rmse", "r2", "mase", "skill"),
            *("coverage", "below_0.2", "below_0.5", "below_0.8", "quantile_loss"),
        ]
        assert all("|horizon:3|" in score.signature for score in found.scores)
        assert "|block:4|" in found.scores[0].signature
        scores, simpler = {score.name: score.value for score in found.scores}, dict(found.baselines)
        assert [name for name in simpler if name.endswith("mae")] == [
            "last value, mae",
            "value of 4 rows ago, mae",
            "mean of train, mae",
            "linear autoregression of 5 rows, mae",
            "linear autoregression of 5 rows with weekday, hour, mae",
        ]
        below = [scores[f"below_{share}"] for share in (0.2, 0.5, 0.8)]
        assert below == sorted(below)
        assert scores["coverage"] == pytest.approx(below[2] - below[0])
        assert scores["skill"] == pytest.approx(1 - scores["mse"] / simpler["last value, rmse"].value ** 2)
        assert [one["by"] for one in found.slices] == ["time", "step of the horizon", "step of the horizon, quantiles"]
        assert found.slices[2]["score"] == "coverage"
        assert [(name, part["examples"]) for name, part in found.slices[1]["parts"].items()] == [
            (step, len(examples.rows)) for step in "123"
        ]
        names = {path.name for path in run.file("scores").iterdir()}
        assert {"test-forecasts.png", "test-forecasts.svg"} <= names
        svg = run.file("scores", "test-forecasts.svg").read_text(encoding="utf-8")
        assert all(
            text in svg
            for text in ("what came", "forecast", "last value", "value of 4 rows ago", "level", "linear", "0.2 to 0.8")
        )
        own = evaluation.evaluate(run, evaluation.evaluation_rows(run, input_file=corpus), task=trained.task)
        assert (own.examples, len(own.baselines)) == (235, len(found.baselines))

    def test_an_ensemble_forecasts_the_mean_and_reads_it_again(self, together, eagerly):
        models, task = together.models, together.run.task
        values, future, past, *_ = task.text.read(tf.constant(["9,2,mon,0h 22,3,mon,4h"]))
        features = task.text.numbers.features_of(values)
        future = tf.pad(future, [[0, 0], [0, 1], [0, 0]])[:, 1:]
        pairs = [model(features, future, past) for model in models]
        last = sum(found[:, -1] for found, _ in pairs) / 2
        read = last[:, :2]
        more = sum(
            model.step(tf.concat([read, 0 * read], 1), 0 * future[:, 0], state)[0]
            for model, (_, state) in zip(models, pairs, strict=True)
        )
        wanted = task.text.numbers.restore(tf.stack([last, more / 2])[..., :2]).numpy()[:, 0, 0]
        found = _vectors(together.run.predict("9,2,mon,0h 22,3,mon,4h"))
        np.testing.assert_allclose(found[:2], wanted, rtol=1e-5)


def _vectors(line):
    """Returns the first value of each step."""
    return [float(step.partition(",")[0]) for step in line.split()]


def _task(text, *more, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    overrides = ["training.batch_size=2", "training.chunk=3", "model.units=4", "model.embedding=3", *more]
    settings = resolve(schema_of("forecast"), config=DEFAULTS, overrides=overrides, corpus__name=str(path))
    return make_task(settings, corpora.load_configured(settings.corpus)), path


LEVELS = "level,heat,day\n" + "".join(f"{number % 7},{number % 3},{'ab'[number % 2]}\n" for number in range(40))


def test_chunks_of_streams_predict_the_next_row_and_roll_on(tmp_path):
    text = LEVELS.replace("\n3,", "\n,", 1)
    task, path = _task(
        text, "corpus.values=level", "corpus.inputs=heat", "corpus.future=day", "training.rollout=2", tmp_path=tmp_path
    )
    rows = corpora.load(path, kind="table", values="level", inputs="heat", future="day").split("train")[:18]
    examples = task.examples(rows)
    # Two streams of eight rows each, in chunks of three.
    assert (len(examples), [list(one) for one in examples.plan(0)]) == (6, [[0, 1], [2, 3], [4, 5]])
    assert examples.lengths[range(6)].ravel().tolist() == [3, 3, 3, 3, 2, 2]
    values, future, wanted, lengths, begins, future_behind, wanted_behind = examples.batch([0, 5])

    def levels(standardized):
        return np.where(np.isnan(standardized), -1, np.round(task.text.numbers.restore(standardized)))[..., 0].tolist()

    assert levels(values) == [[0, 1, 2], [0, 1, -1]]
    assert levels(wanted) == [[1, 2, -1], [1, 2, -1]]
    assert (lengths.tolist(), begins.tolist()) == ([3, 2], [1, 0])
    assert levels(wanted_behind) == [[4, 5], [3, -1]]
    # What is known of the row that is predicted.
    assert future[0].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert future_behind.tolist() == [[[1, 0], [0, 1]], [[0, 1], [0, 0]]]
    # Three and two of level less one that is missing, three and two of heat; and behind them two and one of both.
    assert float(task.loss(examples.batch([0, 5])).count) == 4 + 5 + 3 + 3


def test_of_several_columns_the_state_is_carried_from_chunk_to_chunk_and_each_is_scored(tmp_path, eagerly):
    settings = ("corpus.values=[level,heat]", "corpus.future=day", "training.loss=mae")
    task, path = _task(LEVELS, *settings, tmp_path=tmp_path)
    examples = task.examples(corpora.load(path, kind="table", values=["level", "heat"], future="day").split("train"))
    state, total = examples.first_state(), 0.0
    for chosen in examples.plan(0):
        found = task.loss(examples.batch(chosen), state=state)
        state, total = list(found.state), total + float(found.total)
    rows = corpora.load(path, kind="table", values=["level", "heat"], future="day").split("test")
    lines = [answer.text for answer in task.answer_rows(rows)]
    errors = np.abs(task.scorer.parsed(lines)[:, 0] - task.scorer.truth(rows)).mean(axis=0)
    (columns,) = task.more_slices(rows, lines)
    found = {name: part["value"] for name, part in columns["parts"].items()}
    assert (columns["by"], found) == ("column", {"level": pytest.approx(errors[0]), "heat": pytest.approx(errors[1])})
    score, *_ = task.scorer.score(lines, rows, interval=False)
    assert (score.name, score.value) == ("mae", pytest.approx((errors / task.text.numbers.deviations).mean()))
    assert "|unit:deviation|columns:mean" in score.signature
    whole = task.settings.model_copy(update={"training": task.settings.training.model_copy(update={"chunk": 40})})
    at_once = type(task)(whole, task.text, model=task.model)
    examples = at_once.examples(corpora.load(path, kind="table", values=["level", "heat"], future="day").split("train"))
    assert total == pytest.approx(float(at_once.loss(examples.batch([0, 1])).total), rel=1e-5)


def test_a_step_is_read_in_the_graph_as_from_a_table(tmp_path):
    task, path = _task(LEVELS, "corpus.values=level", "corpus.inputs=heat", "corpus.future=day", tmp_path=tmp_path)
    rows = corpora.load(path, kind="table", values="level", inputs="heat", future="day").split("test")
    line = " ".join(map(step_of, rows))
    assert Reader().input_of(rows[2]).endswith(" ".join(map(step_of, rows[:3])))
    values, future, past, pieces, facts = task.text.read(tf.constant([line, "1,2,a ,,b ,,", "x", "1,2,c nan,nan,"]))
    table, known = task.text.table(rows)
    np.testing.assert_array_equal(values[0], table)
    np.testing.assert_array_equal(future[0], known)
    assert past.numpy().tolist() == [6, 1, 1, 2]
    assert pieces[1, :4].numpy().tolist() == [b"1,2,a", b",,b", b",,", b""]
    assert facts["unknown"].numpy().tolist() == [0, 0, 1, 0.5]


def test_numbers_may_be_known_beforehand_and_a_residual_starts_from_the_last_value(tmp_path):
    text = "x,heat\n" + "".join(f"{number},{number % 5}\n" for number in range(40))
    task, _ = _task(text, "corpus.values=x", "corpus.future=heat", "model.residual=true", tmp_path=tmp_path)
    assert (task.text.names, task.text.features) == (("x", "heat"), 2)
    for weight in task.model.output_projection.weights:
        weight.assign(tf.zeros_like(weight))
    array = np.array([[3, 1], [17, np.nan]])
    lines = Reader().checked(["3,1 17,2 ,4", array])
    assert (lines[1], [answer.text for answer in task.predictor.answers(lines)]) == ("3,1 17,nan", ["17", "17"])
    with pytest.raises(UsageError, match="series 1 has the shape .2,.; give numbers"):
        Reader().checked([array[0]])
    known = json.loads(json.dumps(task.text.known))
    assert known["future"] == {"heat": {"numbers": [[2.0], [pytest.approx(2**0.5)]]}}
    assert task.text.description == "x; known beforehand heat"


def test_quantiles_are_learned_with_their_loss_and_may_start_from_the_last_value(tmp_path):
    text = "x,y\n" + "".join(f"{number % 5},{-number}\n" for number in range(40))
    quantiles = "model.quantiles=[0.1,0.9]"
    task, path = _task(text, "corpus.values=[x,y]", quantiles, "model.residual=true", tmp_path=tmp_path)
    for weight in task.model.output_projection.weights:
        weight.assign(tf.zeros_like(weight))
    # Values, the quantiles of x, the quantiles of y.
    assert task.predictor.answers(["3,-7 2,-17"])[0].text == "2,-17,2,2,-17,-17"
    bias = task.model.output_projection.bias
    bias.assign([0, 0, 3, -2, 0, 1])
    found = task.predictor.answers(["3,-7 2,-17"])[0].text
    (x, y), deviations = (2, -17), task.text.numbers.deviations
    wanted = [x, y, x - 2 * deviations[0], x + 3 * deviations[0], y, y + deviations[1]]
    np.testing.assert_allclose([float(field) for field in found.split(",")], wanted, rtol=1e-5)
    rows = corpora.load(path, kind="table", values=["x", "y"]).split("train")[:5]
    values, future, next_ones, *rest = task.examples(rows).batch([0])
    changes = (next_ones - values)[0]
    below = changes[..., np.newaxis] - np.array([[3, -2], [0, 1]])
    losses = np.where(below > 0, np.array([0.1, 0.9]) * below, np.array([-0.9, -0.1]) * below)
    wanted = np.nansum(changes**2) + np.nansum(losses)
    assert float(task.loss((values, future, next_ones, *rest)).total) == pytest.approx(wanted, rel=1e-5)
    with pytest.raises(SettingsError, match="model.quantiles must ascend, each once"):
        resolve(schema_of("forecast"), overrides=["model.quantiles=[0.9,0.1]"])
    with pytest.raises(SettingsError, match="model.quantiles"):
        resolve(schema_of("forecast"), overrides=["model.quantiles=[0,0.5]"])


def test_what_cannot_be_forecast_is_refused_in_a_line(tmp_path, caplog):
    with pytest.raises(SettingsError, match="a forecast cannot be bidirectional, as the half that reads backwards"):
        resolve(schema_of("forecast"), overrides=["model.bidirectional=true"])
    with pytest.raises(SettingsError, match="search.horizon 2 feeds predicted inputs back, but training.weight_of_inp"):
        resolve(schema_of("forecast"), overrides=["search.horizon=2", "training.weight_of_inputs=0"])
    with pytest.raises(
        CorpusError, match="the train split has 30 rows, too few for 2 parallel streams and chunks of 64"
    ):
        _task(LEVELS, "training.chunk=64", tmp_path=tmp_path)
    with pytest.raises(CorpusError, match="the train split has 30 rows, too few for 16 parallel streams"):
        _task(LEVELS, "training.batch_size=16", tmp_path=tmp_path)
    with pytest.raises(CorpusError, match="the train split has no value in channel y; leave it out"):
        _task("x,y\n" + "1,\n2,nan\n" * 20, tmp_path=tmp_path)
    _task("x,y\n" + "1,5\n2,5\n" * 20, tmp_path=tmp_path)
    assert "channel y: always the same value in the train split" in caplog.text
    many = "x,word\n" + "".join(f"{number},w{number}\n" for number in range(1500))
    with pytest.raises(CorpusError, match="word has 1,125 different words in train, more than 1,000; leave it out of"):
        _task(many, "corpus.values=x", "corpus.future=word", tmp_path=tmp_path)
    task, path = _task(LEVELS, "corpus.values=level", tmp_path=tmp_path)
    path.write_text("other\n1\n2\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="no column level, as corpus.values says; there are other"):
        corpora.read_rows(path, task.settings.corpus)
