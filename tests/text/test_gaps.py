"""Sentences with gaps to ids and back."""

import pytest
import tensorflow as tf

from seqtasks.settings.sections import Text as TextSettings
from seqtasks.text import BOS, EOS, PAD, UNK
from seqtasks.text.gaps import GappedWords
from seqtasks.text.pieces import SeparateWords, fit_pieces

TRAIN = ["I'd like a cup of tea.", "Is the dogs' tea 'hot'?", "it’s a cup, a rock'n'roll cup"]


@pytest.fixture(scope="module")
def words():
    return fit_pieces(TRAIN, TextSettings(kind="words", size=100), kind=GappedWords)


def pieces(words, text):
    return [piece.decode().removeprefix("▁") for piece in words.pieces(tf.constant([text])).values.numpy()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'd like a cup.", ["I'd", "like", "a", "cup", "."]),
        ("a cup .", ["a", "cup", "."]),
        ("it’s the dogs' 'hot' tea", ["it's", "the", "dogs", "'", "'", "hot", "'", "tea"]),
        ("rock'n'roll", ["rock'n'roll"]),
        ("\1a\0b  (c),d\n", ["a", "b", "(", "c", ")", ",", "d"]),
        (" \t", []),
    ],
)
def test_marks_are_words_however_they_are_attached(words, text, expected):
    assert pieces(words, text) == expected
    assert words.encode(tf.constant([text])).row_lengths().numpy() == [len(expected)]


def test_its_ids_are_not_those_of_words_with_marks_attached():
    other = fit_pieces(TRAIN, TextSettings(kind="words", size=100), kind=SeparateWords)
    same = GappedWords(other.model, kind="words", normalization="nfc", lowercase=False)
    assert same.fingerprint != other.fingerprint


def test_gaps_are_read_where_they_stand(words):
    texts = ["a ___ of ____.", "___", "", "a __ _", "like______cup", "no\x01___\x02 gap \xff", "tea " * 20]
    ids, is_gap, facts = words.read_gaps(tf.constant(texts), 8)
    read = words.words_of_gaps(tf.constant(texts), 8).numpy()
    shown = [[word.decode().removeprefix("▁") for word in row if word] for row in read]
    assert shown[0] == ["</s>", "a", "___", "of", "___", ".", "</s>"]
    assert shown[1:4] == [["</s>", "___", "</s>"], ["</s>", "</s>"], ["</s>", "a", "_", "_", "_", "</s>"]]
    assert shown[4] == ["</s>", "like", "___", "cup", "</s>"]
    assert shown[5] == ["</s>", "no", "___", "gap", "ÿ", "</s>"]
    assert is_gap.numpy().tolist() == [[word == "▁___".encode() for word in row] for row in read]
    assert (ids.numpy() == PAD).tolist() == (read == b"").tolist()
    assert (ids.numpy() == EOS).tolist() == (read == b"</s>").tolist()
    assert set(ids.numpy()[is_gap]) == {UNK}
    assert BOS not in ids.numpy()
    assert facts["pieces"].numpy().tolist() == [5, 1, 0, 4, 3, 4, 20]
    assert facts["cut"].numpy().tolist() == [False] * 6 + [True]
    # "__" are two marks that train has not; a gap is not unknown.
    assert facts["unknown"].numpy().tolist() == [0, 0, 0, 0.75, 0, 0.75, 0]


def test_gaps_are_filled_and_all_else_stays(words):
    texts = ["a ___ of ____.", "no gap \1 ", "___", "", "____ _ __ ___ !"]
    filled = words.filled(tf.constant(texts), tf.ragged.constant([["cup", "tea"], [], ["x"], [], ["y"]], tf.string))
    assert [one.decode() for one in filled.numpy()] == ["a cup of tea.", "no gap \1 ", "x", "", "y _ __ ___ !"]
