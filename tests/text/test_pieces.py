"""Strings to ids and back, for each kind of piece."""

import functools
import subprocess
import sys
import unicodedata

import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seqtasks.errors import CorpusError
from seqtasks.settings.sections import Text as TextSettings
from seqtasks.text import BOS, EOS, PAD, UNK
from seqtasks.text.pieces import Pieces, fit_pieces

KINDS = ["subwords", "words", "characters"]
TRAIN = [
    "The quick brown fox jumps over the lazy dog, again and again.",
    "¿Dónde está la biblioteca? Está allí, detrás del café.",
    "Ähnlich große Straßen; Übung macht den Meister!",
    "我们今天学习很多东西。",
    "ما اسمك؟ أين المكتبة؟",
] * 3
AWKWARD = [
    "",
    "   \t\n ",
    "a\0b",
    "\0",
    "😀👨‍👩‍👧👍🏽",
    "ascii 漢字 العربية עברית हिन्दी кириллица",
    "e\u0301\u0301\u0301 o\u0308",
    "مرحبا بالعالم \u202eabc\u202c",
    "one\u2028two\u2029three\r\nfour",
    "▁▅\u2060</s><s><unk><pad>",
    "⁇ \ufffd \ufeff",
    "...!!!???,,,a,b,,c",
    "ﬁ ½ ℌ Ⅳ",
    "\U0010ffff\ue000",
]


def fitted(strings, kind="subwords", **options):
    return fit_pieces(strings, TextSettings(kind=kind, **options))


def encode(text, *strings):
    return text.encode(tf.constant(list(strings))).to_list()


def decode(text, ids):
    return [string.decode() for string in text.decode(tf.ragged.constant(ids, dtype=tf.int32).to_tensor(PAD)).numpy()]


def normalize(text, *strings):
    return [string.decode() for string in text.normalize(tf.constant(list(strings))).numpy()]


@pytest.fixture(scope="module", params=KINDS)
def text(request):
    return fitted(TRAIN, request.param)


def test_first_ids_are_the_marks_and_are_never_given_to_pieces(text):
    assert (PAD, UNK, BOS, EOS) == (0, 1, 2, 3)
    marks = text.piece_of(tf.range(4)).numpy()
    assert len(set(marks)) == 4
    ids = [i for row in encode(text, *TRAIN, *marks) for i in row]
    assert not {PAD, BOS, EOS} & set(ids)
    assert max(ids) == text.size - 1


def test_train_split_comes_back_from_its_ids(text):
    known = [line for line in TRAIN if UNK not in encode(text, line)[0]]
    assert len(known) == len(TRAIN)
    assert decode(text, encode(text, *known)) == normalize(text, *known) == known


def test_decode_leaves_marks_out(text):
    (ids,) = encode(text, TRAIN[0])
    assert decode(text, [[BOS, *ids, EOS, PAD, PAD], [EOS]]) == [TRAIN[0], ""]


def test_unknown_pieces_are_one_replacement_character_in_the_answer_and_as_written_among_the_pieces(text):
    (ids,) = encode(text, "ჵ")
    assert UNK in ids
    assert decode(text, [ids])[0] == "\N{REPLACEMENT CHARACTER}"
    assert b"".join(text.pieces(tf.constant(["ჵ"])).to_list()[0]).decode().strip("▁") == "ჵ"


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(strings=st.lists(st.text(max_size=20), min_size=1, max_size=4), lowercase=st.booleans())
def test_what_is_fitted_on_comes_back_from_its_ids(kind, strings, lowercase):
    assume(any(unicodedata.category(character)[0] in "LN" for string in strings for character in string))
    text = fitted(strings, kind, lowercase=lowercase)
    ids = encode(text, *strings)
    known = [i for i, row in enumerate(ids) if UNK not in row]
    assume(known)
    normal = normalize(text, *strings)
    assert decode(text, [ids[i] for i in known]) == [normal[i] for i in known]
    assert text.size <= 4000


@settings(max_examples=40)
@given(strings=st.lists(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Z"]), max_size=15), min_size=1))
def test_words_fitted_without_a_limit_know_all_of_their_text(strings):
    assume(any(string.strip(" \u00a0▁▅") for string in strings))
    try:
        text = fitted(strings, "words")
    except CorpusError:
        assume(False)
    assert UNK not in [i for row in encode(text, *strings) for i in row]
    assert decode(text, encode(text, *strings)) == normalize(text, *strings)


@settings(max_examples=50)
@given(strings=st.lists(st.one_of(st.text(max_size=30), st.binary(max_size=30)), min_size=1, max_size=5))
def test_pieces_are_as_many_as_ids(text, strings):
    strings = tf.constant([string if isinstance(string, bytes) else string.encode() for string in strings])
    ids, pieces = text.encode(strings), text.pieces(strings)
    assert ids.row_lengths().numpy().tolist() == pieces.row_lengths().numpy().tolist()
    for string in text.normalize(strings).numpy():
        string.decode()


@pytest.mark.parametrize("string", [*AWKWARD, b"\xff\xfe broken \xc3", b"\xed\xa0\x80 surrogate", "x" * 100_000])
def test_awkward_strings_have_as_many_pieces_as_ids(text, string):
    strings = tf.constant([string, "between", string])
    ids, pieces = text.encode(strings).to_list(), text.pieces(strings).to_list()
    assert list(map(len, ids)) == list(map(len, pieces))
    assert ids[0] == ids[2] == text.encode(tf.constant([string])).to_list()[0]
    assert all(UNK <= i < text.size and i not in {BOS, EOS} for i in ids[0])
    assert "\n" not in decode(text, ids)[0]


def test_blank_strings_have_no_ids(text):
    assert encode(text, "", " ", "\t\r\n", "\u3000\u00a0\u2028", "\0") == [[]] * 5
    assert decode(text, [[], [PAD]]) == ["", ""]


def test_graph_mode_equals_eager_mode(text):
    strings = tf.constant([*TRAIN[:5], *AWKWARD])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def compiled(strings):
        ids = text.encode(strings)
        return ids, text.pieces(strings), text.decode(ids.to_tensor(PAD)), text.normalize(strings)

    ids, pieces, decoded, normal = compiled(strings)
    assert ids.to_list() == text.encode(strings).to_list()
    assert pieces.to_list() == text.pieces(strings).to_list()
    assert decoded.numpy().tolist() == text.decode(text.encode(strings).to_tensor(PAD)).numpy().tolist()
    assert normal.numpy().tolist() == text.normalize(strings).numpy().tolist()


def test_normalization_turns_every_white_space_and_control_into_one_space(text):
    assert normalize(text, " a\t\u3000b\u2028\0\x1fc\u00a0 ", "a▁▅\u2060b") == ["a b c", "a b"]


@settings(max_examples=50)
@given(string=st.text(max_size=30))
def test_normalization_twice_equals_once(text, string):
    (once,) = normalize(text, string)
    assert normalize(text, once) == [once]


def test_normalization_is_nfc_or_nfkc():
    composed, compatible = fitted(["abc"]), fitted(["abc"], normalization="nfkc")
    assert normalize(composed, "e\u0301", "ﬁ", "½", "Ａ") == ["é", "ﬁ", "½", "Ａ"]
    assert normalize(compatible, "e\u0301", "ﬁ", "½", "Ａ") == ["é", "fi", "1⁄2", "A"]


def test_composed_and_decomposed_text_get_the_same_ids(text):
    decomposed = unicodedata.normalize("NFD", TRAIN[1])
    assert decomposed != TRAIN[1]
    assert encode(text, decomposed) == encode(text, TRAIN[1])


def test_lowercase_reaches_beyond_ascii():
    text = fitted(["abc"], lowercase=True)
    assert normalize(text, "ÄÖÜ ÉÑ ЖЩ ΣΑ İ") == ["äöü éñ жщ σα i̇"]
    assert normalize(fitted(["abc"]), "ÄÖÜ ЖЩ") == ["ÄÖÜ ЖЩ"]


def test_words_keep_marks_apart_without_inventing_or_losing_spaces():
    text = fitted(["Stop, please (now)!", "a , b", "it's", "e.g. ... a,b"], "words")
    for line in ("Stop, please (now)!", "a , b", "it's", "e.g. ... a,b", "a,b (now), it's!"):
        ids = encode(text, line)
        assert UNK not in ids[0]
        assert decode(text, ids) == [line]
    assert len(encode(text, "please , b")[0]) == len(encode(text, "please, b")[0]) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_size_is_a_bound(kind):
    assert fitted(TRAIN, kind, size=100).size <= 100
    assert fitted(["a b"], kind, size=4000).size < 12


def test_words_and_characters_keep_the_most_frequent():
    words = fitted(["one two two three three three four four four four"], "words", size=8)
    assert [i == UNK for i in encode(words, "four three two one five")[0]] == [False] * 4 + [True]
    characters = fitted(["aaaaaaaaa bbbbbbbb ccccccc dddddd e f"], "characters", size=9)
    assert [i == UNK for i in encode(characters, "a b c d")[0]] == [False] * 7
    assert encode(characters, "e") == encode(characters, "f") == [[UNK]]


def test_fitting_is_reproducible_and_the_fingerprint_follows_all_that_matters():
    first = fitted(TRAIN)
    assert fitted(TRAIN).fingerprint == first.fingerprint
    others = [
        fitted(TRAIN, "words"),
        fitted(TRAIN, "characters"),
        fitted(TRAIN, "words", size=20),
        fitted([*TRAIN, "more words to learn from"]),
        Pieces(first.model, kind="subwords", normalization="nfkc", lowercase=False),
        Pieces(first.model, kind="subwords", normalization="nfc", lowercase=True),
        Pieces(first.model, kind="words", normalization="nfc", lowercase=False),
    ]
    assert len({text.fingerprint for text in [first, *others]}) == 1 + len(others)


def test_saved_text_is_the_same_in_another_process(text, tmp_path):
    text.save(tmp_path)
    loaded = Pieces.load(tmp_path)
    assert (loaded.size, loaded.fingerprint, loaded.kind) == (text.size, text.fingerprint, text.kind)
    assert encode(loaded, *TRAIN, *AWKWARD) == encode(text, *TRAIN, *AWKWARD)
    if text.kind == "subwords":
        program = (
            "import pathlib, sys, tensorflow as tf; from seqtasks.text.pieces import Pieces; "
            "text = Pieces.load(pathlib.Path(sys.argv[1])); "
            "print(text.fingerprint, text.encode(tf.constant([sys.argv[2]])).to_list())"
        )
        other = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path), TRAIN[1]], capture_output=True, text=True, check=True
        )
        assert other.stdout.strip() == f"{text.fingerprint} {encode(text, TRAIN[1])}"


def test_two_texts_in_one_saved_model_keep_their_own_models(tmp_path):
    module = tf.Module()
    module.texts = [fitted(["aaa bbb ccc"], "characters"), fitted(["ccc bbb ddd eee aaa"], "words")]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def both(strings):
        found = {}
        for name, text in zip(("first", "second"), module.texts, strict=True):
            ids = text.encode(strings).to_tensor(PAD)
            found[f"{name}_ids"], found[f"{name}_strings"] = ids, text.decode(ids)
        return found

    strings = tf.constant(["aaa bbb ccc", "ddd eee"])
    expected = {name: value.numpy().tolist() for name, value in both(strings).items()}
    assert expected["first_strings"] != expected["second_strings"]
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": both})
    served = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    assert {name: value.numpy().tolist() for name, value in served(strings).items()} == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strings", [[], [""], [" ", "\t", "\u2028", "\0"], ["▁", "▅"]])
def test_blank_corpora_are_refused(kind, strings):
    with pytest.raises(CorpusError, match="every line is blank"):
        fitted(strings, kind)


def test_size_below_the_number_of_characters_is_refused_with_advice():
    with pytest.raises(
        CorpusError, match=r"at most 8 subwords .* raise size in the text settings, or choose another kind"
    ):
        fitted(TRAIN, size=8)


def test_words_too_long_for_a_vocabulary_stay_unknown():
    text = fitted(["x" * 100_000 + " short words"], "words")
    assert [i == UNK for i in encode(text, "short " + "x" * 100_000)[0]] == [False, True]


def test_line_with_a_block_that_sentencepiece_reserves_is_learned_from():
    text = fitted(["a▅bcd", "e"], "characters")
    assert UNK not in encode(text, "abcde")[0]


@given(
    texts=st.lists(st.lists(st.sampled_from(["the", "cat", "dog", "zebra", "x", ".", "é"]), max_size=12), min_size=1)
)
@settings(max_examples=60)
def test_words_have_the_ids_that_sentencepiece_gives_to_the_whole_text(texts):
    """One word at a time; a run of unknown ones is one piece, which takes SentencePiece time by its square."""
    text = _whole_words()
    strings = tf.constant([" ".join(words) for words in texts])
    prepared = text.prepared(strings)
    assert text.encode(strings).to_list() == text.to_ids.tokenize(prepared).to_list()
    assert text.pieces(strings).to_list() == text.to_strings.tokenize(prepared).to_list()


@functools.cache
def _whole_words():
    return fit_pieces(["the cat .", "the dog ."], TextSettings(kind="words", size=20))


def test_more_words_are_known_behind_those_of_train(tmp_path):
    text = fit_pieces(["we saw , and won't say"] * 2, TextSettings(kind="words", lowercase=True))
    ids = text.ids_by_word()
    assert len(ids["'"]) == 1 and ids["saw"] == [int(text.encode(tf.constant(["saw"])).flat_values[0])]
    assert text.folded(["Saw", "won't", "café", "\N{WORD JOINER}"]) == ["saw", "", "café", ""]
    more = text.with_more(["café", "naïve"])
    assert (more.size, more.more) == (text.size + 2, 2)
    assert more.encode(tf.constant(["We saw a CAFÉ naïve"])).to_list() == [
        [*text.encode(tf.constant(["we saw a"])).to_list()[0], text.size, text.size + 1]
    ]
    more.save(tmp_path)
    loaded = Pieces.load(tmp_path)
    assert (loaded.fingerprint, loaded.more, loaded.size) == (more.fingerprint, 2, more.size)
    assert loaded.decode(tf.constant([[text.size, text.size + 1]])).numpy()[0].decode() == "café naïve"
