"""What a shell is told while a command is typed."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from commands import call

from seqtasks.cli import cli


def offered(typed):
    """Returns what is offered for the last word of a command line, (type, value) each."""
    *words, incomplete = typed.split(" ")
    found = ShellComplete(cli, {}, "seqtasks", "_SEQTASKS_COMPLETE").get_completions(words, incomplete)
    return [(one.type, one.value) for one in found]


@pytest.mark.parametrize(
    ("typed", "known", "unknown"),
    [
        ("com", ["compare", "completion"], ["train"]),
        ("train --task ", ["ner", "language-model"], []),
        ("train --task n", ["ner"], ["sentiment"]),
        ("train --task ner --config ", ["ner", "ner-glove"], ["translate"]),
        ("train --task sentiment --corpus ", ["movie_reviews", "imdb"], ["conll2003"]),
        ("corpora ", ["conll2003", "tatoeba_es_en"], []),
        ("train --task ner --set model.vec", ["model.vectors=", "model.vectors_learned="], ["model.attention="]),
        ("train --set model.att", ["model.attention=", "model.attention_units="], []),
        ("train --task ner --set model.cell=", ["model.cell=lstm", "model.cell=gru"], ["model.cell="]),
        ("train --task ner --set model.bidirectional=", ["model.bidirectional=true"], []),
        ("train --task ner --set model.units=", [], ["model.units="]),
        ("train --task ner --set nothing.at.all=", [], ["nothing.at.all="]),
    ],
)
def test_names_of_tasks_recipes_corpora_and_settings_are_offered(typed, known, unknown):
    values = [value for _, value in offered(typed)]
    assert set(known) <= set(values)
    assert not set(unknown) & set(values)


def test_runs_and_exported_models_of_the_folder_are_offered(here):
    for file in ("runs/one/manifest.json", "runs/two/seed-1/manifest.json", "saved_models/ner/1/seqtasks.json"):
        (here / file).parent.mkdir(parents=True)
        (here / file).write_text("{}")
    found = [("plain", name) for name in ("runs/one", "runs/two/seed-1", "saved_models/ner/1")]
    for typed in ("predict ", "evaluate ", "train --task ner --from ", "compare runs/one "):
        assert offered(typed) == [("dir", ""), *found]
    assert offered("export runs/t") == [("dir", "runs/t"), found[1]]


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes_a_setting_and_leaves_no_space_behind_it(tmp_path):
    command = tmp_path / "seqtasks"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seqtasks "$@"\n')
    command.chmod(0o755)
    words = "seqtasks train --task ner --set model.vectors_l"
    script = f"""
    compopt() {{ printf '%s ' compopt "$@"; echo; }}
    eval "$(seqtasks completion bash)"
    COMP_WORDS=({words}); COMP_CWORD=5
    _seqtasks_completion seqtasks
    echo "${{COMPREPLY[@]}}"
    """
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout == "compopt -o nospace \nmodel.vectors_learned=\n", done.stderr


def test_nothing_that_is_offered_needs_tensorflow():
    script = "import sys; import seqtasks.cli; from seqtasks.cli.completing import *; "
    script += (
        "import click; c = click.Context(cli); [f(c, None, '') for f in (tasks, recipes, corpora, settings, runs)]; "
    )
    script += "print({'tensorflow', 'numpy', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr


def test_another_shell_is_refused():
    done = call("completion", "ksh")
    assert (done.code, "'ksh' is not one of 'bash', 'zsh', 'fish'" in done.err) == (2, True)
