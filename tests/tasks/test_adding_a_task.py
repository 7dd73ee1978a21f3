"""A task is added as CONTRIBUTING.md says, and by nothing else: here a copy of sentiment under another name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def renamed(path):
    """Makes the task of the files at `path` another one."""
    for file in path.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for old, new in (("tasks.sentiment", "tasks.opinion"), ("Sentiment", "Opinion"), ('"sentiment"', '"opinion"')):
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("seqtasks", "configs", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("setup.cfg", "README.md"):
        shutil.copy(ROOT / part, folder / part)
    # Its package, a line among the tasks, its recipe, its tests.
    tasks = folder / "seqtasks" / "tasks"
    shutil.copytree(tasks / "sentiment", tasks / "opinion")
    renamed(tasks / "opinion")
    registry = (tasks / "__init__.py").read_text(encoding="utf-8")
    line = '    "ner": "Ner",\n'
    assert line in registry
    (tasks / "__init__.py").write_text(registry.replace(line, f'{line}    "opinion": "Opinion",\n'), encoding="utf-8")
    (folder / "configs" / "opinion.yaml").write_text("# What they think of it.\nmodel: {units: 8}\n", encoding="utf-8")
    shutil.copytree(folder / "tests" / "tasks" / "sentiment", folder / "tests" / "tasks" / "opinion")
    renamed(folder / "tests" / "tasks" / "opinion")
    return folder


def run(checkout, *arguments):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=checkout,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )


def test_it_is_listed_with_its_recipe(checkout):
    done = run(checkout, "seqtasks", "tasks")
    assert done.returncode == 0, done.stderr
    assert "opinion" in done.stdout
    assert "What they think of it." in done.stdout


def check(checkout, chosen):
    done = run(checkout, "pytest", "-q", "-n", "0", "-k", chosen, "tests/tasks/opinion", "tests/test_imports.py")
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout


@pytest.mark.slow
def test_it_keeps_the_whole_contract(checkout):
    check(checkout, "TestOpinion or import")
