"""Sentences about a scene: each names all its things with their number, and some say where they stand."""

from itertools import permutations

from seqtasks.text.nouns import with_number

# What stands between two things, or before the first, with the test of the columns and rows of both.
RELATIONS = {
    "to the left of": lambda one, other: _all_before(one, other, axis=0),
    "to the right of": lambda one, other: _all_before(other, one, axis=0),
    "above": lambda one, other: _all_before(one, other, axis=1),
    "below": lambda one, other: _all_before(other, one, axis=1),
}
# Of a single kind of thing, by the thirds of the picture (columns, rows) that it stands in.
_PLACES = {
    (0, 0): "in the top left corner",
    (1, 0): "at the top",
    (2, 0): "in the top right corner",
    (0, 1): "on the left",
    (1, 1): "in the middle",
    (2, 1): "on the right",
    (0, 2): "in the bottom left corner",
    (1, 2): "at the bottom",
    (2, 2): "in the bottom right corner",
}
_LISTS = (
    "{things}",
    "{there} {things}",
    "a picture of {things}",
    "an image with {things}",
    "you can see {things}",
    "this picture shows {things}",
    "{things} in one picture",
)
_RELATED = (
    "{one} {relation} {other}{rest}",
    "{one} {be} {relation} {other}{rest}",
    "{there} {one} {relation} {other}{rest}",
    "{relation} {other} {there} {one}{rest}",
    "a picture of {one} {relation} {other}{rest}",
    "you can see {one} {relation} {other}{rest}",
    "{relation} {other} you can see {one}{rest}",
)
_ALONE = (
    "{one} {place}",
    "{there} {one} {place}",
    "{place} {there} {one}",
    "{one} {be} {place}",
    "a picture with {one} {place}",
)


def captions(groups, draw, count):
    """Returns `count` distinct sentences about a scene, or as many as there are.

    Args:
        groups: [(noun, places)], the places (column, row) of a kind of thing, from 0 in thirds of the picture.
        draw: a function from a number to a random one below it.
    """
    found = {}
    for _ in range(20 * count):
        found.setdefault(_sentence(_shuffled(groups, draw), draw), None)
        if len(found) == count:
            break
    return tuple(found)


def _sentence(groups, draw):
    named = [with_number(noun, len(places)) for noun, places in groups]
    be = "is" if len(groups[0][1]) == 1 else "are"
    words = {"there": f"there {be}", "be": be, "one": named[0]}
    places = set(groups[0][1])
    if len(groups) == 1 and len(places) == 1 and draw(2):
        return _one_of(_ALONE, draw).format(place=_PLACES[places.pop()], **words)
    held = [name for name, holds in RELATIONS.items() if len(groups) > 1 and holds(groups[0][1], groups[1][1])]
    if held and draw(3):
        rest = f", and {_list(named[2:])}" if named[2:] else ""
        return _one_of(_RELATED, draw).format(relation=_one_of(held, draw), other=named[1], rest=rest, **words)
    return _one_of(_LISTS, draw).format(things=_list(named), **words)


def _list(named):
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]


def _shuffled(groups, draw):
    orders = list(permutations(groups))
    return list(_one_of(orders, draw))


def _one_of(options, draw):
    return options[draw(len(options))]


def _all_before(one, other, *, axis):
    return max(place[axis] for place in one) < min(place[axis] for place in other)
