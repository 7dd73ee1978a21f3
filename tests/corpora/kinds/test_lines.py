"""Lines of a text are a sequence of rows."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqtasks.corpora.kinds.lines import LineRows, lines_of

TEXTS = st.text(st.one_of(st.sampled_from("a \n\t\r\0"), st.characters(exclude_categories=["Cs"])))
SAME_FOLDER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows(*lines):
    return [{"text": line} for line in lines]


@SAME_FOLDER
@given(text=TEXTS, first=st.integers(-3, 9), last=st.integers(-3, 9))
def test_lines_are_a_sequence_of_rows(text, first, last):
    found, expected = LineRows(text), rows(*text.split("\n"))
    assert found == expected == list(found)
    assert found.text == LineRows(text.encode()).text == text
    assert len(found) == len(expected)
    assert found[-1] == expected[-1]
    assert found[first:last] == expected[first:last]
    assert found[first:last].text == "\n".join(text.split("\n")[first:last])
    assert found[1:][first:last] == expected[1:][first:last]
    assert found[::-2] == expected[::-2]
    assert bool(found[3:]) == bool(expected[3:])
    assert found.is_blank == (not text.strip())
    assert expected[-1] in found
    with pytest.raises(IndexError):
        found[len(expected)]


def test_lines_are_equal_to_equal_rows_alone():
    assert LineRows("a\nb") == LineRows("a\nb")
    assert LineRows("a\nb") != LineRows("a\nb\n") != LineRows("a\nb\nc")
    assert LineRows("a\nb") != "a\nb"
    assert (LineRows("a") == 1) is False
    assert repr(LineRows("a\nb")) == "<2 lines>"


def test_lines_end_at_line_ends_and_nowhere_else():
    text = "one\u2028two\x85three\x0bfour\x0cfive\x1csix\rseven\r\r\n\n \t a\r\nlast\r"
    expected = rows("one\u2028two\x85three\x0bfour\x0cfive\x1csix\rseven\r", "", " \t a", "last\r")
    assert lines_of([text.encode()]) == expected
    assert lines_of([text.encode(), b"", b"\n", b"a\n\n"]) == expected + rows("", "", "a", "")
    assert lines_of([]) == rows("")
