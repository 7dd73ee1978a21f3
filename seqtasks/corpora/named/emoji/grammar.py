"""Sentences about a scene: each names all its things with their number, in one order, and some say where they stand.

If the order were drawn too, to look at all things at once would be as good as to look at the next one.
"""

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
    "a picture of {one} {relation} {other}{rest}",
    "you can see {one} {relation} {other}{rest}",
)
# The first thing is named first here too.
_FRONTED = (
    "{relation} {one} {there_other} {other}{rest}",
    "{relation} {one} you can see {other}{rest}",
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
        groups: [(noun, places)] in the order in which they are named; the places (column, row) of a kind of thing, from
            0 in thirds of the picture.
        draw: a function from a number to a random one below it.
    """
    found = {}
    for _ in range(20 * count):
        found.setdefault(_sentence(groups, draw), None)
        if len(found) == count:
            break
    return tuple(found)


def _sentence(groups, draw):
    named, verbs = [], []
    for noun, places in groups:
        named.append(with_number(noun, len(places)))
        verbs.append("is" if len(places) == 1 else "are")
    words = {"one": named[0], "be": verbs[0], "there": f"there {verbs[0]}"}
    places = set(groups[0][1])
    if len(groups) == 1 and len(places) == 1 and draw(2):
        return _one_of(_ALONE, draw).format(place=_PLACES[places.pop()], **words)
    held = _held(*groups[:2], _RELATED) + _held(*groups[1::-1], _FRONTED) if len(groups) > 1 else []
    if held and draw(3):
        template, relation = _one_of(held, draw)
        words |= {"other": named[1], "there_other": f"there {verbs[1]}"}
        rest = f", and {_list(named[2:])}" if named[2:] else ""
        return template.format(relation=relation, rest=rest, **words)
    return _one_of(_LISTS, draw).format(things=_list(named), **words)


def _held(one, other, templates):
    """Returns the pairs of a template and a relation that holds between two groups."""
    held = [relation for relation, holds in RELATIONS.items() if holds(one[1], other[1])]
    return [(template, relation) for template in templates for relation in held]


def _list(named):
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]


def _one_of(options, draw):
    return options[draw(len(options))]


def _all_before(one, other, *, axis):
    return max(place[axis] for place in one) < min(place[axis] for place in other)
