"""How text is cut into words, what ids they get, and windows over long sequences."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from seqtasks.errors import CorpusError
from seqtasks.text import PAD, UNK
from seqtasks.text.words import Words, fit_words, windows

SENTENCES = [("EU", "rejects", "3,000"), ("EU", "3,001", "é")]


@pytest.fixture(scope="module")
def words():
    return fit_words(SENTENCES, size=100)


def cut(words, text, *, split=False):
    function = words.split if split else words.cut
    (found,), (begins,), (ends,) = (part.to_list() for part in function(tf.constant([text])))
    return [word.decode() for word in found], begins, ends


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("EU rejects Germany's call.", "EU rejects Germany 's call ."),
        ("The U.S. and Mr. O'Brien", "The U.S. and Mr. O'Brien"),
        ("U.S.A.", "U.S.A."),
        ("$3,000.50 on 1996-08-22 (3-2)", "$ 3,000.50 on 1996-08-22 ( 3-2 )"),
        ("AT&T's e-mail isn't snake_case", "AT&T 's e-mail isn't snake_case"),
        ("we've 'x' \"y\"", "we 've ' x ' \" y \""),
        ("wait... what--no", "wait ... what -- no"),
        ("see https://a.b/c?d=1 now", "see https://a.b/c?d=1 now"),
        ("Cafe\u0301 über 北京。", "Cafe\u0301 über 北京 。"),
        ("a\0b \0c", "a b c"),
    ],
)
def test_text_is_cut_as_the_tagged_corpora_are(words, text, wanted):
    assert cut(words, text)[0] == wanted.split(" ")


@given(st.text(st.characters(exclude_categories=["Cs"])))
@examples(max_examples=60)
def test_places_spell_the_words_and_nothing_but_blanks_is_left_out(text):
    found, begins, ends = cut(fit_words(SENTENCES, size=100), text)
    assert [text[begin:end] for begin, end in zip(begins, ends, strict=True)] == found
    rest = "".join(text[end:begin] for end, begin in zip([0, *ends], [*begins, len(text)], strict=True))
    assert all(not mark.isalnum() for mark in rest)
    assert begins == sorted(begins)


def test_tokenized_text_is_cut_at_spaces_alone(words):
    assert cut(words, "U.N . official's  x", split=True) == (
        ["U.N", ".", "official's", "x"],
        [0, 4, 6, 18],
        [3, 5, 16, 19],
    )
    assert cut(words, "", split=True) == ([], [], [])


def test_words_are_known_by_lower_case_and_with_any_digits(words):
    assert words.words == ("0,000", "eu", "rejects", "é")
    assert list(words.singletons) == [4, 5]
    ids = words.word_ids(tf.constant(["eu", "EU", "9,999", "99", "É", "e\u0301", "new"]))
    assert ids.numpy().tolist() == [3, 3, 2, UNK, 5, 5, UNK]


def test_characters_keep_their_case_and_long_words_end_early(words):
    ids = words.character_ids(tf.constant(["EU", "xe", "e" * 99])).numpy()
    known = dict(enumerate(words.characters, start=UNK + 1))
    assert ids.shape == (3, 24)
    assert [known.get(i, i) for i in ids[0][:3]] == ["E", "U", PAD]
    assert [known.get(i, i) for i in ids[1][:3]] == [UNK, "e", PAD]


def test_the_vocabulary_is_bounded_and_takes_more_words_behind_it(tmp_path):
    small = fit_words(SENTENCES, size=4)
    assert small.words == ("0,000", "eu")
    assert small.size == 4
    assert small.more is None
    more = fit_words(SENTENCES, size=6).with_more(["paris", "rome"])
    assert more.words == ("0,000", "eu", "rejects", "é", "paris", "rome")
    assert (list(more.singletons), more.more) == ([4, 5], 2)
    assert more.word_ids(tf.constant(["Rome"])).numpy() == [more.ids_by_word()["rome"][0]] == [7]
    more.save(tmp_path)
    assert (Words.load(tmp_path).more, Words.load(tmp_path).fingerprint) == (2, more.fingerprint)


def test_a_corpus_without_words_is_refused():
    with pytest.raises(CorpusError, match="has no words"):
        fit_words([()], size=10)


def test_vocabularies_are_saved_and_loaded(words, tmp_path):
    words.save(tmp_path)
    again = Words.load(tmp_path)
    assert (again.words, again.characters, again.singletons) == (words.words, words.characters, words.singletons)
    assert again.fingerprint == words.fingerprint


@pytest.mark.parametrize("size", [8, 9, 128])
def test_own_parts_of_windows_are_all_of_each_sequence_in_order(size):
    lengths = np.arange(0, 400, 7, dtype=np.int32)
    rows, first, end, own_first, own_end = (part.numpy() for part in windows(tf.constant(lengths), size))
    own = {row: [] for row in range(len(lengths))}
    for row, start, stop, begin, finish in zip(rows, first, end, own_first, own_end, strict=True):
        assert 0 <= begin <= finish <= stop - start <= size
        # But at the ends of a sequence, there are words on both sides.
        assert begin >= size // 8 or start == 0
        assert stop - start - finish >= size // 8 or stop == lengths[row]
        own[row] += range(start + begin, start + finish)
    assert list(own.values()) == [list(range(length)) for length in lengths]


# What no cutting of a line would leave alone: controls, a zero, tabs and line ends inside, marks that combine.
ODD_WORDS = ["\x01", "a\0b", "\0", "\x96", "a\tb", "a\nb", "\u200b", "\ufeff", "\u2028", "e\u0301", "👩‍👩‍👧", "▁"]


def test_words_between_spaces_are_words_whatever_they_are_made_of(words):
    text = f" {'  '.join(ODD_WORDS)} "
    found, begins, ends = cut(words, text, split=True)
    assert found == ODD_WORDS
    assert [text[begin:end] for begin, end in zip(begins, ends, strict=True)] == ODD_WORDS


@given(rows=st.lists(st.lists(st.text(min_size=1, max_size=4), max_size=4), min_size=1, max_size=3))
@examples(max_examples=100)
def test_words_that_are_given_keep_their_places_in_the_line_they_make(words, rows):
    flat = tf.constant([word for row in rows for word in row], tf.string)
    given_words = tf.RaggedTensor.from_row_lengths(flat, [len(row) for row in rows])
    found, begins, ends = (part.to_list() for part in words.joined(given_words))
    assert [[word.decode() for word in row] for row in found] == rows
    for row, first, last in zip(rows, begins, ends, strict=True):
        assert [" ".join(row)[begin:end] for begin, end in zip(first, last, strict=True)] == row
