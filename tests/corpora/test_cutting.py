"""A text is cut by place: what is joined again is the text, and what is too short is refused."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from own_files import refusal

from seqtasks.corpora.cutting import complete, cut
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.lines import LineRows

TEXT = KINDS["text"]
TEXTS = st.text(st.one_of(st.sampled_from("a \n\t\r\0"), st.characters(exclude_categories=["Cs"])))
SHARES = st.floats(0.01, 0.49).map(lambda share: round(share, 3))


def rows(*lines):
    return [{"text": line} for line in lines]


def numbered(count):
    """A text of lines of five characters, the last without a line end."""
    return "\n".join(f"{number:04}" for number in range(count))


@settings(max_examples=300)
@given(text=TEXTS, dev=SHARES, test=SHARES)
def test_the_splits_of_any_text_joined_are_the_text(text, dev, test):
    lines = LineRows(text)
    # Of several lines each goes as a whole, of a single one each character.
    pieces, end = (text.split("\n"), "\n") if len(lines) > 1 else (text, "")
    parts, begins = {"dev": [], "train": [], "test": []}, 0
    for piece in pieces:
        behind = [1000 * begins >= len(text) * place for place in (round(1000 * dev), 1000 - round(1000 * test))]
        parts[list(parts)[sum(behind)]].append(piece)
        begins += len(piece + end)
    if not all("".join(part).strip() for part in parts.values()):
        assert "no line with text is left for" in refusal(cut, lines, {"dev": dev, "test": test})
        return
    splits = cut(lines, {"dev": dev, "test": test})
    assert list(splits) == ["train", "dev", "test"]
    assert {name: part.text for name, part in splits.items()} == {name: end.join(parts[name]) for name in splits}
    assert end.join(splits[name].text for name in ("dev", "train", "test")) == text


@settings(max_examples=100)
@given(words=st.lists(st.text("ab", min_size=1), min_size=30, max_size=60), end=st.sampled_from(" \n"))
def test_a_text_with_enough_in_it_is_never_refused(words, end):
    parts = cut(LineRows(end.join(f"{word:9}" for word in words)), {"dev": 0.1, "test": 0.1})
    assert not any(part.is_blank for part in parts.values())


@settings(max_examples=300)
@given(lengths=st.lists(st.integers(0, 12), min_size=2, max_size=60), dev=SHARES, test=SHARES)
def test_a_split_begins_with_the_first_line_at_or_behind_its_place(lengths, dev, test):
    lines = ["ä" * length for length in lengths]
    size = len("\n".join(lines))
    parts = {"dev": [], "train": [], "test": []}
    for number, line in enumerate(lines):
        begins = len("\n".join([*lines[:number], ""]))
        behind = [1000 * begins >= size * place for place in (round(1000 * dev), 1000 - round(1000 * test))]
        parts[list(parts)[sum(behind)]].append(line)
    if all(map("".join, parts.values())):
        assert cut(LineRows("\n".join(lines)), {"dev": dev, "test": test}) == {
            name: rows(*part) for name, part in parts.items()
        }
    else:
        assert "no line with text is left for" in refusal(cut, LineRows("\n".join(lines)), {"dev": dev, "test": test})


def test_dev_is_the_beginning_and_test_the_end_by_characters_and_line_ends():
    splits = cut(LineRows(numbered(200)), {"dev": 0.05, "test": 0.1})
    assert {name: len(part) for name, part in splits.items()} == {"dev": 10, "train": 170, "test": 20}
    assert splits["train"][0] == {"text": "0010"}
    assert splits["test"][0] == {"text": "0180"}
    # A line of many bytes counts its characters; one that only reaches over a place stays before it.
    splits = cut(LineRows("\n".join(["ä" * 9, "日" * 9, "b" * 9, "c" * 9, "d" * 9])), {"dev": 0.25, "test": 0.39})
    assert {name: len(part) for name, part in splits.items()} == {"dev": 2, "train": 1, "test": 2}
    assert cut(LineRows("a\nb\nc"), {}) == {"train": rows("a", "b", "c")}


def test_a_single_line_is_cut_between_characters():
    line = "".join(random.Random(1).choices("abä😀 ", k=1000))
    splits = cut(LineRows(line), {"dev": 0.05, "test": 0.1})
    assert splits == {"dev": rows(line[:50]), "train": rows(line[50:900]), "test": rows(line[900:])}
    splits = cut(LineRows("abcdefg"), {"dev": 0.2, "test": 0.15})
    assert splits == {"dev": rows("ab"), "train": rows("cdef"), "test": rows("g")}
    message = refusal(cut, LineRows("abcdefg"), {"dev": 0.05, "test": 0.1})
    assert message.startswith(
        "no line with text is left for test: the text has 7 characters in 1 lines, and 0.05 of it"
    )


def test_a_text_too_short_for_its_splits_is_refused():
    assert refusal(cut, LineRows("a\nb\nc\n\n"), {"dev": 0.2, "test": 0.4}) == (
        "no line with text is left for test: the text has 7 characters in 5 lines, and 0.2 of it for dev, 0.4 of it "
        "for test were asked for; give more text or line ends, other shares with corpus.dev and corpus.test, or the "
        "splits as files"
    )


def test_only_missing_splits_are_cut_off():
    text, other = LineRows(numbered(100)), LineRows("x")
    both = complete({"train": text}, kind=TEXT, dev=0.05, test=0.1)
    assert {name: len(part) for name, part in both.items()} == {"train": 85, "dev": 5, "test": 10}
    found = complete({"test_2016": other, "train": text}, kind=TEXT, dev=0.05, test=0.1)
    assert {name: len(part) for name, part in found.items()} == {"train": 95, "dev": 5, "test_2016": 1}
    found = complete({"train": text, "dev": other}, kind=TEXT, dev=0.05, test=0.1)
    assert [(name, len(part)) for name, part in found.items()] == [("train", 90), ("dev", 1), ("test", 10)]
    for untouched in ({"train": text, "dev": other, "test": other}, {"test": other}):
        assert complete(untouched, kind=TEXT, dev=0.05, test=0.1) == untouched
    message = refusal(complete, {"train": text, "dev": LineRows(" \n\t")}, kind=TEXT, dev=0.05, test=0.1)
    assert message == "the split 'dev' has no line with text in it; fill it or leave it out"
