"""Stand-ins for models, which answer from a table, and a server of their page on a free port."""

import base64
import re
import threading
import time
from contextlib import contextmanager
from unittest import mock

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.pictures.attention.tiles import png_of
from seqtasks.play import server

TOKEN = "a-token"


PIXEL = base64.b64encode(png_of(np.full((4, 4, 3), 200, np.uint8))).decode()


class Echo:
    """Stands for a Player of a translator that writes a text backwards."""

    task, reads, examples = "translate", "texts", ["a b", "<b>c</b>"]

    def __init__(self, name="runs/echo"):
        self.name, self.asked, self.wait = name, [], threading.Event()
        self.wait.set()

    def described(self):
        known = {"kind": "run", "corpus": "tiny", "fingerprint": "0", "score": {"dev BLEU": 3}, "sampling": {}}
        known |= {"pins": True, "searches": True, "units": None}
        return {"name": self.name, "task": self.task, "reads": self.reads, "examples": self.examples, **known}

    def answer(self, text, prefix):
        self.asked.append(text)
        assert self.wait.wait(20)
        if "\ud800" in text:
            raise UsageError("half of a surrogate pair")
        columns, rows = text.split(), [*prefix.split(), *text.split()[::-1]]
        weights = [[float(column == row) for column in columns] for row in rows]
        best = " ".join(rows)
        return told(best, [(best, -0.5), ("none", -2.0)], "attention", columns, rows, weights)

    def choices(self, text, prefix):
        return [choice(piece) for piece in [*prefix.split(), *text.split()]]

    def tree(self, text, prefix):
        first, *_ = text.split()
        return [node(f"▁{first}", -0.5), node("▁no", -2.0), node("</s>", -0.75, 0, rank=1), node("▁x", -3.0, 0)]

    def unit(self, text, layer, unit):
        raise UsageError("it has no units")

    def write(self, text, **options):
        raise UsageError("it does not write on")


class Critic(Echo):
    """Of a classifier: good films have the word good in them."""

    task, examples = "sentiment", ["a good film"]

    def answer(self, text, prefix):
        words = text.split()
        weights = [{"good": 1.5, "not": -0.5}.get(word, 0.0) for word in words]
        ranked = [("positive", 0.75), ("negative", 0.25)]
        return told("positive", ranked, "attribution", words, ["positive"], [weights], layout="text", signed=True)


class Writer(Echo):
    """Of a language model that counts."""

    task, examples = "language-model", ["one two"]

    def described(self):
        known = {"pins": False, "searches": False, "writes": True, "units": {"layers": 1, "units": 3}}
        return {**super().described(), **known, "sampling": {"temperature": 1.0, "top_k": None}}

    def answer(self, text, prefix):
        places = [choice(piece) for piece in [*text.split(), ""]]
        return {"text": "", "cut": False, "unread": "beginning", "unknown": 0.0, "places": places, "table": None}

    def unit(self, text, layer, unit):
        if layer != 1:
            raise UsageError("layer: received 2; allowed: a whole number from 1 to 1")
        pieces = text.split()
        return {"pieces": pieces, "values": [(-0.5) ** place * unit / 3 for place in range(len(pieces))]}

    def write(self, text, temperature=None, clamp=None, **_):
        if temperature == 0:
            raise UsageError("sampling.temperature is 0")
        for number in range(3):
            self.asked.append(number)
            assert self.wait.wait(20)
            yield f" {clamp['value'] if clamp else number}"


class Filler(Echo):
    """Of a model that fills each gap with yes, rather than no."""

    task, examples = "fill", ["say ___"]

    def answer(self, text, prefix):
        places = [match.span() for match in re.finditer("___", text)]
        gaps = [{"begin": begin, "end": end, "word": "yes", "probability": 0.75} for begin, end in places]
        columns = text.split()
        weights = [[1.0 for _ in columns] for _ in gaps]
        best = text.replace("___", "yes")
        found = told(best, [(best, 0.75)], "saliency", columns, ["yes"] * len(gaps), weights, layout="text")
        return {**found, "gaps": gaps, "candidates": [[("yes", 0.75), ("no", 0.25)]] * len(gaps), "glued": False}


class Coder(Echo):
    """Of a model that writes a call of the last word, which it copies."""

    task, examples = "code", ["call f"]

    def answer(self, text, prefix):
        *_, last = words = text.split()
        weights = [[float(word == "call") for word in words], [float(word == last) for word in words]]
        tree = {"layout": "tree", "fathers": [-1, 0], "copied": [-1, len(words) - 1]}
        return told(f"{last}()", [(f"{last}()", -0.5)], "attention", words, ["Call", last], weights, **tree)


class Painter(Echo):
    """Of a captioner that looks at one of four cells for each word."""

    task, reads, examples = "caption", "images", [PIXEL]

    def answer(self, text, prefix):
        if base64.b64decode(text)[:4] != b"\x89PNG":
            raise UsageError("not a PNG")
        columns = [f"row {i // 2 + 1}, column {i % 2 + 1}" for i in range(4)]
        rows, image = ["a", "square"], {"image": PIXEL, "grid": [2, 2]}
        weights = [[0.0, 0.0, 0.25, 0.75], [1.0, 0.0, 0.0, 0.0]]
        return told("a square", [("a square", -0.1)], "attention", columns, rows, weights, layout="image", **image)


def node(piece, logp, parent=None, rank=None):
    return {"piece": piece, "logp": logp, "parent": parent, "rank": rank, "score": logp / 2 if rank else None}


def differing(one, other):
    """Stands for the comparison of two Players."""
    return {"inputs": ["a c", "d"], "of": 7, "differing": 2, "kept": False, "by": f"{one.name} {other.name}"}


def choice(piece):
    return {"piece": piece, "probability": 0.125, "likeliest": [("▁x", 0.5), ("▁y", 0.25)]}


def told(text, alternatives, kind, columns, rows, weights, **more):
    table = {"kind": kind, "layout": "grid", "signed": False, "columns": columns, "rows": rows, "weights": weights}
    found = {"text": text, "score": alternatives[0][1], "alternatives": alternatives, "table": {**table, **more}}
    return {**found, "cut": False, "unknown": 0.25, "unread": "end", "unexplained": None}


@contextmanager
def serving(*players, host=server.HOST):
    with server.bound(0, host) as listener, mock.patch.object(server, "differing", differing):
        port = listener.getsockname()[1]
        running = server.server(server.application(players, host=host, port=port, token=TOKEN))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield port
        finally:
            running.should_exit = True
            thread.join(10)
