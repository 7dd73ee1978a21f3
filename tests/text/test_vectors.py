"""Word vectors: what is read, and what is said about files that are none."""

import gzip

import numpy as np
import pytest

from seqtasks.errors import CorpusError
from seqtasks.text.vectors import read_vectors


def refusal(path, size=2):
    with pytest.raises(CorpusError) as caught:
        read_vectors(path, size)
    return str(caught.value)


def test_glove_and_word2vec_are_read_in_order_plain_and_gzipped(tmp_path):
    plain, headed = tmp_path / "glove.txt", tmp_path / "word2vec.txt.gz"
    plain.write_text("the 0.5 -1\nat name 2 1e-3\nthe 9 9\ncafe\u0301 1 1\n", encoding="utf-8")
    headed.write_bytes(gzip.compress(b"2 2\nthe 0.5 -1\n7 1 2 \n"))
    found = read_vectors(plain, 2)
    assert list(found) == ["the", "at name", "café"]
    np.testing.assert_allclose(found["the"], [0.5, -1])
    np.testing.assert_allclose(found["at name"], [2, 1e-3])
    assert list(read_vectors(headed, 2)) == ["the", "7"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a 1 2\nb 1 2 3\n", ":2: the vector has length 3, but model.embedding is 2"),
        (b"a 1 2\nb 1\n", ":2: the vector has length 1, but model.embedding is 2"),
        (b"a 1 x\n", ":1: the vector of 'a' has an entry that is not a number"),
        (b"a 1 2\ncaf\xe9 1 2\n", ":2: byte 4 of the line, 0xe9, is not UTF-8"),
        (b"", "has no vectors"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, content, message):
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    assert f"{path}" in refusal(path)
    assert message in refusal(path)


def test_missing_and_broken_files_are_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "no.txt")
    broken = tmp_path / "broken.txt.gz"
    broken.write_bytes(b"no gzip")
    assert "cannot be read" in refusal(broken)
    assert "cannot be read" in refusal(tmp_path)
