"""What --help says: every verb, every option of it, and what each is for."""

import re
from pathlib import Path

import click
import pytest
from commands import VERBS, call

import seqtasks
from seqtasks.cli import cli


@pytest.mark.parametrize("verb", VERBS)
def test_help_names_every_verb_and_option(verb):
    (line,) = (line for line in call("--help").lines if line.startswith(f"  {verb} "))
    assert line.split(" ", 3)[-1].strip()
    shown = call(verb, "--help")
    assert (shown.code, shown.err) == (0, "")
    usage, _, rest = shown.out.partition("\n\n")
    assert usage.startswith(f"Usage: seqtasks {verb}")
    assert cli.commands[verb].help.strip().split("\n")[0] in " ".join(rest.split())
    for parameter in cli.commands[verb].params:
        if parameter.param_type_name == "argument":
            assert parameter.make_metavar(click.Context(cli.commands[verb])) in usage
            continue
        assert (parameter.help or "").strip(), parameter.opts
        # Its own line, and on it or below it what it is for.
        entry = re.search(rf"^  (?:-\w, )?{parameter.opts[-1]}\b", rest, re.MULTILINE)
        assert entry, f"{verb} --help does not show {parameter.opts}"
        assert " ".join(parameter.help.split())[:20] in " ".join(rest[entry.end() :].split())


def test_help_of_the_whole_and_the_readme_name_every_verb():
    shown = call("--help")
    assert (shown.code, shown.err) == (0, "")
    assert len(VERBS) == len([line for line in shown.out.partition("Commands:\n")[2].split("\n") if line])
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"seqtasks {verb}" not in readme] == []
    assert call("--version").out == f"seqtasks, version {seqtasks.__version__}\n"


def test_links_of_the_readme_lead_somewhere():
    root = Path(__file__).parents[2]
    links = re.findall(r"\]\(([^)#]+)\)", (root / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 10
    assert [link for link in links if "://" not in link and not (root / link).exists()] == []
