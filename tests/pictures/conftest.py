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
