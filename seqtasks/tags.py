"""Tag schemes: entities as one tag a word, and back; no TensorFlow.

iob1 (Ramshaw and Marcus, 1995): B- only where an entity follows another of its type. iob2: B- begins every entity.
iobes: also E- for the last word and S- for the only one. none: a tag is a class of its own, as parts of speech are.
Inside seqtasks tags of entities are iob2. An entity is (type, first, end): its words are first, ..., end - 1.
"""

SCHEMES = ("iob1", "iob2", "iobes", "none")
OUTSIDE = "O"

_MARKS = {"iob1": "BI", "iob2": "BI", "iobes": "BIES"}


def split_tag(tag):
    """Returns (mark, type) of a tag: ("B", "PER") of "B-PER", ("O", "") of "O"; ValueError for what is neither."""
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
    """Yields (first, end) of pieces of at most `most` tags, in order; none begins inside an entity that is shorter."""
    first = 0
    while first < len(tags):
        end = min(first + most, len(tags))
        while end < len(tags) and tags[end].startswith("I-") and end > first + 1:
            end -= 1
        yield first, end
        first = end


def scheme_of(sequences):
    """Returns the scheme in which all the sequences are legal, iob2 before the others, "none" where tags have no marks.

    Raises ValueError where there is no such scheme.
    """
    tags = {tag for sequence in sequences for tag in sequence}
    try:
        for tag in tags:
            split_tag(tag)
    except ValueError:
        if any(tag[:2] in ("B-", "I-") for tag in tags):
            raise
        return "none"
    for scheme in ("iob2", "iob1", "iobes"):
        if all(fault(sequence, scheme) is None for sequence in sequences):
            return scheme
    raise ValueError("the tags mix schemes: in none of iob1, iob2 and iobes are all sequences legal")


def fault(tags, scheme):
    """Returns (place, what is wrong) of the first tag that is illegal in the scheme, None where all are legal."""
    if scheme == "none":
        return None
    before = OUTSIDE
    for place, tag in enumerate(tags):
        try:
            mark, _ = split_tag(tag)
        except ValueError as error:
            return place, str(error)
        if mark != OUTSIDE and mark not in _MARKS[scheme]:
            return place, f"'{tag}' is no tag of {scheme}"
        if not may_follow(before, tag, scheme):
            return place, f"'{tag}' cannot follow '{before}' in {scheme}"
        before = tag
    if not may_follow(before, OUTSIDE, scheme):
        return len(tags) - 1, f"'{before}' cannot be the last tag in {scheme}"
    return None


def may_follow(before, tag, scheme="iob2"):
    """Tells whether a tag may come after another; O stands for the start and the end of a sequence too."""
    if scheme == "none":
        return True
    (last, last_kind), (mark, kind) = split_tag(before), split_tag(tag)
    if scheme == "iob1":
        return mark != "B" or last_kind == kind
    inside = mark in ("I", "E")
    if scheme == "iobes" and last in ("B", "I"):
        return inside and kind == last_kind
    return not inside or (last in ("B", "I") and kind == last_kind)
