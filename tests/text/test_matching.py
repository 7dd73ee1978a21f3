"""The words that vocabularies share: as spelled, folded by either side, marks attached to neighbours or not."""

import pytest

from seqtasks.settings.sections import Text
from seqtasks.text import PAD, UNK
from seqtasks.text.matching import shared_ids
from seqtasks.text.pieces import SeparateWords, fit_pieces
from seqtasks.text.words import fit_words


def pieces(*lines, **settings):
    return fit_pieces(lines, Text(kind="words", size=100, **settings), kind=SeparateWords)


def shared_words(ours, theirs):
    """Returns {our spelling: their spelling} of the shared words."""
    one, other = (
        dict(enumerate((spelling for spelling, _ in text.spellings()), start=text.first_word))
        for text in (ours, theirs)
    )
    return {one[a]: other[b] for a, b in shared_ids(ours, theirs).items() if a in one}


THEIRS = ("the film , the plot", "well, the end", "The 1990s The The The")


@pytest.fixture(scope="module")
def cased():
    return pieces(*THEIRS)


def test_a_vocabulary_shares_every_id_with_itself(cased):
    assert shared_ids(cased, cased) == {number: number for number in range(cased.size)}


def test_words_and_marks_are_found_as_they_are_spelled_else_folded_by_ours(cased):
    found = shared_words(pieces("the FILM, well , a plot", lowercase=True), cased)
    # A comma by itself or attached to what is before it, as it is spelled; no "a".
    assert found == same("the", "film", "well", "plot", ",", "\N{WORD JOINER},")


def test_a_cased_word_is_found_folded_by_theirs():
    found = shared_words(pieces("The Film The Sun"), pieces(*THEIRS, lowercase=True))
    assert found == {"The": "the", "Film": "film"}


def test_words_of_a_tagger_are_found_with_digits_folded_and_share_only_two_marks(cased):
    words = fit_words([["The", "0000s", "Well", ","]], size=50)
    assert shared_words(words, cased) == {"the": "the", "0000s": "1990s", "well": "well", ",": ","}
    assert {a: b for a, b in shared_ids(words, cased).items() if a < words.first_word} == {PAD: PAD, UNK: UNK}


def same(*words):
    return {word: word for word in words}
