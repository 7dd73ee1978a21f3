"""Programs are equal if their trees are."""

import pytest

from seqtasks.scores import significance
from seqtasks.scores.programs import metrics, tree_of


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
    assert found == pytest.approx([100 / 3, 200 / 3])
    assert [tree_of(one) for one in ("a\0", "1" * 5000, "(" * 300)] == [None] * 3
