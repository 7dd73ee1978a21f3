"""Texts with shaded words: their spaces, their lines, their shades."""

import re
import warnings
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.pictures import AttentionTable, as_text
from seqtasks.pictures.attention.page import as_html
from seqtasks.pictures.attention.shaded_text import as_picture
from seqtasks.pictures.attention.words import lines_of, strengths, strongest, words_of
from seqtasks.pictures.canvas import text_width
from seqtasks.pictures.pieces import display_width

WORDS = st.lists(st.tuples(st.booleans(), st.text("ab我␣", min_size=1, max_size=9)), min_size=1, max_size=30)


def shown(columns, source=""):
    weights = np.full((1, len(columns)), 1 / len(columns))
    words = words_of(AttentionTable("attention", columns, ("x",), weights, source, "x", "text"))
    return "".join(" " * spaced + text for spaced, text in words)


@pytest.mark.parametrize(
    ("columns", "source", "text"),
    [
        (("▁un", "believ", "able", "▁end", "</s>"), "Unbelievable end", "unbelievable end </s>"),
        (("▁Hola", "▁\u2060,", "▁(\u2060", "▁mundo", "▁\u2060)"), "Hola, (mundo)", "Hola, (mundo)"),
        (("a", "▁", "b"), "a b", "a␣b"),
        (("我", "也", "。"), "我也。", "我也。"),
        (("！", "A", "b"), "！aB", "！Ab"),
        (("John", "lives", "."), "John lives .", "John lives ."),
        (("", "\n", "x"), "?", "␣ \\n x"),
    ],
)
def test_spaces_stand_where_they_stood(columns, source, text):
    assert shown(columns, source) == text


def test_strengths_are_shares_of_the_largest(review):
    assert strengths(review.weights[0]).tolist() == pytest.approx([0, 0.06, 0.24, 1, 0.1, 0.1, 0.4, 0.1, 0])
    assert strongest(words_of(review), review.weights[0]) == "most: dull, 50.0 %"


@given(words=WORDS, width=st.integers(1, 30))
def test_lines_hold_every_word_in_order_and_fit(words, width):
    sizes = [display_width(text) for _, text in words]
    lines = lines_of(words, sizes, space=1, width=width)
    assert [number for line in lines for number in line] == list(range(len(words)))
    for line in lines:
        used = sum(sizes[number] + words[number][0] for number in line) - words[line[0]][0]
        assert used <= width or len(line) == 1


def test_words_stay_whole_where_they_fit():
    words = [(False, "un"), (False, "real"), (True, "ly"), (False, "?")]
    assert lines_of(words, [2, 4, 2, 1], space=1, width=8) == [[0, 1], [2, 3]]
    assert lines_of(words, [2, 4, 2, 1], space=1, width=5) == [[0], [1], [2, 3]]


def test_terminal_without_colours_by_hand(review):
    assert as_text(review, width=40) == (
        "negative (most: dull, 50.0 %)\n"
        "It was [terribly] [[[dull]]],\n"
        "([really])!\n\n"
        "positive (most: !, 20.0 %)\n"
        "[[It]] [[was]] [[terribly]]\n"
        "[[dull]][[,]]\n"
        "[[(]][[really]][[)]][[[!]]]"
    )


def test_terminal_with_colours_says_the_same(review):
    text = as_text(review, color=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == (
        "negative (most: dull, 50.0 %)\nIt was terribly dull, (really)!\n\n"
        "positive (most: !, 20.0 %)\nIt was terribly dull, (really)!"
    )
    assert "\x1b[48;5;160;38;5;231mdull\x1b[0m" in text and "\x1b[48;5;187;38;5;16mterribly\x1b[0m" in text


def test_terminal_without_predictions(texts):
    assert as_text(texts["nothing predicted"]) == as_text(texts["no pieces"]) == "(nothing was predicted)"


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_every_text_is_drawn_without_a_word(texts, suffix, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for table in texts.values():
            assert as_picture(table, suffix)
    assert not caplog.records


def test_svg_has_a_box_for_each_word_of_weight(review):
    tree = ElementTree.fromstring(as_picture(review, ".svg"))
    texts = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:4] == ["negative", "(most: dull, 50.0 %)", "It", "was"] and texts.count("terribly") == 2
    boxes = [element for element in tree.iter() if element.get("id", "").startswith("patch_")]
    # The ground, and all words but the first and the last of the first row, which have no weight.
    assert len(boxes) == 1 + 7 + 9


class Page(HTMLParser):
    """Reads the shaded words of a page back."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.flows, self.strengths = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if attributes.get("class") == "flow":
            self.flows.append("")
        if "--weight" in attributes.get("style", ""):
            self.strengths.append(float(attributes["style"].removeprefix("--weight:")))

    def handle_data(self, data):
        if self.flows and self.tags[-1] in ("p", "span") and data != "\n":
            self.flows[-1] += data


def test_page_holds_text_and_strengths(review):
    page = Page(as_html(review))
    assert page.flows[0].startswith("It was terribly dull, (really)!")
    assert page.strengths == pytest.approx([*strengths(review.weights[0]), *strengths(review.weights[1])], rel=1e-2)
    assert 'title="dull: 50.00 %"' in as_html(review) and "<dt>source" not in as_html(review)


def test_pages_are_safe_and_self_contained(texts):
    for table in texts.values():
        text = as_html(table)
        assert not re.search(r"http|src=|href|url\(|@import|<link|<script|<b>", text)
        assert text.startswith("<!DOCTYPE html>") and 'dir="auto"' in text
    assert "Nothing was predicted" in as_html(texts["nothing predicted"])


def test_arabic_letters_are_joined():
    # A joiner that does not join keeps letters in the forms of their own, which are wider.
    assert text_width("مرحبا", size=12) < text_width("\u200c".join("مرحبا"), size=12)
