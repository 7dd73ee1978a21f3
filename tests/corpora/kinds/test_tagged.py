"""Sentences with a tag for each word, in columns or as spans, in any scheme; errors name file and line."""

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from own_files import refusal, write

from seqtasks import corpora
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.spans import words_and_tags, words_of
from seqtasks.corpora.named import conll2003
from seqtasks.corpora.splitting import carve
from seqtasks.errors import CorpusError
from seqtasks.settings.corpora import TaggedCorpus
from seqtasks.text.tags import entities, to_tags

WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=3)
SAME_FOLDER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def sentences(draw):
    """Words and iob2 tags of entities that touch now and then."""
    tags = []
    for _ in range(draw(st.integers(1, 4))):
        kind, length = draw(st.sampled_from(["", "PER", "LOC"])), draw(st.integers(1, 3))
        tags += to_tags([(kind, 0, length)] if kind else [], length)
    return tuple(draw(WORDS.filter(str.strip)) for _ in tags), tuple(tags)


def in_scheme(tags, scheme):
    """Writes iob2 tags in another scheme, entity by entity."""
    found = list(tags)
    spans = entities(tags)
    for number, (kind, first, end) in enumerate(spans):
        if scheme == "iob1" and not (number and spans[number - 1][::2] == (kind, first)):
            found[first] = f"I-{kind}"
        if scheme == "iobes":
            found[end - 1] = f"{'S' if end - first == 1 else 'E'}-{kind}"
    return tuple(found)


def read(path, **columns):
    return KINDS["tagged"].read_file(path, **columns)


def row(words, tags):
    return {"words": tuple(words.split()), "tags": tuple(tags.split())}


@SAME_FOLDER
@given(
    st.lists(sentences(), min_size=1, max_size=5), st.sampled_from(["iob1", "iob2", "iobes"]), st.sampled_from(" \t")
)
def test_any_sentences_come_back_as_iob2(tmp_path, written, scheme, separator):
    rows = [{"words": words, "tags": tags} for words, tags in written]
    assume(not any(words[0].startswith(("-DOCSTART-", "\ufeff")) for words, _ in written))
    told = [(words, in_scheme(tags, scheme)) for words, tags in written]
    lines = ["\n".join(separator.join((word, "x", tag)) for word, tag in zip(*one, strict=True)) for one in told]
    assert read(write(tmp_path / "x.conll", "\n\n".join(lines))) == rows
    records = [json.dumps({"words": words, "tags": tags}) for words, tags in told]
    assert read(write(tmp_path / "x.jsonl.gz", "\n".join(records))) == rows


COLUMNS = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
  \nPeter  NNP B-NP B-PER
Blackburn NNP I-NP I-PER


-DOCSTART- -X- -X- O
. . O O
"""


def test_columns_blank_lines_and_beginnings_of_documents(tmp_path):
    path = write(tmp_path / "x.txt.gz", COLUMNS)
    entities_ = [row("EU rejects", "B-ORG O"), row("Peter Blackburn", "B-PER I-PER"), row(".", "O")]
    assert read(path) == read(path, words=1, tags="4") == entities_
    assert read(path, tags=2) == [row("EU rejects", "NNP VBZ"), row("Peter Blackburn", "NNP NNP"), row(".", ".")]
    turned = write(tmp_path / "x.bio", "B-PER\tAnn\nO\ta#b\n")
    assert read(turned, words=2, tags=1) == [row("Ann a#b", "B-PER O")]
    assert corpora.read_rows(turned, TaggedCorpus(name="mine.bio", words=2, tags=1)) == read(turned, words=2, tags=1)
    assert corpora.read_rows(path, TaggedCorpus(tags="pos")) == entities_


CONLLU = """# newdoc id = a
# sent_id = 1
# text = Il va au marché
1\tIl\t_\tPRON
2\tva\t_\tVERB
3-4\tau\t_\t_
3\tà\t_\tADP
4\tle\t_\tDET
4.1\tgrand\t_\tADJ
5\tmarché\t_\tNOUN

# sent_id = 2
1-2\tdu\t_\t_
1\tde\t_\tADP
2\tle\t_\tDET

"""


def test_ranges_and_empty_nodes_are_no_words_where_the_first_column_holds_ids(tmp_path, caplog):
    caplog.set_level("INFO")
    path = write(tmp_path / "x.conllu", CONLLU)
    wanted = [row("Il va à le marché", "PRON VERB ADP DET NOUN"), row("de le", "ADP DET")]
    assert read(path, words=2, tags=4) == wanted
    assert caplog.messages == [f"{path}:1: 4 comment lines are passed over, this being the first"]
    with pytest.raises(CorpusError, match=r"x.conllu:7: the word 'à b' has a blank in it"):
        read(write(path, CONLLU.replace("à\t", "à b\t")), words=2, tags=4)
    # Numbers that count nothing, and ids that are the words.
    path = write(tmp_path / "x.tsv", "0.5\ta\tX\n1.5\tb\tY\n\n7\tc\tX\n")
    assert read(path, words=2) == [row("a b", "X Y"), row("c", "X")]
    path = write(tmp_path / "x.tsv", "1\ta\tX\n1.1\tb\tY\n2\tc\tX\n")
    assert read(path, words=2) == [row("a c", "X X")]
    assert read(path, words=1) == [row("1 1.1 2", "X Y X")]


@pytest.mark.parametrize(
    ("content", "words", "tags"),
    [
        ("# id 0a\tdomain=xx\nAnn _ B-PER\nran _ O\n", "Ann ran", "B-PER O"),
        ("# newdoc\nAnn NE\nran VB\n", "Ann ran", "NE VB"),
        ("#begin document (x); part 000\nAnn NE\nran VB\n\n#end document\n", "Ann ran", "NE VB"),
        ("# newdoc\n# NE\nran VB\nAnn NE\n", "# ran Ann", "NE VB NE"),
        ("# O\n1 B-X\n", "# 1", "O B-X"),
        ("#Lund B-LOC\nran O\n", "#Lund ran", "B-LOC O"),
        ("# text = Ann\nAnn\tNE\nran\tVB\n", "Ann ran", "NE VB"),
        ("# id 3\tx\nAnn\tNE\nran\tVB\n", "Ann ran", "NE VB"),
        ("#\tSYM\n1\tNUM\n", "# 1", "SYM NUM"),
        ("#Lund\tHT\nran\tVB\n", "#Lund ran", "HT VB"),
        ("Ann O\n# O\n#Lund B-LOC\n", "Ann # #Lund", "O O B-LOC"),
        ("#Lund\tB-LOC\n", "#Lund", "B-LOC"),
        ("# a comment = this\n\n-DOCSTART- O\n\n# another one here\nAnn O\n", "Ann", "O"),
    ],
)
def test_comments_are_passed_over_and_hash_tags_are_words(tmp_path, content, words, tags, caplog):
    caplog.set_level("INFO")
    assert read(write(tmp_path / "x.conll", content)) == [row(words, tags)]
    assert ("passed over" in caplog.text) == (content.count("#") > words.count("#"))


def test_tags_of_words_are_known_from_all_files(tmp_path):
    write(tmp_path / "train.conll", "a NE\n\nb VB\n")
    write(tmp_path / "dev.conll", "# SYM\nb VB\n")
    write(tmp_path / "test.conll", "c NE\n# SYM\n")
    assert corpora.load(tmp_path, kind="tagged").split("dev") == [row("# b", "SYM VB")]


def test_the_scheme_is_told_from_all_splits(tmp_path):
    write(tmp_path / "wnut17train.conll", "Ann\tB-PER\nBo\tB-PER\n\nEU\tI-ORG\nis\tO\n")
    write(tmp_path / "emerging.dev.conll", "EU\tO\n")
    write(tmp_path / "emerging.test.annotated", "Ann\tI-PER\nLee\tI-PER\n")
    write(tmp_path / "README.md", "about\n")
    message = refusal(corpora.load, tmp_path, kind="tagged")
    assert f"{tmp_path}/wnut17train.conll:1: 'B-PER' cannot follow 'O' in iob1; mend the tags" in message
    write(tmp_path / "wnut17train.conll", "Ann\tI-PER\nBo\tB-PER\n\nEU\tI-ORG\nis\tO\n")
    corpus = corpora.load(tmp_path, kind="tagged")
    assert corpus.splits == {
        "train": [row("Ann Bo", "B-PER B-PER"), row("EU is", "B-ORG O")],
        "dev": [row("EU", "O")],
        "test": [row("Ann Lee", "B-PER I-PER")],
    }
    assert (corpus.kind, corpus.languages) == ("tagged", ())


def test_a_file_is_split_by_sentences_and_every_tag_stays_in_train(tmp_path):
    lines = [f"Ann B-PER\nsaw O\n{n} O\n" for n in range(30)] + ["Oslo B-LOC\n"]
    for seed in range(10):
        splits = corpora.load(write(tmp_path / "x.iob", "\n".join(lines)), kind="tagged", seed=seed).splits
        assert {name: len(rows) for name, rows in splits.items()} == {"train": 25, "dev": 3, "test": 3}
        assert row("Oslo", "B-LOC") in splits["train"]
    twice = [row("a b", "O O"), row("A b", "O B-X"), *(row(str(n), "O") for n in range(4))]
    for seed in range(10):
        splits = carve(twice, {"dev": 2}, kind=KINDS["tagged"], seed=seed)
        assert len({name for name, rows in splits.items() for one in rows if "b" in one["words"]}) == 1


FORMS = {
    "lower case": lambda mark, kind: f"{mark.lower()}-{kind}",
    "behind": lambda mark, kind: f"{kind}-{mark}",
    "underscore": lambda mark, kind: f"{mark}_{kind}",
    "bilou": lambda mark, kind: f"{ {'E': 'L', 'S': 'U'}.get(mark, mark) }-{kind}",
    "bmewo": lambda mark, kind: f"{ {'I': 'M', 'S': 'W'}.get(mark, mark) }-{kind}",
}


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("scheme", ["iob1", "iob2", "iobes"])
def test_entities_are_read_in_every_form(tmp_path, form, scheme):
    rows = [row("Ann Lee Bo Ed ran", "B-PER I-PER B-LOC B-LOC O"), row("EU", "B-ORG")]
    told = [
        (one["words"], [tag if tag == "O" else FORMS[form](*tag.split("-")) for tag in in_scheme(one["tags"], scheme)])
        for one in rows
    ]
    lines = ["".join(f"{word}\t{tag}\n" for word, tag in zip(*one, strict=True)) for one in told]
    assert read(write(tmp_path / "x.conll", "\n".join(lines))) == rows
    records = [json.dumps({"words": words, "tags": tags}) for words, tags in told]
    assert read(write(tmp_path / "x.jsonl", "\n".join(records))) == rows


def test_marks_without_a_type_are_of_one_that_is_named(tmp_path, caplog):
    caplog.set_level("INFO")
    written = write(tmp_path / "x.conll", "severe B\nfever I\nand O\ncold B\n")
    assert read(written) == [row("severe fever and cold", "B-ENTITY I-ENTITY O B-ENTITY")]
    assert "the tags have no types: all entities are of one, ENTITY" in caplog.text


def test_classes_beside_an_o_are_classes_and_it_is_said(tmp_path, caplog):
    path = write(tmp_path / "x.conll", "Ann PER\nsaw O\nOslo LOC\n")
    assert read(path) == [row("Ann saw Oslo", "PER O LOC")]
    (said,) = caplog.messages
    assert said.startswith("each tag is read as a class of its own, such as a part of speech, though O is among them;")
    caplog.clear()
    assert read(write(tmp_path / "x.conll", "Ann NN\nsaw VB\n")) == [row("Ann saw", "NN VB")]
    assert not caplog.messages


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.conll", b"", "x.conll is empty"),
        ("x.conll", b"\n \n-DOCSTART- O\n", "x.conll has no sentence; it must hold words with their tags"),
        ("x.conll", b"# a comment\n\n# b\n", "x.conll has no sentence"),
        ("x.conll", b"a O\n# a comment\nb O\n", "x.conll:2: 3 space-separated columns, but the first line has 2"),
        ("x.conll", b"a O\nb\n", "x.conll:2: 1 space-separated columns, but the first line has 2"),
        ("x.conll", b"a\tO\n\nb\tx\tO\n", "x.conll:3: 3 tab-separated columns, but the first line has 2"),
        ("x.conll", b"a\n", "x.conll: corpus.words and corpus.tags are both 1; they must differ"),
        (
            "x.conll",
            b"a\tO\nNew York\tB-LOC\n",
            "x.conll:2: the word 'New York' has a blank in it; write one word a line",
        ),
        ("x.conll", b"a\tO\n\tO\n", "x.conll:2: the word is empty"),
        ("x.conll", b"a\tO\nb\t\n", "x.conll:2: the tag is empty"),
        ("x.conll", b"a O\n\xff O\n", "x.conll:2: byte 1 of the line, 0xff, is not UTF-8"),
        ("x.conll", b"a B-X\nb O\nc I-X\n\nd B-X\n", "x.conll:3: 'I-X' cannot follow 'O' in iob2; mend the tags"),
        ("x.conll", b"a O\n\nb B-X\nc X\n", "x.conll:4: 'X' is no tag of an entity, such as B-PER, I-PER or O"),
        (
            "x.conll",
            b"a O\nb VB\nc B-X\n",
            "x.conll:2: 'VB' is no tag of an entity, such as B-PER, I-PER or O, but 'B-X' is; write all tags so",
        ),
        ("x.conll", b"a O\nb u-X\nc L-X\n", "x.conll:3: 'L-X' cannot follow 'u-X' in iobes"),
        ("x.conll", b"a O\nb X-I\nc O\nd X-B\n", "x.conll:2: 'X-I' cannot follow 'O' in iob2"),
        ("x.jsonl", b'{"words": ["a", "b"], "tags": ["PER-B", "NN"]}\n', "x.jsonl:1: word 2: 'NN' is no tag of an"),
        ("x.conll", b"a S-X\nb B-X\nc E-X\nd E-X\n", "x.conll:4: 'E-X' cannot follow 'E-X' in iobes"),
        (
            "x.jsonl",
            b'{"words": ["a"]}\n',
            "x.jsonl:1: no key 'tags'; it has words, and words, tags or text, spans are",
        ),
        ("x.jsonl", b'{"words": ["a"], "tags": [3]}\n', "x.jsonl:1: 'tags' must be a list of one or more strings"),
        ("x.jsonl", b'{"words": [], "tags": []}\n', "x.jsonl:1: 'words' must be a list of one or more strings"),
        ("x.jsonl", b'{"words": ["a"], "tags": ["O", "O"]}\n', "x.jsonl:1: 1 words, but 2 tags; each word needs one"),
        ("x.jsonl", b'{"words": ["a b"], "tags": ["O"]}\n', "x.jsonl:1: word 1: the word 'a b' has a blank in it"),
        ("x.jsonl", b'{"words": ["\\ud800"], "tags": ["O"]}\n', "x.jsonl:1: word 1: half of a surrogate pair"),
        ("x.jsonl", b'{"words": ["a", "b"], "tags": ["B-X", "I-Y"]}\n', "x.jsonl:1: word 2: 'I-Y' cannot follow 'B-X'"),
        ("x.jsonl", b"{}\n", "x.jsonl:1: no key 'words'"),
        ("x.jsonl", b"3\n", "x.jsonl:1: int where an object with the keys words, tags is expected"),
        (
            "x.jsonl",
            b'{"text": "a", "spans": [[0, 2, "X"]]}\n',
            "x.jsonl:1: the span [0, 2, 'X'] is no [first, end, type]",
        ),
        (
            "x.conll",
            b"a O\n",
            "x.conll: nothing is left for dev: the corpus has 1 sentence, up to 1 of them connected",
        ),
        ("nowhere.conll", None, "nowhere.conll is not there; check the spelling and the folder"),
        ("", None, " has no file of tagged text for a split; name them train, dev and test"),
    ],
)
def test_bad_text_is_refused(tmp_path, name, content, expected):
    if content is not None:
        write(tmp_path / name, content)
    assert f"{tmp_path}{'/' * bool(name)}{expected}" in refusal(corpora.load, tmp_path / name, kind="tagged")


def test_bad_columns_are_refused(tmp_path):
    path = write(tmp_path / "x.conll", "\na x O\n")
    message = refusal(corpora.load, path, kind="tagged", tags=4)
    assert f"{path}:2: no column 4; give corpus.words and corpus.tags as numbers from 1 to 3." in message
    assert "no column ner" in refusal(corpora.load, path, kind="tagged", tags="ner")
    assert "'ner, chunk, pos'; leave it out" in refusal(corpora.load, "conll2003", tags="nerd")


@given(st.text(max_size=12))
def test_words_hold_all_that_is_no_blank(text):
    words = words_of(text)
    assert "".join(text[first:end] for first, end in words) == "".join(text.split())
    assert all(first < end for first, end in words)
    assert all(one[1] <= other[0] for one, other in pairwise(words))


def test_spans_become_tags_of_words():
    text = "Zoe\u0308 B. left नई दिल्ली-2 (U.S.)"
    found = [text[first:end] for first, end in words_of(text)]
    assert found == ["Zoe\u0308", "B", ".", "left", "नई", "दिल्ली", "-", "2", "(", "U", ".", "S", ".", ")"]
    spans = [[0, 7, "PER"], [13, 22, "LOC"], [text.index("U"), text.index(")"), "LOC"]]
    words, tags = words_and_tags(text, spans)
    assert words == tuple(found)
    assert " ".join(tags) == "B-PER I-PER I-PER O B-LOC I-LOC O O O B-LOC I-LOC I-LOC I-LOC O"
    assert words_and_tags("a b", [[2, 3, "Y"], [0, 1, "X"]])[1] == ("B-X", "B-Y")


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (
            [[0, 2, "PER"]],
            r"the span \[0, 2, 'PER'\], 'An', cuts the word 'Ann' \(0 to 3\); move it to the edges of words",
        ),
        ([[1, 3, "PER"]], r"'nn', cuts the word 'Ann'"),
        ([[0, 4, "PER"]], r"the span \[0, 4, 'PER'\], 'Ann ', has a blank at its edge"),
        ([[0, 7, "PER"], [4, 7, "PER"]], r"the spans \[0, 7, 'PER'\] and \[4, 7, 'PER'\] overlap; keep one of them"),
        ([[4, 9, "PER"]], r"the span \[4, 9, 'PER'\] is no \[first, end, type\] inside the text of 7 characters"),
        ([[3, 3, "PER"]], "is no"),
        ([[0, 3, ""]], "is no"),
        ([{"first": 0}], "is no"),
        ("PER", r"'spans' a list of \[first, end, type\]"),
    ],
)
def test_bad_spans_are_refused(spans, expected):
    with pytest.raises(ValueError, match=expected):
        words_and_tags("Ann Lee", spans)


def test_conll2003_is_read_from_its_archive(tmp_path, monkeypatch):
    for name in ("train", "valid", "test"):
        write(tmp_path / conll2003._FOLDER / f"{name}.txt", COLUMNS)
    monkeypatch.setattr(conll2003, "fetch", lambda archive: tmp_path)
    corpus = corpora.load("conll2003", kind="tagged")
    assert list(corpus.splits) == ["train", "dev", "test"]
    assert corpus.split("dev")[1] == row("Peter Blackburn", "B-PER I-PER")
    assert "Reuters" in corpus.licence
    tags = {name: corpora.load("conll2003", tags=name).split("test")[0]["tags"] for name in conll2003.TAGS}
    assert tags == {"ner": ("B-ORG", "O"), "chunk": ("B-NP", "B-VP"), "pos": ("NNP", "VBZ")}


@pytest.mark.slow
def test_conll2003_itself(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path))
    corpus = corpora.load("conll2003")
    assert "the text is Reuters'" in caplog.text
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 14_041, "dev": 3250, "test": 3453}
    words = [sum(len(one["words"]) for one in rows) for rows in corpus.splits.values()]
    assert words == [203_621, 51_362, 46_435]
    assert [sum(len(entities(one["tags"])) for one in rows) for rows in corpus.splits.values()] == [23_499, 5942, 5648]
    chunks = corpora.load("conll2003", tags="chunk")
    assert len({tag[2:] for one in chunks.split("train") for tag in one["tags"]} - {""}) == 10
    assert len({tag for one in corpora.load("conll2003", tags="pos").split("train") for tag in one["tags"]}) == 45
