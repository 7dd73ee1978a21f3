"""Scores of captions of scenes whose things and places are known."""

import numpy as np
import pytest

from seqtasks.scores import significance
from seqtasks.scores.captions import words
from seqtasks.scores.scenes import Mention, Nouns, holds, looks, metrics, relations
from seqtasks.text.nouns import plural, with_number

NOUNS = ("dog", "hot dog", "cat", "mouse", "sheep", "pair of scissors", "tree", "palm tree")
LEFT, RIGHT, LOW = (0.0, 0.0, 0.25, 0.25), (0.5, 0.0, 0.75, 0.25), (0.0, 0.75, 0.25, 1.0)


@pytest.mark.parametrize(
    ("noun", "one", "two"),
    [
        ("dog", "a dog", "two dogs"),
        ("eagle", "an eagle", "two eagles"),
        ("unicorn", "a unicorn", "two unicorns"),
        ("fox", "a fox", "two foxes"),
        ("butterfly", "a butterfly", "two butterflies"),
        ("key", "a key", "two keys"),
        ("mouse", "a mouse", "two mice"),
        ("loaf of bread", "a loaf of bread", "two loaves of bread"),
        ("palm tree", "a palm tree", "two palm trees"),
    ],
)
def test_nouns_have_articles_and_plurals(noun, one, two):
    assert (with_number(noun, 1), with_number(noun, 2)) == (one, two)
    assert two.endswith(plural(noun))


def mentions(caption):
    return Nouns(NOUNS).mentions(words(caption))


def test_nouns_are_found_with_their_number_the_longest_first():
    assert mentions("A hot dog, two mice and the cat") == [
        Mention("hot dog", 1, 1, 3),
        Mention("mouse", 2, 4, 5),
        Mention("cat", None, 7, 8),
    ]
    assert mentions("two pairs of scissors, three sheep") == [
        Mention("pair of scissors", 2, 1, 4),
        Mention("sheep", 3, 5, 6),
    ]
    assert mentions("nothing here") == mentions("") == []


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("a dog to the left of two cats", [("dog", "to the left of", "cat")]),
        ("a dog is above a cat, and a tree", [("dog", "above", "cat")]),
        ("below a cat there is a dog", [("dog", "below", "cat")]),
        ("to the right of a tree you can see a dog, and a cat", [("dog", "to the right of", "tree")]),
        ("a dog and a cat", []),
        ("above a dog", []),
    ],
)
def test_relations_are_read_wherever_the_first_thing_is_named(caption, wanted):
    said = words(caption)
    assert relations(said, Nouns(NOUNS).mentions(said)) == wanted


def test_a_relation_holds_if_it_does_for_all_boxes():
    assert holds("to the left of", [LEFT], [RIGHT])
    assert not holds("to the left of", [LEFT, RIGHT], [RIGHT])
    assert holds("to the right of", [RIGHT], [LEFT, LOW])
    assert holds("above", [LEFT, RIGHT], [LOW])
    assert holds("below", [LOW], [RIGHT])
    assert not holds("above", [LOW], [RIGHT])


def test_objects_numbers_and_relations_are_counted():
    things = [{"dog": (LEFT,), "cat": (RIGHT, LOW)}, {"tree": (LOW,)}]
    captions = ["a dog to the left of three cats", "a palm tree above a tree"]
    found = {m.name: significance.score(m, captions, interval=False).value for m in metrics(things, NOUNS)}
    # Three of the four nouns said are right, and three are there.
    assert found["object F1"] == pytest.approx(100 * 6 / 7)
    assert found["hallucinated"] == pytest.approx(25)
    assert found["number"] == pytest.approx(100 * 2 / 3)
    # One cat is not to the right of the dog, and there is no palm tree.
    assert found["relation"] == 0
    said = {m.name: significance.score(m, ["a dog", ""], interval=False).value for m in metrics(things, NOUNS)}
    assert said["object F1"] == pytest.approx(50)
    assert (said["hallucinated"], said["number"], said["relation"]) == (0, 100, 0)


def test_looks_are_at_the_first_word_of_right_nouns_and_one_step_later():
    pieces = ["a", "hot", "dog", "and", "a", "cat", "</s>"]
    weights = np.full((7, 16), 0.01)
    weights[1, 0], weights[2, 15] = 0.85, 0.85
    found = looks(Nouns(NOUNS), pieces, weights, (4, 4), {"hot dog": (LEFT,), "tree": (LOW,)})
    assert found == [(True, False, pytest.approx(0.85), pytest.approx(0.01), pytest.approx(1 / 16))]


def test_a_cell_counts_as_far_as_a_box_covers_it():
    weights = np.zeros((2, 16))
    weights[:, 0], weights[:, 1] = 0.5, 0.5
    half = (0.0, 0.0, 0.375, 0.25)
    ((inside, _, mass, _, chance),) = looks(Nouns(NOUNS), ["dog", "."], weights, (4, 4), {"dog": (half, half)})
    assert inside
    assert (mass, chance) == (pytest.approx(0.75), pytest.approx(1.5 / 16))
