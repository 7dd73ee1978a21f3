"""The page: everything escaped, nothing from elsewhere, one cell a weight."""

import html
import re
from html.parser import HTMLParser

import numpy as np

from seqtasks.pictures.attention.page import as_html
from seqtasks.pictures.pieces import visible


class Page(HTMLParser):
    """Reads a page back: its tags, its heads and its weights."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.heads, self.rows, self.titles, self.scope = [], {"col": [], "row": []}, [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        attributes = dict(attributes)
        if tag == "th":
            self.scope = attributes["scope"]
            self.heads[self.scope].append("")
            if self.scope == "row":
                self.rows.append([])
        elif tag == "td" and "style" in attributes:
            self.rows[-1].append(float(attributes["style"].removeprefix("--weight:")))
            self.titles.append(attributes["title"])

    def handle_endtag(self, tag):
        self.scope = None if tag == "th" else self.scope

    def handle_data(self, data):
        if self.scope:
            self.heads[self.scope][-1] += data


def test_pieces_and_weights_read_back(tables):
    for table in tables.values():
        page = Page(as_html(table))
        assert page.heads["col"] == [visible(piece) for piece in table.columns]
        assert page.heads["row"] == [visible(piece) for piece in table.rows]
        weights = np.array(page.rows, dtype=np.float32).reshape(table.weights.shape)
        np.testing.assert_array_equal(weights, table.weights)


def test_tooltips_name_both_pieces_and_the_weight(spanish):
    title = Page(as_html(spanish)).titles[6]
    assert title == f", ← ▁mundo: {100 * float(spanish.weights[1, 2]):.2f} %"


def test_hostile_pieces_stay_text(hostile):
    text = as_html(hostile)
    assert "<script" not in text and "<b>" not in text and "\u202e" not in text
    assert "&lt;script&gt;&quot;&#x27;&amp;" in text
    assert {tag for tag, _ in Page(text).tags}.isdisjoint({"script", "b"})


def test_self_contained(tables):
    for table in tables.values():
        text = as_html(table)
        assert not re.search(r"http|src=|href|url\(|@import|<link", text)
        assert '<meta charset="utf-8">' in text and text.startswith("<!DOCTYPE html>")


def test_right_to_left_and_schemes(spanish):
    text = as_html(spanish)
    heads = [attributes for tag, attributes in Page(text).tags if tag == "th"]
    assert all(attributes["dir"] == "auto" for attributes in heads)
    assert "prefers-color-scheme: dark" in text and "position: sticky" in text


def test_pages_say_what_is_missing(tables):
    assert "Nothing was predicted" in as_html(tables["nothing predicted"])


def test_a_notebook_shows_the_page_in_a_frame(tables, texts):
    for table in (*tables.values(), *texts.values()):
        framed = table._repr_html_()
        assert framed.startswith("<iframe srcdoc=") and framed.endswith("></iframe>")
        assert html.unescape(framed.split('"')[1]) == as_html(table)
