"""A model that answers at once, for tests of what is around it."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from seqtasks.errors import UsageError
from seqtasks.tasks.answer import Answer


@dataclass(frozen=True)
class Tagged(Answer):
    """An answer that has a form in columns too."""

    def conll(self):
        return "".join(f"{word}\tO\n" for word in self.text.split())


class Reversing:
    """Answers a text with its characters in reverse; fails on texts that hold 'crash', does not take 'wrong'.

    Attributes:
        calls: the number of texts of each call.
    """

    def __init__(self):
        self.calls, self.before = [], lambda call: None
        self.predictor = SimpleNamespace(reader=SimpleNamespace(from_line=self._from_line))

    def _from_line(self, line, where):
        if "wrong" in line:
            raise UsageError(f"{where}: this is wrong")
        return line

    def answers(self, inputs, *, beam=None, best=None, tokenized=None, prefix=None):
        self.calls.append(len(inputs))
        self.before(len(self.calls))
        if any("crash" in text for text in inputs):
            raise ValueError("a crash\nof the model")
        return [
            Tagged(text[::-1], -1.0, tuple((text[::-1] + "!" * i, -1.0 - i) for i in range(best or 1)), False, 0.0)
            for text in inputs
        ]


@pytest.fixture
def model():
    return Reversing()


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Answers four lines at once, and takes any path for that of a model."""
    for module in ("lines", "reading", "file"):
        monkeypatch.setattr(f"seqtasks.answering.{module}.AT_ONCE", 4)
    monkeypatch.setattr("seqtasks.answering.jobs.fingerprint_of", lambda path: f"weights of {path}")


@pytest.fixture
def texts(tmp_path):
    """A file of 18 lines, among them a blank one and one without an end."""
    path = tmp_path / "in.txt"
    path.write_text("\n".join(["", *(f"line {number} é" for number in range(17))]), encoding="utf-8")
    return path
