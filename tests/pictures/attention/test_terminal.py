"""Pieces as they are shown, and tables in a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.pictures import AttentionTable, as_text
from seqtasks.pictures.pieces import display_width, elide, visible

# Narrow, wide, emoji, combining, control, right-to-left, joiners, conjoining Hangul.
CHARACTERS = (
    st.sampled_from("ab▁我也🙂\u0301\u0308\n\t\x1b \u3000م\u200d\u200b\u202e\u1112\u1161\u11ab\ufe0f") | st.characters()
)
PIECE = st.text(CHARACTERS, max_size=12)


@pytest.mark.parametrize(
    ("piece", "shown"),
    [
        ("▁Hola", "▁Hola"),
        ("", "∅"),
        (" ", "␣"),
        (" a b ", "␣a b␣"),
        ("\n", "\\n"),
        ("a\tb", "a\\tb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("\u0301", "◌\u0301"),
        ("\u1161", "◌\u1161"),
        ("e\u0301", "e\u0301"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200d", "\\u200d"),
    ],
)
def test_visible(piece, shown):
    assert visible(piece) == shown


@given(piece=PIECE)
def test_visible_is_never_blank_and_never_controls(piece):
    shown = visible(piece)
    assert shown.strip() and display_width(shown) > 0
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("我也", 4), ("e\u0301", 1), ("🙂", 2), ("ｱ", 1), ("\u1112\u1161\u11ab", 2), ("", 0)],
)
def test_display_width(text, columns):
    assert display_width(text) == columns


@given(text=PIECE, columns=st.integers(1, 10))
def test_elide_fits(text, columns):
    assert display_width(elide(text, columns=columns)) <= columns


def test_small_table_by_hand():
    table = AttentionTable("attention", ("我", "</s>"), ("▁I", "."), [[0.96, 0.04], [0.25, 0.75]], "我", "I.")
    assert as_text(table) == "      我  </s>\n▁I ██ 96     ·\n . ░░ 25 ▓▓ 75"


def test_nothing_predicted(tables):
    assert as_text(tables["nothing predicted"]) == "    ▁a  </s>\n\n(nothing was predicted)"
    assert as_text(tables["no pieces"]) == "(nothing was predicted)"


@given(
    columns=st.lists(PIECE, min_size=1, max_size=9),
    rows=st.lists(PIECE, min_size=1, max_size=4),
    width=st.integers(20, 90),
)
def test_every_line_of_a_block_ends_at_the_same_place(make_table, columns, rows, width):
    blocks = as_text(make_table(columns, rows), width=width).split("\n\n")
    for block in blocks:
        lines = block.split("\n")
        assert len(lines) == len(rows) + 1
        assert len({display_width(line) for line in lines}) == 1
        # One column is always shown: at most 24 for the side and 15 for the column.
        assert display_width(lines[0]) <= max(width, 39)


def test_every_column_is_in_one_block(make_table):
    columns = [f"c{number}" for number in range(40)]
    blocks = as_text(make_table(columns, ["r"]), width=60).split("\n\n")
    assert len(blocks) > 1
    assert " ".join(block.split("\n")[0] for block in blocks).split() == columns
