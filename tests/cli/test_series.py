"""Every verb on series of vectors, through the real command line, and what is refused."""

import json
import random

import numpy as np
import pytest
from commands import call, refused

from seqtasks.tasks.series import baselines

_TINY = ["model.units=8", "model.embedding=6", "training.epochs=2", "training.batch_size=16", "training.warmup=0"]


def settings(*more):
    return [part for setting in (*_TINY, *more) for part in ("--set", setting)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on steps that are labelled by whether the one before was larger, in a long table."""
    folder, draw, lines = tmp_path_factory.mktemp("series"), random.Random(5), ["id,x,y,label"]
    for number in range(90):
        before = 0.0
        for _ in range(draw.randrange(3, 9)):
            value = draw.gauss(0, 1)
            lines.append(f"{number},{value:.3f},5,{'falls' if value < before else 'rises'}")
            before = value
    (folder / "x.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = call("train", "--task", "series", "--corpus", folder / "x.csv", "--run", folder / "run", *settings())
    assert done.code == 0, done.err
    assert "dev frame_accuracy " in done.err
    assert "channel y: always the same value in the train split" in done.err
    return folder / "run"


def test_steps_are_labelled_by_every_verb(run, tmp_path, eagerly):
    found = json.loads(call("evaluate", run, "--json").out)
    names = ["frame_accuracy", "macro_f1", "segment_error_rate"]
    assert [score["name"] for score in found["scores"]] == names
    assert [one["of"] for one in found["baselines"]] == ["majority label", "single frame", "window of 21 frames"]
    assert found["baselines"][2]["value"] > found["baselines"][0]["value"]
    assert {row["class"] for row in found["classes"]} == {"falls", "rises"}
    assert [part["by"] for part in found["slices"]] == ["steps"]

    answered = call("predict", run, stdin=b"1,5 2,5 x,5\n\n4 4,4,4 nan,5\n")
    assert (answered.code, [len(line.split()) for line in answered.lines]) == (0, [3, 0, 3])
    assert "line 3: 67 % of its steps have a value that is no number, or another number of channels" in answered.err
    assert set(answered.out.split()) <= {"falls", "rises"}
    told = json.loads(call("predict", run, "1,5 2,5", "--json").out)
    assert (len(told["labels"]), len(told["probabilities"])) == (2, 2)
    assert len(call("predict", run, "1,5", "--n-best", "2").lines) == 1

    looked = call("explain", run, "1,5 2,5 -3,nan 4,5", "--output", tmp_path / "why.html")
    assert (looked.code, looked.out) == (0, f"{tmp_path}/why.html\n"), looked.err
    assert call("explain", run, "1,5 2,5").lines[0] == "x ▁█"
    refused(call("pack", run.parent / "x.csv", "--task", "series", "--output", tmp_path / "packed"), "cannot be packed")


def test_whole_series_are_labelled_and_ranked(run, tmp_path, eagerly):
    lines, draw = [], random.Random(6)
    for _ in range(90):
        first = draw.gauss(0, 2)
        steps = [[first + draw.gauss(0, 0.1), draw.gauss(0, 1)] for _ in range(draw.randrange(2, 6))]
        lines.append(json.dumps({"series": steps, "label": "high up" if first > 0 else "low"}))
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    train = ("train", "--task", "series", "--corpus", tmp_path / "x.jsonl", "--run")
    refused(call(*train, tmp_path / "a", *settings()), "has the label 'high up', but that of a step is one word; set")
    refused(
        call("train", "--task", "series", "--corpus", run.parent / "x.csv", *settings("model.output=sequence")),
        "has a label for each step; set model.output to steps",
    )
    done = call(*train, tmp_path / "a", *settings("model.output=sequence"))
    assert done.code == 0, done.err
    found = json.loads(call("evaluate", tmp_path / "a", "--json").out)
    assert [score["name"] for score in found["scores"]] == ["accuracy", "macro_f1"]
    assert [one["of"] for one in found["baselines"]] == ["majority label", "mean vector", "nearest neighbour"]
    assert found["baselines"][1]["value"] > 80 > found["baselines"][0]["value"]
    ranked = call("predict", tmp_path / "a", "3,0 3,1", "--n-best", "2").lines
    assert sorted(line.split("\t")[2] for line in ranked) == ["high up", "low"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.crf=true training.label_smoothing=0.1", "label_smoothing needs a softmax; set model.crf to false"),
        ("model.output=sequence model.crf=true", "model.crf True is for a label for each step; set model.output to"),
        ("model.pooling=last", "model.pooling 'last' is for one label for the series; set model.output to sequence"),
    ],
)
def test_settings_without_effect_are_refused(here, setting, message):
    refused(call("train", "--task", "series", *settings(*setting.split())), message)


def test_simpler_models_are_what_they_are_called():
    """Hand-made features: a linear classifier of windows sees what one of single steps cannot."""
    draw = np.random.default_rng(3)
    series = [draw.normal(size=(30, 1)) for _ in range(40)]
    labels = [np.concatenate([[0], (one[:-1, 0] > 0).astype(int)]) for one in series]
    found = baselines.of_steps(series[:30], labels[:30], series[30:], 2)
    right = {name: np.mean(np.concatenate(own) == np.concatenate(labels[30:])) for name, own in found.items()}
    assert right["window of 21 frames"] > 0.85 > 0.65 > right["single frame"]
    np.testing.assert_allclose(
        baselines.ridge([np.array([[0.0], [2.0]])], [np.array([0, 1])], 2),
        # (X'X + 1) W = X'Y with X = [[0, 1], [2, 1]] and Y the one-hot labels.
        np.linalg.solve([[5.0, 2.0], [2.0, 3.0]], [[0.0, 2.0], [1.0, 1.0]]),
    )
    np.testing.assert_allclose(baselines.resampled(np.array([[0.0], [4.0], [2.0]]), 5)[:, 0], [0, 2, 4, 3, 2])
    np.testing.assert_allclose(baselines.framed(np.array([[1.0], [2.0]]), 3), [[0, 1, 2], [1, 2, 0]])
    known = [np.array([[0.0], [1.0]]), np.array([[1.0], [0.0]])]
    assert baselines.nearest(known, [4, 7], [np.array([[0.9], [0.4], [0.1]])]).tolist() == [7]
