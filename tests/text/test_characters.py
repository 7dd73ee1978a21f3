"""Characters: nothing is lost between a string and its ids."""

import tempfile
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.errors import CorpusError
from seqtasks.tasks.language_model.settings import LanguageModelText
from seqtasks.text import UNK
from seqtasks.text.characters import Characters, fit_characters, in_parts

ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20)


def fit(*lines, **settings):
    return fit_characters([{"text": line} for line in lines], LanguageModelText(**settings))


def written(text, ids):
    return tf.strings.reduce_join(text.piece_of(ids.to_tensor(0)), axis=1).numpy()


@given(lines=st.lists(ANY, min_size=1, max_size=5))
def test_what_was_fitted_on_comes_back_as_it_was(lines):
    if not "".join(lines):
        return
    text = fit(*lines)
    normalized = text.normalize(tf.constant(lines)).numpy()
    ids = text.encode(tf.constant(lines))
    assert UNK not in ids.values.numpy()
    assert written(text, ids).tolist() == normalized.tolist()
    with tempfile.TemporaryDirectory() as folder:
        text.save(Path(folder))
        loaded = Characters.load(Path(folder))
    assert (loaded.fingerprint, loaded.size) == (text.fingerprint, text.size)
    assert loaded.encode(tf.constant(lines)).to_list() == ids.to_list()


def test_blanks_tabs_and_odd_characters_stay():
    text = fit("\ta  b\0c ▁😀")
    assert written(text, text.encode(tf.constant(["  \t\0▁😀"])))[0].decode() == "  \t\0▁😀"


def test_unknown_characters_are_one_piece_each_and_the_rarest_are_unknown():
    text = fit("aab", "abc", size=8)
    assert text.characters == ("a", "b", "c")
    small = fit("aabbb" * 3, "abcdefgh", size=8)
    assert small.characters == ("a", "b", "c", "d")
    assert small.encode(tf.constant(["azb"])).to_list() == [[4, UNK, 5]]
    assert small.size == 8


def test_case_and_unicode_form_as_the_settings_say():
    text = fit("\N{LATIN CAPITAL LETTER E WITH ACUTE}x", lowercase=True)
    assert text.characters == ("x", "\N{LATIN SMALL LETTER E WITH ACUTE}")
    assert text.encode(tf.constant(["E\N{COMBINING ACUTE ACCENT}"])).to_list() == [[5]]


def test_nothing_to_learn_from_is_said():
    with pytest.raises(CorpusError, match="every line is empty"):
        fit("", "")


def test_rows_come_in_parts_that_hold_them_all_in_order(monkeypatch):
    monkeypatch.setattr("seqtasks.text.characters.CHARACTERS_AT_ONCE", 10)
    rows = [{"text": line} for line in ("abc", "", "defgh", "i" * 50, "jk", "l")]
    parts = list(in_parts(rows))
    assert parts == [["abc", "", "defgh"], ["i" * 50], ["jk", "l"]]
    assert fit_characters(rows, LanguageModelText()).characters == tuple("abcdefghijkl")
