"""Weights of either sign: what speaks for an answer and what against it, in every format."""

from xml.etree import ElementTree

import numpy as np
import pytest

from seqtasks.pictures.attention import heatmap, page, shaded_text
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.pictures.attention.terminal import as_text
from seqtasks.pictures.attention.words import strongest, words_of

COLUMNS, WEIGHTS = ("not", "a", "good", "film"), [[-0.5, 0.01, 2.0, 0.04]]


def table(layout, rows=("positive",), weights=WEIGHTS):
    return AttentionTable("attribution", COLUMNS, rows, weights, "not a good film", "positive", layout)


def test_signed_weights_need_no_sum_but_must_be_finite_and_come_back_from_json():
    again = AttentionTable.from_json(table("text").to_json())
    np.testing.assert_array_equal(again.weights, table("text").weights)
    assert again.signed and not AttentionTable("saliency", ("a",), ("b",), [[1.0]], "", "").signed
    with pytest.raises(ValueError, match="finite"):
        table("text", weights=[[np.nan, 0, 0, 0]])
    with pytest.raises(ValueError, match="1 x 1 but"):
        table("text", weights=[[1.0]])


def test_the_terminal_by_hand():
    assert as_text(table("text")) == (
        "positive (for: good, +2.00; against: not, -0.50; together +1.55 nats)\n{not} a [[[good]]] film"
    )
    colored = as_text(table("text"), color=True)
    assert "\x1b[4;48;5;152;38;5;16mnot\x1b[0m" in colored and "\x1b[48;5;160;38;5;231mgood\x1b[0m" in colored
    assert as_text(table("grid", rows=("x", "y"), weights=[[-0.5, 0.01, 2.0, 0.04], [12.34, -150, 0, 0.05]])) == (
        "    not     a  good  film\nx -0.50     · +2.00     ·\ny +12.3  -150     · +0.05"
    )


def test_the_strongest_on_each_side_are_named():
    words = words_of(table("text"))
    assert strongest(words, np.array([-1, -2, -3, -4.0]), signed=True) == "against: film, -4.00; together -10.00 nats"
    assert strongest(words, np.array([1, 2, 3, 4.0]), signed=True) == "for: film, +4.00; together +10.00 nats"
    assert strongest([], np.array([]), signed=True) == "no words"


def test_pages_tell_the_sides_apart_without_colour_too():
    text, grid = page.as_html(table("text")), page.as_html(table("grid"))
    assert '<span class="against" style="--weight:0.25" title="not: -0.500 nats">not</span>' in text
    assert '<span class="strong" style="--weight:1" title="good: +2.000 nats">good</span>' in text
    assert "orange and underlined" in text
    assert '<td class="plain against" style="--weight:0.25" title="positive ← not: -0.500 nats">-0.50</td>' in grid
    assert ">+2.00</td>" in grid and "in nats" in grid


def test_pictures_underline_what_speaks_against_and_name_the_ends_of_the_scale():
    tree = ElementTree.fromstring(shaded_text.as_picture(table("text"), ".svg"))
    lines = [one for one in tree.iter() if one.get("id", "").startswith("line2d")]
    assert len(lines) == 1
    texts = {one.text for one in ElementTree.fromstring(heatmap.as_picture(table("grid"), ".svg")).iter() if one.text}
    assert {"-2.0", "2.0", "added to log p, in nats"} <= texts
