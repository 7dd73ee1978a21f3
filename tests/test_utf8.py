"""Bytes as text: the same answer for a whole file and for a pipe, and the same refusal."""

import codecs
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks import utf8
from seqtasks.corpora.sources.reading import read_lines
from seqtasks.errors import CorpusError, SettingsError
from seqtasks.settings import read_yaml
from seqtasks.text.vectors import read_vectors


def _vectors(path):
    return read_vectors(path, 1, fold=list, known=(), more=9)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def _split(content):
    *lines, last = content.split(b"\n")
    return [line + b"\n" for line in lines] + [last] * bool(last)


@given(TEXTS.filter(lambda text: "\0" not in text), st.booleans())
def test_a_mark_in_front_is_no_character_and_all_others_are(text, marked):
    text = text.removeprefix("\ufeff")
    content = codecs.BOM_UTF8 * marked + text.encode()
    assert utf8.checked(content) == text.encode()
    assert list(utf8.faults(content, "file")) == []
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    assert list(utf8.decoded(_split(content), "pipe")) == lines * bool(content)
    assert utf8.without_mark("\ufeff" * marked + text) == text


@given(st.binary(), st.sampled_from([b"", b"a\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF32_BE]))
def test_files_and_pipes_refuse_the_same(content, start):
    content = start + content
    message = next(utf8.faults(content, "here"), None)
    assert (message is None) == (utf8.checked(content) is not None)
    if message is None:
        assert (
            list(utf8.decoded(_split(content), "here"))[1:]
            == [line.removesuffix("\r") for line in content.decode().removesuffix("\n").split("\n")][1:]
        )
        return
    with pytest.raises(CorpusError) as caught:
        list(utf8.decoded(_split(content), "here"))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "a\nb\n".encode("utf-16"),
            ":1: begins with the mark of UTF-16, so it is not UTF-8; convert the file",
        ),
        (
            "a\nb\n".encode("utf-32"),
            ":1: begins with the mark of UTF-32, so it is not UTF-8; convert the file",
        ),
        ("日本\n".encode("utf-16"), ":1: begins with the mark of UTF-16"),
        ("a\nb\n".encode("utf-16-le"), ":1: holds a zero byte, so it is binary or UTF-16; convert it to UTF-8"),
        (b"a 1\nb\0 2\n", ":2: holds a zero byte, so it is binary or UTF-16; convert it to UTF-8"),
        (codecs.BOM_UTF8 + b"a 1\n\xe9 1\n", ":2: byte 1 of the line, 0xe9, is not UTF-8; convert the file to UTF-8"),
    ],
)
def test_every_reader_says_the_same(tmp_path, content, message):
    for name in ("x.yaml", "x.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        for read in (read_lines, _vectors):
            with pytest.raises(CorpusError, match="x.*" + message):
                read(path)
    with pytest.raises(SettingsError, match="x.yaml" + message):
        read_yaml(tmp_path / "x.yaml")


def test_a_pipe_flows_line_by_line():
    def endless():
        while True:
            yield b"more\r\n"

    lines = utf8.decoded(endless(), "pipe")
    assert [next(lines), next(lines)] == ["more", "more"]


def test_vectors_and_recipes_may_begin_with_a_mark(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(codecs.BOM_UTF8 + b"the 1\n")
    np.testing.assert_array_equal(_vectors(path)["the"], [1])
    path.write_bytes(codecs.BOM_UTF8 + b"seed: 3\n")
    assert read_yaml(path) == {"seed": 3}
