"""Runs and exports that 0.1.0 wrote load, answer, score and resume as they did; see fixtures/README.md."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import seqtasks

MADE = Path(__file__).parent / "fixtures" / "runs-0.1.0.zip"
with zipfile.ZipFile(MADE) as packed:
    EXPECTED = json.loads(packed.read("expected.json"))
RUNS, EXPORTS, RESUMED = EXPECTED["runs"], EXPECTED["exports"], EXPECTED["resumed"]


@pytest.fixture
def made(tmp_path, monkeypatch, eagerly):
    """Unpacks what was made, as the working directory: the runs name their corpora from there."""
    with zipfile.ZipFile(MADE) as packed:
        packed.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)


def assert_answers(model, expected):
    texts = [wanted["input"] for wanted in expected]
    assert model.predict(texts) == [wanted["text"] for wanted in expected]
    for answer, wanted in zip(model.answers(texts), expected, strict=True):
        assert answer.text == wanted["text"]
        assert answer.score == pytest.approx(wanted["score"], abs=1e-4)
        table = model.explain(wanted["input"])
        assert (list(table.columns), list(table.rows)) == (wanted["columns"], wanted["rows"])
        weights = np.reshape(wanted["weights"], (len(wanted["rows"]), len(wanted["columns"])))
        # Classifiers and taggers had saliency then. Gradients differ more between kinds of processors than answers do.
        if not table.signed:
            np.testing.assert_allclose(table.weights, weights, atol=2e-3)


def assert_scores(run, split, expected):
    found = {score.name: score.value for score in run.evaluate(split=split).scores}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4)


def assert_resumes(name):
    """Trains for one more epoch, which starts from the saved weights, optimizer and position.

    The loss is that of a run whose dropout drew other numbers, so it is about the same only.
    """
    wanted = dict(RESUMED[name])
    overrides = [f"training.epochs={wanted['epoch']}"]
    run = seqtasks.train(name, run=f"runs/{name}", resume=True, overrides=overrides)
    lines = (run.path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == wanted["epoch"]
    last = json.loads(lines[-1])
    assert last.pop("loss") == pytest.approx(wanted.pop("loss"), abs=0.2)
    assert {key: last[key] for key in wanted} == pytest.approx(wanted, abs=1e-3)
    assert run.manifest["status"] == "trained"


@pytest.mark.parametrize("name", RUNS)
def test_a_run_answers_explains_and_scores_as_it_did(name, made):
    run = seqtasks.load(f"runs/{name}")
    assert run.manifest["versions"]["seqtasks"] == "0.1.0"
    assert_answers(run, RUNS[name]["answers"])
    for split, expected in RUNS[name]["scores"].items():
        assert_scores(run, split, expected)


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_answers_and_explains_as_it_did(name, made):
    assert_answers(seqtasks.load(f"saved_models/{name}/1"), EXPORTS[name]["answers"])


def test_a_run_goes_on_as_it_did(made):
    assert_resumes("sentiment")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(RESUMED) - {"sentiment"}))
def test_a_run_of_another_task_goes_on_as_it_did(name, made):
    assert_resumes(name)
