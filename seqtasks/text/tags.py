"""Tag schemes: entities as a tag for each word, and back; no TensorFlow.

iob1 (Ramshaw and Marcus, 1995): B- only where an entity follows another of its type. iob2: B- begins every entity.
iobes: also E- for the last word and S- for a single one; iobe and iobs have only one of these, and B- or I- in place of
the other. none: tags are plain classes, such as parts of speech. Inside seqtasks tags of entities are iob2. An entity
is (type, first, end): its words are first, ..., end - 1.
"""

import re

SCHEMES = ("iob1", "iob2", "iobes", "iobe", "iobs", "none")
OUTSIDE = "O"
# The type of entities whose tags have no type.
UNNAMED = "ENTITY"

_MARKS = {"iob2": "BI", "iob1": "BI", "iobes": "BIES", "iobe": "BIE", "iobs": "BIS"}
# Marks that must be followed by another word of the same entity.
_OPEN = {"iobes": "BI", "iobe": "I"}
# Marks of other schemes, such as L and U in BILOU, M and W in BMEWO.
_WRITTEN = {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S", "M": "I", "W": "S"}
_BEFORE = re.compile(r"(?P<mark>[BIESLUMW])[-_](?P<kind>.+)", re.IGNORECASE | re.DOTALL)
_AFTER = re.compile(r"(?P<kind>.+)[-_](?P<mark>[BIESLUMW])", re.IGNORECASE | re.DOTALL)


def as_entities(tags):
    """Returns {tag: its form as B-PER, I-PER, E-PER, S-PER or O} for those of the distinct `tags` that mark entities.

    Marks are B, I, E, S, also L and U, M and W, in either case, before or after a type, with `-` or `_` in between, or
    alone, for entities without a type. Empty if tags are plain classes, such as parts of speech.
    """
    outside = {tag: OUTSIDE for tag in tags if tag.upper() == OUTSIDE}
    marked = [tag for tag in tags if tag not in outside]
    marks = {tag.upper() for tag in marked}
    if marks <= set(_WRITTEN) and (marks & set("BISU") if outside else "B" in marks and marks & set("IMEL")):
        return {**outside, **{tag: f"{_WRITTEN[tag.upper()]}-{UNNAMED}" for tag in marked}}
    found = max((_matches(form, marked) for form in (_BEFORE, _AFTER)), key=len)
    if len(found) < len(marked) and not any(_is_mark(match, outside) for match in found.values()):
        return {}
    return {**outside, **{tag: f"{_WRITTEN[match['mark'].upper()]}-{match['kind']}" for tag, match in found.items()}}


def _matches(form, tags):
    return {tag: match for tag in tags if (match := form.fullmatch(tag))}


def _is_mark(match, outside):
    """Returns whether a tag that looks like a mark with a type is one, although other tags do not look so."""
    return match["mark"] in "BbIi" or (bool(outside) and match.re is _BEFORE and match["mark"].isupper())


def split_tag(tag):
    """Returns (mark, type) of a tag: ("B", "PER") of "B-PER", ("O", "") of "O"; raises ValueError for other tags."""
    if tag == OUTSIDE:
        return OUTSIDE, ""
    mark, dash, kind = tag.partition("-")
    if mark not in ("B", "I", "E", "S") or not dash or not kind:
        raise ValueError(f"'{tag}' is no tag of an entity, such as B-PER, I-PER or O")
    return mark, kind


def entities(tags):
    """Returns the entities of a sequence of tags in any scheme but none, by the rules of conlleval.

    No sequence is refused: an I- or E- that continues nothing begins an entity, and a change of type ends one.
    """
    found, first, kind, open_ = [], 0, "", False
    for place, (mark, type_) in enumerate([*map(split_tag, tags), (OUTSIDE, "")]):
        begins = mark in ("B", "S") or (mark != OUTSIDE and (not open_ or type_ != kind))
        if open_ and (begins or mark == OUTSIDE):
            found.append((kind, first, place))
            open_ = False
        if begins:
            first, kind, open_ = place, type_, True
        if open_ and mark in ("E", "S"):
            found.append((kind, first, place + 1))
            open_ = False
    return found


def to_tags(spans, length):
    """Returns the iob2 tags of entities that do not overlap in a sequence of `length` words."""
    tags = [OUTSIDE] * length
    for kind, first, end in spans:
        tags[first:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - first - 1)]
    return tags


def pieces(tags, most):
    """Yields (first, end) of parts of at most `most` tags, in order; none begins inside an entity shorter than that."""
    first = 0
    while first < len(tags):
        end = min(first + most, len(tags))
        while end < len(tags) and tags[end].startswith("I-") and end > first + 1:
            end -= 1
        yield first, end
        first = end


def scheme_of(sequences):
    """Returns the scheme in which all sequences are legal, preferring iob2; "none" if tags have no marks.

    Raises ValueError if there is no such scheme.
    """
    tags = {tag for sequence in sequences for tag in sequence}
    try:
        for tag in tags:
            split_tag(tag)
    except ValueError:
        if any(tag[:2] in ("B-", "I-") for tag in tags):
            raise
        return "none"
    for scheme in _MARKS:
        if all(fault(sequence, scheme) is None for sequence in sequences):
            return scheme
    raise ValueError("the tags mix schemes: in none of iob1, iob2 and iobes are all sequences legal")


def schemes_with(tags):
    """Returns the schemes that have the marks of all `tags`, iob2 first."""
    marks = {split_tag(tag)[0] for tag in tags} - {OUTSIDE}
    return [scheme for scheme, own in _MARKS.items() if marks <= set(own)]


def fault(tags, scheme, *, written=None):
    """Returns (place, message) of the first tag that is illegal in the scheme, None if all are legal.

    The message shows the tags as they were `written`, if given.
    """
    if scheme == "none":
        return None
    written, before = written or tags, OUTSIDE
    for place, tag in enumerate(tags):
        try:
            mark, _ = split_tag(tag)
        except ValueError as error:
            return place, str(error)
        if mark != OUTSIDE and mark not in _MARKS[scheme]:
            return place, f"'{written[place]}' is no tag of {scheme}"
        if not may_follow(before, tag, scheme):
            last = written[place - 1] if place else OUTSIDE
            return place, f"'{written[place]}' cannot follow '{last}' in {scheme}"
        before = tag
    if not may_follow(before, OUTSIDE, scheme):
        return len(tags) - 1, f"'{written[-1]}' cannot be the last tag in {scheme}"
    return None


def may_follow(before, tag, scheme="iob2"):
    """Returns whether a tag may follow another; O also stands for the start and the end of a sequence."""
    if scheme == "none":
        return True
    (last, last_kind), (mark, kind) = split_tag(before), split_tag(tag)
    if scheme == "iob1":
        return mark != "B" or last_kind == kind
    if mark in ("I", "E"):
        return last in ("B", "I") and kind == last_kind
    return last not in _OPEN.get(scheme, "")
