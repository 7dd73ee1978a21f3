"""The notebooks of docs/ run from top to bottom, are stored without outputs, and say what is so."""

import ast
import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from test_shown_in_notebooks import Fragment
from together import without_graphs

import seqtasks
from seqtasks.corpora.named import synthetic

FOLDER = Path(__file__).parent.parent / "docs" / "notebooks"
NOTEBOOKS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.ipynb")}
# What shows itself below the cells of each.
_SHOWN = {
    "attention": {"Run", "Evaluation", "Comparison", "AttentionTable"},
    "cells": {"History", "Flows", "Cells"},
    "poolings": {"Comparison", "Classification", "Answers", "AttentionTable"},
}
# Settings that make all that they train small, whatever else a notebook sets.
_SMALL = ["training.epochs=1", "model.units=6", "model.embedding=4"]
_SMALLER = {"translate": ["search.beam=1"], "language-model": ["sampling.length=9"], "sentiment": []}


def cells_of(name, kind):
    return ["".join(cell["source"]) for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == kind]


def executed(name):
    """Executes the code of a notebook as Jupyter does; returns its names, and the values that cells end with."""
    names, shown = {}, []
    for number, code in enumerate(cells_of(name, "code")):
        where, body = f"{name}.ipynb, code cell {number}", ast.parse(code).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), where, "exec"), names)
        if last:
            shown.append(eval(compile(ast.Expression(last.value), where, "eval"), names))
    return names, [value for value in shown if value is not None]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_are_stored_without_outputs_and_counts(name):
    found = NOTEBOOKS[name]
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    for cell in found["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert cells_of(name, "markdown")[0].startswith("# ")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_cell_of_a_notebook_runs(name, tmp_path, monkeypatch):
    """With tiny networks on a tiny corpus; `pytest -m slow` runs them as they are."""
    train = seqtasks.train

    def train_small(task, *, overrides, **options):
        return train(task, overrides=[*overrides, *_SMALL, *_SMALLER[task]], **options)

    monkeypatch.setattr(seqtasks, "train", train_small)
    monkeypatch.setattr(synthetic, "TRAIN", 60)
    monkeypatch.setattr(synthetic, "HELD_OUT", 12)
    monkeypatch.setattr(synthetic, "_LINES", 60)
    monkeypatch.chdir(tmp_path)
    # To read a text piece by piece, a graph pays.
    with nullcontext() if name == "cells" else without_graphs():
        _, values = executed(name)
    for value in values:
        if type(value) is not list:
            assert Fragment(value._repr_html_()).opened == []
    assert {type(value).__name__ for value in values} - {"list"} == _SHOWN[name]


@pytest.fixture
def whole(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return executed(request.param)[0]


@pytest.mark.slow
@pytest.mark.parametrize("whole", ["attention"], indirect=True)
def test_attention_says_what_is_so(whole):
    attention, plain = (whole[name].evaluate().scores[0].value for name in ("attention", "plain"))
    assert attention >= 95 and attention > plain
    rows = seqtasks.compare([whole["plain"], whole["attention"]])
    assert rows[1]["bootstrap_p"] < 0.01
    weights = whole["attention"].explain("3 1 4 1 5 9 2 6").weights
    assert np.all(np.abs(weights[:8].argmax(axis=1) - np.arange(8)[::-1]) <= 1)


@pytest.mark.slow
@pytest.mark.parametrize("whole", ["cells"], indirect=True)
def test_cells_say_what_is_so(whole):
    found = {name: abs(ranking.correlations[0]) for name, ranking in whole["cells"].rankings.items()}
    assert found["inside quotes"] > 0.8 > found["inside brackets"]
    vanilla, lstm = seqtasks.gradients([whole["vanilla"], whole["lstm"]], steps=40)
    assert vanilla.hidden[-33] < lstm.hidden[-33] / 100
    assert lstm.memory[-33] > lstm.memory[-1] / 20
    _, lstm = seqtasks.gradients([whole["vanilla"], whole["lstm"]], steps=40, trained=False)
    assert lstm.memory[-33] < lstm.memory[-1] / 100


@pytest.mark.slow
@pytest.mark.parametrize("whole", ["poolings"], indirect=True)
def test_poolings_say_what_is_so(whole):
    accuracy = {name: run.evaluate().scores[0].value for name, run in whole["runs"].items()}
    assert accuracy["bag"] <= 60 and min(accuracy["last"], accuracy["attention"]) >= 95
    for name in ("last", "attention"):
        table = whole["runs"][name].explain("left ba do right ki nu left po")
        assert table.prediction == "left"
        if name == "last":
            assert (table.weights[0].argmax(), table.weights[0].argmin()) == (6, 3)
