"""A page over models that answer from a table, served on a free port."""

import threading
import time
from contextlib import contextmanager

import pytest

pytest.importorskip("uvicorn", reason="play is not installed: pip install 'seqtasks[play]'")

from seqtasks.errors import UsageError
from seqtasks.play import server

TOKEN = "a-token"


class Echo:
    """Stands for a Player of a translator that writes a text backwards."""

    def __init__(self, name="runs/echo", task="translate"):
        self.name, self.task, self.asked, self.wait = name, task, [], threading.Event()
        self.wait.set()

    def described(self):
        known = {"kind": "run", "corpus": "tiny", "score": {"epoch": 3}, "examples": ["a b", "<b>c</b>"], "pins": True}
        return {"name": self.name, "task": self.task, **known}

    def answer(self, text, prefix):
        self.asked.append(text)
        assert self.wait.wait(20)
        if "\ud800" in text:
            raise UsageError("half of a surrogate pair")
        columns, rows = text.split(), [*prefix.split(), *text.split()[::-1]]
        weights = [[float(column == row) for column in columns] for row in rows]
        table = {"kind": "attention", "layout": "grid", "columns": columns, "rows": rows, "weights": weights}
        found = {"text": " ".join(rows), "score": -0.5, "alternatives": [(" ".join(rows), -0.5), ("none", -2.0)]}
        return {**found, "cut": False, "unknown": 0.25, "unread": "end", "table": table, "unexplained": None}

    def choices(self, text, prefix):
        return [[("▁x", 0.5), ("▁y", 0.25)] for _ in [*prefix.split(), *text.split()]]


@contextmanager
def serving(*players):
    with server.bound(0) as listener:
        port = listener.getsockname()[1]
        running = server.server(server.application(players, port=port, token=TOKEN))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield port
        finally:
            running.should_exit = True
            thread.join(10)


@pytest.fixture(scope="module")
def echo():
    return Echo()


@pytest.fixture(scope="module")
def port(echo):
    with serving(echo, Echo("runs/other")) as port:
        yield port
