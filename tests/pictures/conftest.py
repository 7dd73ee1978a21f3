"""Tables that the picture tests share."""

import numpy as np
import pytest

from seqtasks.pictures import AttentionTable


@pytest.fixture(scope="session")
def make_table():
    def make(columns, rows, *, source="source", prediction="prediction"):
        weights = np.random.default_rng(0).dirichlet(np.full(len(columns), 0.3), size=len(rows))
        return AttentionTable("attention", columns, rows, weights, source, prediction)

    return make


@pytest.fixture(scope="session")
def spanish(make_table):
    return make_table(("▁Hola", ",", "▁mundo", "</s>"), ("▁Hello", ",", "▁world", "</s>"))


@pytest.fixture(scope="session")
def hostile(make_table):
    columns = ("<script>\"'&", "", "\n", " ", "\ud800")
    return make_table(columns, ("$x_{$", "\u202e", "</s>"), source="<b>\"'&", prediction="<i>")


@pytest.fixture(scope="session")
def tables(make_table, spanish, hostile):
    """Tables of every awkward size, by name."""
    return {
        "spanish": spanish,
        "hostile": hostile,
        "nothing predicted": make_table(("▁a", "</s>"), (), prediction=""),
        "one piece": make_table(("</s>",), ("</s>",), source="", prediction=""),
        "no pieces": AttentionTable("attention", (), (), [], "", ""),
    }


@pytest.fixture(scope="session")
def review():
    """An explanation of a whole text in words, with marks that were glued to them, for two classes."""
    columns = ("▁It", "▁was", "▁terribly", "▁dull", "▁\u2060,", "▁(\u2060", "▁really", "▁\u2060)", "▁\u2060!")
    weights = [[0.0, 0.03, 0.12, 0.5, 0.05, 0.05, 0.2, 0.05, 0.0], [0.1] * 8 + [0.2]]
    return AttentionTable(
        "attention", columns, ("negative", "positive"), weights, "It was terribly dull, (really)!", "negative", "text"
    )


@pytest.fixture(scope="session")
def texts(review, tables):
    """Tables that are shown as texts, of every awkward kind, by name."""
    found = {"review": review}
    for name, table in tables.items():
        parts = (table.kind, table.columns, table.rows, table.weights, table.source, table.prediction)
        found[name] = AttentionTable(*parts, layout="text")
    return found
