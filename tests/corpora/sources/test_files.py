"""Files that are not there, not whole or not readable are refused, and named."""

import gzip

import pytest
from own_files import refusal, write

from seqtasks import corpora
from seqtasks.corpora.sources.reading import read_lines


def test_what_is_not_gzip_or_cut_short_is_refused(tmp_path):
    whole = gzip.compress(b"a\tb\n" * 1000)
    for content in (whole[:-9], whole[:30], b"plain\ttext\n", whole[:12] + b"\xff" * 20):
        (tmp_path / "x.tsv.gz").write_bytes(content)
        assert "x.tsv.gz is not a whole gzip file" in refusal(corpora.load, str(tmp_path / "x.tsv.gz"))


def test_what_is_not_there_or_not_readable_is_refused(tmp_path):
    assert "x.tsv is not there" in refusal(corpora.load, str(tmp_path / "x.tsv"))
    assert "nowhere/folder is not there" in refusal(corpora.load, "nowhere/folder")
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    assert "loop.txt cannot be read: " in refusal(read_lines, loop)


def test_files_without_the_right_to_read_are_refused(tmp_path):
    path = write(tmp_path / "folder" / "x.tsv", "a\tb\n")
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        assert "x.tsv cannot be read: Permission denied" in refusal(corpora.load, str(path))
    else:
        pytest.skip("this user may read everything")
