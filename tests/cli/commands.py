"""Ways to call the command line, and what to expect of it."""

import contextlib
import io
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from together import without_graphs

from seqtasks.cli import cli, main

VERBS = sorted(cli.commands)


class Result(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self):
        return self.out.split("\n")[:-1]


class Files(NamedTuple):
    """What the commands work on: a corpus, a recipe, a run of one epoch and its export."""

    corpus: Path
    recipe: Path
    run: Path
    exported: Path

    @property
    def training(self):
        return ["train", "--task", "translate", "--corpus", str(self.corpus), "--config", str(self.recipe)]


def call(*arguments, stdin=b""):
    """Runs the command line in this process, and there without graphs, unless within `with_graphs`."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True) for _ in range(2))
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), without_graphs():
            with pytest.raises(SystemExit) as leaving:
                main([str(argument) for argument in arguments])
    finally:
        sys.stdin = before
    return Result(leaving.value.code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


@contextlib.contextmanager
def with_graphs():
    """Has commands compute by graphs, as they do in a process of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("commands.without_graphs", contextlib.nullcontext)
        yield


def start(*arguments, **options):
    """Starts the command line in a process of its own, which heeds Ctrl-C even if these tests run in the background."""
    command = [sys.executable, "-m", "seqtasks", *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **options)


def refused(result, *parts, code=2):
    """Asserts that a command failed with one clear message on stderr, with all of `parts`, and printed nothing."""
    assert result.code == code, result
    assert result.out == ""
    assert "Traceback" not in result.err
    assert "--debug" not in result.err
    errors = [line for line in result.err.split("\n") if line.startswith("Error")]
    assert len(errors) == 1, result.err
    for part in parts:
        assert str(part) in errors[0]


def tree(folder):
    """Returns {relative path: content} of all files and folders below `folder`."""
    found = sorted(Path(folder).rglob("*"))
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in found}
