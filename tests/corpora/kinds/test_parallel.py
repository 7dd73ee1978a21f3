"""Parallel text is read as it stands, and whatever is wrong with it is named by file and line."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_files import refusal, write

from seqtasks import corpora
from seqtasks.corpora.kinds import KINDS

read_file = KINDS["parallel"].read_file
LINE = st.characters(exclude_characters="\n\r\t\0\ufeff", codec="utf-8")
LINES = st.lists(st.text(LINE, min_size=1).filter(str.strip), min_size=2, max_size=8)
SAME_FOLDER = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def numbered(word, count):
    return "".join(f"{word} {n}\n" for n in range(count))


def folder(path, **files):
    """Writes `train_de="..."` to `train.de`."""
    for name, content in files.items():
        write(path / name.replace("_", "."), content)
    return path


@SAME_FOLDER
@given(lines=LINES)
def test_any_pairs_come_back(tmp_path, lines):
    rows = [{"source": line, "targets": (other,)} for line, other in zip(lines, lines[::-1], strict=True)]
    table = "".join(f"{row['source']}\t{row['targets'][0]}\n" for row in rows)
    assert read_file(write(tmp_path / "x.tsv", table)) == rows
    records = "".join(json.dumps({"source": row["source"], "target": row["targets"][0]}) + "\n" for row in rows)
    assert read_file(write(tmp_path / "x.jsonl.gz", records)) == rows
    folder(tmp_path / "pair", train_a="\n".join(lines), train_b="\n".join(lines[::-1]))
    assert KINDS["parallel"].read_folder(tmp_path / "pair", source="a", target="b") == {"train": rows}


def test_a_folder_with_all_its_splits(tmp_path):
    folder(tmp_path, train_de="Hund\nKatze\n", train_en="dog\ncat\n", valid_de="Maus", valid_en="mouse")
    folder(tmp_path, README_md="about", train_fr="chien\n")
    write(tmp_path / "test_2016.de.gz", "Elch")
    write(tmp_path / "test_2016.en", "elk")
    corpus = corpora.load(str(tmp_path), source="de", target="en")
    assert list(corpus.splits) == ["train", "dev", "test_2016"]
    assert corpus.languages == ("de", "en")
    assert corpus.split("train") == [{"source": "Hund", "targets": ("dog",)}, {"source": "Katze", "targets": ("cat",)}]
    assert corpus.split("dev") == [{"source": "Maus", "targets": ("mouse",)}]
    assert corpus.split("test") == [{"source": "Elch", "targets": ("elk",)}]


def test_missing_splits_of_a_folder_are_carved(tmp_path):
    folder(tmp_path, train_de=numbered("Hund", 40), train_en=numbered("dog", 40))
    corpus = corpora.load(str(tmp_path), source="de", target="en", test=2)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 34, "dev": 4, "test": 2}
    folder(tmp_path, test_de="Maus", test_en="mouse")
    corpus = corpora.load(str(tmp_path), source="de", target="en")
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 36, "dev": 4, "test": 1}


def test_a_table_by_columns_numbers_and_names(tmp_path):
    path = write(tmp_path / "x.tsv", "id\ten\tde\n" + "".join(f"{n}\tdog {n}\tHund {n}\n" for n in range(20)))
    named = corpora.load(path, source="de", target="en")
    assert named.languages == ("de", "en")
    assert {name: len(rows) for name, rows in named.splits.items()} == {"train": 16, "dev": 2, "test": 2}
    assert all(row["source"].startswith("Hund") for row in named.split("train"))
    numbers = corpora.load(path, source="3", target=2)
    assert numbers.languages == ("source", "target")
    assert sum(map(len, numbers.splits.values())) == 21
    assert read_file(path)[1] == {"source": "0", "targets": ("dog 0",)}


def test_json_lines_with_several_references(tmp_path):
    records = [{"de": f"Hund {n}", "en": [f"dog {n}", f"hound {n}"], "id": n} for n in range(10)]
    path = str(write(tmp_path / "x.jsonl", "\n".join(map(json.dumps, records))))
    corpus = corpora.load(path, source="de", target="en")
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 8, "dev": 1, "test": 1}
    assert all(len(row["targets"]) == 2 for row in corpus.split("test"))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.tsv", b"", "x.tsv is empty"),
        ("x.tsv", b"\xef\xbb\xbf", "x.tsv is empty"),
        (
            "x.tsv",
            b"a\tb\nna\xefve\tc\n\xff\t\n",
            "x.tsv:2: byte 3 of the line, 0xef, is not UTF-8; convert the file to UTF-8",
        ),
        ("x.tsv", b"a\tb\tc\nd\te\nf\n", "x.tsv:2: 2 tab-separated columns, but the first line has 3"),
        ("x.tsv", b"a\nb\n", "x.tsv:1: no column 2; give corpus.source and corpus.target as numbers from 1 to 1"),
        (
            "x.tsv",
            b"a;b\nc;d\n",
            "x.tsv:1: the columns seem to be divided by semicolons, but must be by tabs; con",
        ),
        ("x.tsv", b"a,b\nc, d,e\n", "x.tsv:1: the columns seem to be divided by commas, but must be by tabs"),
        ("x.tsv", b"a\tb\n \tc\n", "x.tsv:2: one side is empty"),
        (
            "x.jsonl",
            b'{"source": "a", "target": "b"}\n{"source": \n',
            "x.jsonl:2: not JSON: Expecting value at column 12",
        ),
        ("x.jsonl", b"\n", "x.jsonl:1: not JSON"),
        ("x.jsonl", b"[1]\n", "x.jsonl:1: list where an object with the keys source, target is expected"),
        (
            "x.jsonl",
            b'{"source": "a", "targets": "b"}\n',
            "x.jsonl:1: no key 'target'; it has source, targets; give corpus.source and corpus.target. Did you mean",
        ),
        (
            "x.jsonl",
            b'{"source": "a", "target": []}\n',
            "x.jsonl:1: 'source' must be a string and 'target' a string or a list",
        ),
        ("x.jsonl", b'{"source": 1, "target": "b"}\n', "x.jsonl:1: 'source' must be a string"),
        ("x.jsonl", b'{"source": "a", "target": ["b", " "]}\n', "x.jsonl:1: one side is empty"),
        ("x.jsonl", b'{"source": "a", "target": "\\ud800"}\n', "x.jsonl:1: half of a surrogate pair"),
        ("x.jsonl", b"[" * 100_000, "x.jsonl:1: "),
        ("x.txt", b"a\n", "x.txt is neither a folder nor a .tsv or .jsonl file"),
        ("x.tsv", b"a\tb\n", "x.tsv: nothing is left for"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, name, content, expected):
    write(tmp_path / name, content)
    assert f"{tmp_path}/{expected}" in refusal(corpora.load, str(tmp_path / name))


@pytest.mark.parametrize(
    ("header", "columns", "expected"),
    [
        (
            "id\tde\ten",
            {"source": "ed", "target": "en"},
            "no column ed; give corpus.source and corpus.target as numbers from 1 to 3 or one of id, de, en.",
        ),
        ("id\tde\ten", {"source": "0", "target": "2"}, "no column 0; give"),
        ("id\tde\ten", {"source": "2"}, "corpus.source and corpus.target are both 2; they must differ"),
    ],
)
def test_a_bad_column_is_refused(tmp_path, header, columns, expected):
    path = write(tmp_path / "x.tsv", header + "\n1\ta\tb\n")
    assert expected in refusal(corpora.load, str(path), **columns)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {},
            "has no pair of aligned files; it should hold train.SOURCE and train.TARGET",
        ),
        ({"train_txt": "a"}, "the suffixes there are txt"),
        (
            {"train_de": "a", "train_fr": "b"},
            "has no file that ends in .en, as corpus.target has it; the suffixes there are de, fr.",
        ),
        ({"train_de": "a", "train_en": "b", "dev_de": "c"}, "dev.de has no partner that ends in .en"),
        ({"train_de": "a", "train_en": "b", "dev_de": "c", "dev_en": "d", "val_de": "e"}, "are the same split twice"),
        (
            {"train_de": "a\nb\nc\n", "train_en": "x\ny\n"},
            "train.de:3: this line has no partner: train.de has 3 lines and train.en has 2;",
        ),
        ({"train_de": "a\n", "train_en": "x\ny\n\n"}, "train.en:2: this line has no partner"),
        (
            {"train_de": "a\n\nc", "train_en": "x\ny\n "},
            "train.de:2: one side is empty; fill it in or remove the example",
        ),
        ({"train_de": "a\nb", "train_en": b"x\n\xe9"}, "train.en:2: byte 1 of the line, 0xe9, is not UTF-8"),
        ({"train_de": "", "train_en": "x"}, "train.de is empty"),
    ],
)
def test_a_bad_folder_is_refused(tmp_path, files, expected):
    folder(tmp_path, **files)
    assert expected in refusal(corpora.load, str(tmp_path), source="de", target="en")


def test_a_folder_does_not_guess_its_direction(tmp_path):
    folder(tmp_path, train_de="a", train_en="b")
    for sides in ({}, {"source": "de"}, {"source": "de", "target": "de"}):
        message = refusal(corpora.load, str(tmp_path), **sides)
        assert "corpus.source and corpus.target must name two of the suffixes there, which are de, en" in message
