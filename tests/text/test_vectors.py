"""Word vectors: what is read, and what is said about files that are none."""

import gzip
import struct

import numpy as np
import pytest

from seqtasks.errors import CorpusError
from seqtasks.text import vectors
from seqtasks.text.vectors import read_vectors
from seqtasks.text.words import Words


def read(path, size=2, *, known=(), more=100):
    return read_vectors(str(path), size, fold=Words.folded, known=set(known), more=more)


def refusal(path, size=2):
    with pytest.raises(CorpusError) as caught:
        read(path, size)
    return str(caught.value)


def binary(*entries, end=b"", declared=None):
    """Returns a binary file of word2vec with (word, numbers)."""
    header = f"{declared or len(entries)} {len(entries[0][1])}\n".encode()
    return header + b"".join(word + b" " + struct.pack(f"<{len(row)}f", *row) + end for word, row in entries)


def test_text_is_read_in_order_plain_and_gzipped(tmp_path):
    plain, headed = tmp_path / "glove.txt", tmp_path / "word2vec.vec.gz"
    plain.write_text("the 0.5 -1\nat name 2 1e-3\nthe 9 9\ncafe\u0301 1 1\n", encoding="utf-8")
    headed.write_bytes(gzip.compress(b"2 2\nthe 0.5 -1\n7 1 2 \n"))
    found = read(plain)
    assert list(found) == ["the", "at name", "café"]
    np.testing.assert_allclose(found["the"], [0.5, -1])
    np.testing.assert_allclose(found["at name"], [2, 1e-3])
    assert list(read(headed)) == ["the", "0"]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_word2vec_s_binary_form_is_read(tmp_path, end):
    path = tmp_path / "vectors.bin"
    path.write_bytes(binary((b"the", [0.5, -1]), ("Rom_é".encode(), [32.0, 10.0]), end=end))
    found = read(path)
    assert {word: row.tolist() for word, row in found.items()} == {"the": [0.5, -1], "rom_é": [32, 10]}
    zipped = tmp_path / "vectors.bin.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    assert list(read(zipped)) == list(found)


def test_words_are_folded_and_no_more_are_kept_than_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "_AT_ONCE", 2)
    path = tmp_path / "vectors.txt"
    path.write_text("a 1 1\nThe 2 2\nb 3 3\n1996 4 4\nthe 5 5\n2021 6 6\nc 7 x\nrare 8 8\n", encoding="utf-8")
    found = read(path, known=["the", "rare", "none"], more=3)
    assert {word: row[0] for word, row in found.items()} == {"a": 1, "the": 2, "b": 3, "0000": 4, "rare": 8}
    assert list(read(path, known=["rare"], more=0)) == ["rare"]
    assert read(path, more=0) == {}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("vectors.txt", b"a 1 2\nb 1 2 3\n", ":2: the vector has length 3, but model.embedding is 2"),
        ("vectors.txt", b"a 1 2\nb 1\n", ":2: the vector has length 1, but model.embedding is 2"),
        ("vectors.txt", b"1 3\na 1 2 3\n", ":1: the vector has length 3, but model.embedding is 2"),
        ("vectors.txt", b"a 1 x\n", ":1: the vector of 'a' has an entry that is not a number"),
        ("vectors.txt", b"a 1 nan\n", ":1: the vector of 'a' has an entry that is not a number"),
        ("vectors.txt", b"a 1 2\nb  1 2\nc\t1\t2\n", ":3: expected a word and 2 numbers, with one space before each"),
        ("vectors.txt", b"a 1 2\ncaf\xe9 1 2\n", ":2: byte 4 of the line, 0xe9, is not UTF-8"),
        ("vectors.txt", b"9 2\na 1 2\nb 1 2\n", " is cut off: its first line says 9 words, but 2 are there"),
        ("vectors.txt", b"", "has no vectors"),
        (
            "vectors.bin",
            binary((b"a", [1, 2]), (b"b", [3, 4]), declared=3),
            "is cut off: its first line says 3 words, but 2 are there",
        ),
        (
            "vectors.bin",
            binary((b"a", [1, 2]), (b"b", [3, 4]))[:-3],
            "is cut off: its first line says 2 words, but 1 are there",
        ),
        ("vectors.bin", binary((b"a", [1, 2, 3])), "the vector has length 3, but model.embedding is 2"),
        ("vectors.bin", binary((b"caf\xe9", [1, 2])), "word 1 is not UTF-8"),
        ("vectors.bin", b"the 0.5 1\n", "is no binary file of word2vec"),
        ("vectors.bin", b"", "is no binary file of word2vec"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    assert f"{path}" in refusal(path)
    assert message in refusal(path)


def test_missing_and_broken_files_are_refused(tmp_path):
    assert "does not exist; model.vectors must name a file of word vectors or one of glove-50d" in refusal(
        tmp_path / "no.txt"
    )
    broken = tmp_path / "broken.txt.gz"
    broken.write_bytes(b"no gzip")
    assert "cannot be read" in refusal(broken)
    assert "cannot be read" in refusal(tmp_path)
    assert "glove-50d has vectors of length 50, but model.embedding is 100; make them equal" in refusal(
        "glove-50d", 100
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size", "count", "first"),
    [("glove-50d", 50, 354_489, [0.418, 0.24968]), ("glove-100d", 100, 337_641, [-0.038194, -0.24487])],
)
def test_packaged_vectors_are_those_that_were_published(name, size, count, first):
    found = read(name, size, more=10**6)
    np.testing.assert_allclose(found["the"][:2], first)
    assert len(found) == count
