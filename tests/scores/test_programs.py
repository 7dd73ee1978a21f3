"""Programs are equal if their trees are."""

import math

import pytest

from seqtasks.grammar.languages import LANGUAGES
from seqtasks.scores import significance
from seqtasks.scores.programs import metrics, tokens

tree_of = LANGUAGES["python"].tree_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a+b", "(a + b)"),
        ("'x'", '"x"'),
        ("a, b = b, a", "(a, b) = (b, a)"),
        ("0x10", "16"),
        ("if a: b; c", "if a:\n b\n c"),
    ],
)
def test_what_python_reads_as_the_same_is_the_same(one, other):
    assert tree_of(one) == tree_of(other) is not None


@pytest.mark.parametrize(
    ("one", "other"), [("1", "1.0"), ("1", "True"), ("a-b-c", "a-(b-c)"), ("a", "A"), ("'1'", "1")]
)
def test_what_it_reads_otherwise_is_another(one, other):
    assert tree_of(one) != tree_of(other)


def test_scores_are_shares_and_what_does_not_parse_equals_nothing():
    references = [("f(x)", "g(x)"), ("x = ",), ("print x", "y")]
    programs = ["g( x )", "x = ", "z"]
    found = [significance.score(metric, programs, interval=False).value for metric in metrics(references)]
    assert found[::2] == pytest.approx([100 / 3, 200 / 3])
    assert [tree_of(one) for one in ("a\0", "1" * 5000, "(" * 300)] == [None] * 3


def test_tokens_are_those_of_ling():
    assert tokens('f("it",\n aB_c)') == ["f", "(", "`", "it", "`", ",", "a", "B_c", ")"]
    assert tokens("f ( ('a') ) ") == tokens('f("a")')
    assert tokens("print 'x'") == ["print", "`", "x", "`"]


def test_bleu_by_hand():
    """Five tokens against six: all of them match, 3 of 4 pairs, 2 of 3 triples, 1 of 2 quadruples."""
    _, bleu, _ = metrics([("f(a, c)", "zz"), ("b",)])
    # f ( a ) + and b against f ( a , c ) and b
    assert bleu.statistics(["f(a)", "b"]) == [[4, 6, 4, 2, 1, 0, 4, 3, 2, 1], [1, 1, 1, 0, 0, 0, 1, 0, 0, 0]]
    assert significance.score(bleu, ["f(a)", "b"], interval=False).value == 0
    _, bleu, _ = metrics([("f(a, c)",)])
    score = significance.score(bleu, ["f(a, c).d"], interval=False)
    assert score.value == pytest.approx(100 * (6 / 8 * 5 / 7 * 4 / 6 * 3 / 5) ** 0.25)
    short = significance.score(bleu, ["f(a, c"], interval=False)
    assert short.value == pytest.approx(100 * math.exp(1 - 6 / 5))
