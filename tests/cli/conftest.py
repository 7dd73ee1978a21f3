"""One tiny trained run and its export for all tests of the command line."""

import random
import shutil
from pathlib import Path

import pytest
from commands import Files, call, with_graphs
from together import without_checks

_TINY = """
corpus: {dev: 40, test: 40}
text: {source: {kind: words}, target: {kind: words}, max_length: 12}
model: {cell: rnn, bidirectional: false, units: 24, embedding: 16, attention_units: 16}
training: {epochs: 1, batch_size: 64, learning_rate: 1.0e-2}
"""


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    draw, lines = random.Random(3), {}
    while len(lines) < 400:
        digits = " ".join(draw.choice("0123456789") for _ in range(draw.randrange(1, 7)))
        lines[digits] = digits[::-1]
    corpus, recipe = folder / "reverse.tsv", folder / "tiny.yaml"
    corpus.write_text("".join(f"{source}\t{target}\n" for source, target in lines.items()), encoding="utf-8")
    recipe.write_text(_TINY, encoding="utf-8")
    made = Files(corpus, recipe, folder / "run", folder / "exported")
    trained = call(*made.training, "--run", made.run)
    assert trained.code == 0, trained.err
    assert call("evaluate", made.run).code == 0
    with without_checks():
        exported = call("export", made.run, "--output", made.exported)
    assert exported.code == 0, exported.err
    assert exported.out == f"{made.exported}\n"
    return made


@pytest.fixture
def by_graphs():
    with with_graphs():
        yield


@pytest.fixture
def run(files, tmp_path):
    """A copy of the run that a test may break."""
    return Path(shutil.copytree(files.run, tmp_path / "run"))


@pytest.fixture(scope="session")
def other_text(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("other") / "run"
    trained = call(*files.training, "--run", folder, "--set", "text.source.size=9")
    assert trained.code == 0, trained.err
    return folder


@pytest.fixture
def other(other_text, tmp_path):
    """A copy of a run whose text is another one."""
    return Path(shutil.copytree(other_text, tmp_path / "other"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def _no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path / "cache"))
