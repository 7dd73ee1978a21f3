"""The page of cells: everything escaped, nothing from elsewhere, numbers that read back."""

import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.laboratory.cells import Cells
from seqtasks.laboratory.ranking import rank
from seqtasks.pictures.cells.page import as_html
from seqtasks.pictures.pieces import in_text

_HOSTILE = [
    "<",
    "&amp;",
    '"',
    "'",
    "</script>",
    "<!--",
    "\n",
    "\t",
    " ",
    "\0",
    "\r",
    "\u202e",
    "\ud800",
    "e\u0301",
    "你",
]


class Page(HTMLParser):
    """Reads a page back: the pieces of its text, its data, its buttons and all tags."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.pieces, self.data, self.buttons, self.inside = [], [], {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "pre" or (tag == "script" and "id" in attributes):
            self.inside = attributes["id"]
        elif tag == "span" and self.inside == "text":
            self.pieces.append("")
        elif tag == "button" and "data-unit" in attributes:
            self.buttons.append(attributes)

    def handle_endtag(self, tag):
        if tag in ("pre", "script"):
            self.inside = None

    def handle_data(self, data):
        if self.inside == "text":
            self.pieces[-1] += data
        elif self.inside:
            self.data[self.inside] = self.data.get(self.inside, "") + data

    def values(self, name):
        """Returns the rows of an element of bytes, in [-1, 1]."""
        steps = json.loads(self.data["facts"])["steps"]
        values = np.frombuffer(base64.b64decode(self.data.get(name, "")), np.int8)
        return values.reshape(-1, steps).astype(float) / 127


def made(pieces, *, units=3, layers=2, most=1.0):
    random = np.random.default_rng(0)
    activations = random.uniform(-most, most, [len(pieces), layers * units]).astype(np.float32)
    properties = {"inside quotes": random.integers(0, 2, len(pieces)).astype(float), "digit": np.zeros(len(pieces))}
    properties["inside quotes"][:2] = [0, 1][: len(pieces)]
    rankings = {"inside quotes": rank(activations, properties["inside quotes"])} if len(pieces) > 1 else {}
    return Cells("lstm", units, tuple(pieces), activations, properties, ("digit",), rankings)


def test_numbers_read_back():
    cells = made(["a"] * 50)
    page = Page(as_html(cells, "run"))
    np.testing.assert_allclose(page.values("activations").T, cells.activations, rtol=0, atol=1 / 127)
    np.testing.assert_allclose(page.values("properties")[0], cells.properties["inside quotes"])
    facts = json.loads(page.data["facts"])
    assert facts == {"steps": 50, "units": 3, "scales": [1.0] * 6, "properties": ["inside quotes"]}


def test_rectified_units_are_scaled_one_by_one():
    cells = made(["a"] * 50, most=1.0)
    cells.activations[:, 4] *= 30
    page = Page(as_html(cells, "run"))
    scales = np.array(json.loads(page.data["facts"])["scales"])
    assert scales[4] > 20 and np.all(np.delete(scales, 4) == 1)
    np.testing.assert_allclose(page.values("activations").T * scales, cells.activations, rtol=0, atol=scales[4] / 127)


def test_ranked_units_are_named_with_sign_and_chance():
    cells = made(["a"] * 50)
    page = Page(as_html(cells, "run"))
    assert len(page.buttons) == 5
    ranking = cells.rankings["inside quotes"]
    layer, unit = cells.place(ranking.numbers[0])
    label = page.buttons[0]["aria-label"]
    assert label.startswith(f"inside quotes: layer {layer} unit {unit}, r = ")
    assert int(page.buttons[0]["data-unit"]) == ranking.numbers[0]
    assert float(page.buttons[0]["data-r"]) == pytest.approx(ranking.correlations[0], abs=0.005)
    assert label.endswith(", not above chance") != ranking.is_found
    assert "Constant in this text: digit." in as_html(cells, "run")


@given(st.lists(st.sampled_from(_HOSTILE) | st.text(max_size=5), min_size=1, max_size=20))
def test_any_text_stays_text(pieces):
    html = as_html(made(pieces, units=1, layers=1), "<b>'\"&</title>" + pieces[0])
    page, plain = Page(html), Page(as_html(made(["a"] * len(pieces), units=1, layers=1), "run"))
    assert page.pieces == [in_text(piece) for piece in pieces]
    assert page.tags == plain.tags
    assert html.count("</script") == 4
    html.encode("utf-8")


def test_nothing_moves_the_text_around_it():
    assert in_text("a\0\r\u202e\u200d b\tc\ne\u0301\u0301") == r"a\x00\r\u202e\u200d b" + "\tc\ne\u0301\u0301"


def test_self_contained_accessible_and_for_both_schemes():
    html = as_html(made(["a", "b"]), "run")
    assert html.startswith("<!DOCTYPE html>")
    assert not re.search(r"http|src=|href|url\(|@import|<link|fetch", html)
    assert "prefers-color-scheme: dark" in html and "ArrowRight" in html
    for label in ("previous unit", "next unit", "the text"):
        assert f'aria-label="{label}"' in html


def test_two_thousand_pieces_of_two_layers_of_512_units_stay_below_three_megabytes():
    assert len(as_html(made(["a"] * 2000, units=512), "run")) < 3_000_000


def test_one_piece_is_enough():
    page = Page(as_html(made(["a"]), "run"))
    assert (page.pieces, page.buttons, page.values("activations").shape) == (["a"], [], (6, 1))
