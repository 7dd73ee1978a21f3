"""Tag schemes: what is an entity, what is legal, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.text.tags import as_entities, entities, fault, may_follow, scheme_of, to_tags

KINDS = ("PER", "LOC")


@st.composite
def sentences(draw):
    """Entities that do not overlap, and the length of their sentence."""
    found, place = [], 0
    for _ in range(draw(st.integers(0, 4))):
        first = place + draw(st.integers(0, 2))
        place = first + draw(st.integers(1, 3))
        found.append((draw(st.sampled_from(KINDS)), first, place))
    return found, place + draw(st.integers(0, 2))


def in_scheme(spans, length, scheme):
    """The tags of entities in iob1 or iobes, written straight from the definition."""
    tags, ends = ["O"] * length, {}
    for kind, first, end in spans:
        tags[first:end] = [f"I-{kind}"] * (end - first)
        if scheme == "iob1" and ends.get(first) == kind:
            tags[first] = f"B-{kind}"
        if scheme == "iobes":
            tags[first], tags[end - 1] = f"B-{kind}", f"E-{kind}"
            if end - first == 1:
                tags[first] = f"S-{kind}"
        ends[end] = kind
    return tags


@given(sentences())
def test_entities_come_back_from_the_tags_of_every_scheme(sentence):
    spans, length = sentence
    assert entities(to_tags(spans, length)) == spans
    for scheme in ("iob1", "iobes"):
        tags = in_scheme(spans, length, scheme)
        assert fault(tags, scheme) is None
        assert entities(tags) == spans
    assert fault(to_tags(spans, length), "iob2") is None


# By hand, along the conditions endOfChunk and startOfChunk of conlleval.
@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        ("", []),
        ("O O", []),
        ("I-A I-A O", [("A", 0, 2)]),
        ("B-A B-A", [("A", 0, 1), ("A", 1, 2)]),
        ("B-A I-B I-B", [("A", 0, 1), ("B", 1, 3)]),
        ("E-A E-A", [("A", 0, 1), ("A", 1, 2)]),
        ("B-A I-A E-A I-A", [("A", 0, 3), ("A", 3, 4)]),
        ("S-A I-A", [("A", 0, 1), ("A", 1, 2)]),
        ("B-A S-A", [("A", 0, 1), ("A", 1, 2)]),
        ("B-X-Y I-X-Y", [("X-Y", 0, 2)]),
    ],
)
def test_illegal_sequences_are_read_as_conlleval_reads_them(tags, wanted):
    assert entities(tags.split()) == wanted


@pytest.mark.parametrize(
    ("sequences", "scheme"),
    [
        (["O O", "B-A I-A"], "iob2"),
        (["I-A B-A", "I-A I-B"], "iob1"),
        (["B-A E-A S-B O"], "iobes"),
        (["NN VB", "."], "none"),
        (["O O"], "iob2"),
        ([], "iob2"),
    ],
)
def test_a_scheme_is_told_from_its_sequences(sequences, scheme):
    assert scheme_of([sequence.split() for sequence in sequences]) == scheme


@pytest.mark.parametrize(
    ("sequences", "scheme"),
    [(["B-A I-A S-B O", "B-A"], "iobs"), (["B-A I-A E-A B-B O"], "iobe"), (["S-A O"], "iobes")],
)
def test_a_scheme_may_mark_the_last_word_or_the_only_one_alone(sequences, scheme):
    assert scheme_of([sequence.split() for sequence in sequences]) == scheme


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("B-PER I-PER O", "B-PER I-PER O"),
        ("b-PER i-PER o", "B-PER I-PER O"),
        ("B_PER I_PER O", "B-PER I-PER O"),
        ("PER-B PER-I O", "B-PER I-PER O"),
        ("per_b x-y-i O", "B-per I-x-y O"),
        ("B-A I-A L-A U-B", "B-A I-A E-A S-B"),
        ("B-A M-A E-A W-B O", "B-A I-A E-A S-B O"),
        ("U-PER O", "S-PER O"),
        ("B-S I-S E-B O", "B-S I-S E-B O"),
        ("B I O", "B-ENTITY I-ENTITY O"),
        ("b i o", "B-ENTITY I-ENTITY O"),
        ("I O", "I-ENTITY O"),
        ("B I L U O", "B-ENTITY I-ENTITY E-ENTITY S-ENTITY O"),
        ("B M E S", "B-ENTITY I-ENTITY E-ENTITY S-ENTITY"),
        ("O", "O"),
        ("S-X NP", ""),
        ("NN VB", ""),
        ("O PER LOC", ""),
        ("N O V", ""),
        ("S E", ""),
        ("M O W", ""),
        ("NN-S VB_M O JJ", ""),
        ("", ""),
    ],
)
def test_marks_are_read_in_every_form(written, read):
    assert as_entities(set(written.split())) == dict(zip(written.split(), read.split(), strict=bool(read)))


@pytest.mark.parametrize(
    ("written", "read"), [("B-A NN O", "B-A O"), ("NN A-I", "A-I"), ("U-A NN O", "U-A O"), ("B-A I O", "B-A O")]
)
def test_of_a_mixture_those_that_mark_entities_are_read(written, read):
    assert set(as_entities(set(written.split()))) == set(read.split())


@pytest.mark.parametrize("sequences", [["B-A", "I-A"], ["B-A E-A", "I-A"], ["B-A", "NN"], ["B-"]])
def test_mixed_schemes_are_refused(sequences):
    with pytest.raises(ValueError, match=r"mix schemes|is no tag"):
        scheme_of([sequence.split() for sequence in sequences])


@pytest.mark.parametrize(
    ("tags", "scheme", "wanted"),
    [
        ("O I-A", "iob2", (1, "'I-A' cannot follow 'O' in iob2")),
        ("B-A I-B", "iob2", (1, "'I-B' cannot follow 'B-A' in iob2")),
        ("O B-A", "iob1", (1, "'B-A' cannot follow 'O' in iob1")),
        ("O B-A", "iobes", (1, "'B-A' cannot be the last tag in iobes")),
        ("B-A O", "iobes", (1, "'O' cannot follow 'B-A' in iobes")),
        ("S-A", "iob2", (0, "'S-A' is no tag of iob2")),
        ("O NN", "iob2", (1, "'NN' is no tag of an entity, such as B-PER, I-PER or O")),
        ("NN X", "none", None),
    ],
)
def test_a_fault_names_place_and_reason(tags, scheme, wanted):
    assert fault(tags.split(), scheme) == wanted


def test_what_may_follow_in_iob2():
    tags = ["O", "B-A", "I-A", "B-B", "I-B"]
    legal = {(before, tag) for before in tags for tag in tags if may_follow(before, tag)}
    assert legal == {
        *((before, tag) for before in tags for tag in ("O", "B-A", "B-B")),
        ("B-A", "I-A"), ("I-A", "I-A"), ("B-B", "I-B"), ("I-B", "I-B"),
    }  # fmt: skip
