"""How sentences about code are cut, what their words may be copied as, and the ids of actions and copies."""

import ast

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from seqtasks.grammar.python import python
from seqtasks.grammar.reading import read
from seqtasks.grammar.tables import NO_ACTION, Tables
from seqtasks.text import EOS, UNK
from seqtasks.text.actions import Actions
from seqtasks.text.sentences import SentenceWords, cut, fit_sentence_words

GRAMMAR = python()
TABLES = Tables(GRAMMAR)
KIND = {TABLES.class_of(name): name for name in GRAMMAR.tokens} | {NO_ACTION: ""}


@pytest.fixture(scope="module")
def words():
    return fit_sentence_words(["Sort x1 x2 'a b'", "sort X3"], GRAMMAR, TABLES, least=2)


def tokens_of(words, text, most=100):
    found, _ = words.read(tf.constant([text]), most)
    return [
        (token.decode(), KIND[kind])
        for token, kind in zip(found.tokens[0].numpy(), found.kinds[0].numpy(), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sort my_list's x1, please.", "sort|my_list's|x1|,|please|."),
        ("f(a.b)-3.50 or 1_000", "f|(|a|.|b|)|-|3.50|or|1|_000"),
        ("doesn't say 'it\\'s' \"x y\"", "doesn't|say|'it\\'s'|\"x y\""),
        ("an 'open quote", "an|'|open|quote"),
        ("a\0b \t 你好 é", "a|b|你好|é"),
        (" \t\0", ""),
    ],
)
def test_sentences_are_cut_into_words(words, text, wanted):
    found = [word.decode() for word in cut(tf.constant([text]))[0].numpy()]
    assert "|".join(found) == wanted
    assert [word.decode() for word in words.shown(tf.constant([text]), 100)[0].numpy()] == [*found, "</s>"]


@pytest.mark.parametrize(
    ("word", "token", "kind"),
    [
        ("x_1", "x_1", "ID"),
        ("list's", "list", "ID"),
        ("for", "", ""),
        ("None", "", ""),
        ("match", "match", "ID"),
        ("naïve", "", ""),
        ("0", "0", "NUM"),
        ("07", "", ""),
        ("3.50", "3.50", "NUM"),
        ("1" * 19, "", ""),
        ("'a b'", "'a b'", "STR"),
        ('"it\'s"', "'it\\'s'", "STR"),
        (r'"say \"hi\""', "'say \"hi\"'", "STR"),
        (r"'\d\n\N{x}'", r"'\\d\n\\N{x}'", "STR"),
        (r"'\\'", r"'\\'", "STR"),
        ("'\t'", r"'\t'", "STR"),
        ("-", "", ""),
    ],
)
def test_words_are_copied_as_what_they_are(words, word, token, kind):
    assert tokens_of(words, word) == [(token, kind), ("", "")]


@examples(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: f"{text} \"{text}'"))
def test_whatever_is_copied_parses_and_means_what_it_says(words, text):
    for token, kind in tokens_of(words, text):
        if kind:
            assert "\n" not in token
            tree = ast.parse(token, mode="eval").body
            assert isinstance(tree, ast.Name if kind == "ID" else ast.Constant)


def test_ids_are_of_folded_words_that_are_frequent(words):
    assert words.words == ("sort", "x0")
    found, facts = words.read(tf.constant(["SORT X9 'q' ever", "", "sort " * 9]), 6, characters=True)
    assert found.ids.numpy().tolist() == [[4, 5, UNK, UNK, EOS, 0, 0], [EOS, 0, 0, 0, 0, 0, 0], [4] * 6 + [EOS]]
    assert found.characters.shape == (3, 7, 20)
    assert found.characters[0, :3, :5].numpy().tolist() == [[*b"SORT", 0], [*b"X9", 0, 0, 0], [*b"'q'", 0, 0]]
    assert not found.characters[:, 6].numpy().any() and not found.characters[1].numpy().any()
    assert facts["cut"].numpy().tolist() == [False, False, True]
    assert facts["pieces"].numpy().tolist() == [4, 0, 9]
    assert facts["unknown"].numpy().tolist() == [0.5, 0, 0]


def test_they_are_read_from_their_files_and_may_be_empty(words, tmp_path):
    actions = Actions([("ID", "é"), ("STR", "'x'")], GRAMMAR, TABLES)
    for one in (words, actions):
        one.save(tmp_path)
        assert type(one).load(tmp_path, GRAMMAR, TABLES).fingerprint == one.fingerprint
    empty = SentenceWords([], GRAMMAR, TABLES), Actions([], GRAMMAR, TABLES)
    assert empty[0].read(tf.constant(["a"]), 9)[0].ids.numpy().tolist() == [[UNK, EOS]]
    assert empty[1].names(tf.constant([["a", "b", "a"]])).numpy().tolist() == [[empty[1].size + i for i in (0, 1, 0)]]


def test_a_copy_is_called_by_the_known_token_or_by_its_first_place():
    actions = Actions([("ID", "b"), ("NUM", "7")], GRAMMAR, TABLES)
    tokens = tf.constant([["a", "b", "a", "7", ""]])
    names = actions.names(tokens).numpy()[0]
    assert names[:4].tolist() == [actions.size, actions.size - 2, actions.size, actions.size - 1]
    texts, labels = actions.shown(tf.constant([[actions.id_of(("Call", "")), *names[:3], EOS, 0]]), tokens)
    assert texts.numpy().tolist() == [[b"", b"a", b"b", b"a", b"", b""]]
    assert labels.numpy().tolist() == [[b"Call", b"a", b"b", b"a", b"</s>", b""]]
    assert actions.classes[actions.id_of(("NUM", "7"))] == TABLES.class_of("NUM")


def test_every_action_of_a_program_has_an_id_where_its_tokens_are_known():
    code = read("x = f(1, 'a')", GRAMMAR)
    known = sorted({action for action in code if action[0] in GRAMMAR.tokens})
    actions = Actions(known, GRAMMAR, TABLES)
    assert None not in map(actions.id_of, code)
    assert actions.id_of(("ID", "y")) is None
