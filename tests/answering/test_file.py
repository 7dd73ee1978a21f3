"""A file of answers: interrupted anywhere and gone on with, it is the one of an undisturbed run."""

import errno
import gzip
import json
import os
import shutil

import pytest

from seqtasks.answering import AnswerFile, Form
from seqtasks.errors import CorpusError, StorageError, UsageError

FORMS = [Form(), Form(as_json=True), Form(n_best=2), Form(as_json=True, n_best=3), Form(as_conll=True)]


def answer(source, output, model, *, form=None, path="run", resume=False, **options):
    AnswerFile(source, output, form or Form(), model=path, resume=resume).write(model, **options)
    return output.read_bytes()


def stopping(chunk, error):
    """Returns what raises an error when a chunk is answered."""

    def before(call):
        if call == chunk:
            raise error

    return before


def test_each_line_is_answered_in_order(texts, tmp_path, model):
    told, done = [], []
    written = answer(
        texts, tmp_path / "new" / "out.txt", model, told=lambda *one: told.append(one), progress=done.append
    )
    lines = texts.read_text(encoding="utf-8").split("\n")
    assert written.decode() == "".join(f"{line[::-1]}\n" for line in lines)
    assert [number for number, _ in told] == list(range(1, 19))
    assert model.calls == done == [4, 4, 4, 4, 2]
    assert os.listdir(tmp_path / "new") == ["out.txt"]


@pytest.mark.parametrize("form", FORMS)
def test_an_interrupted_file_goes_on_where_it_stopped(texts, tmp_path, model, form):
    wanted, out = answer(texts, tmp_path / "wanted.txt", model, form=form), tmp_path / "out.txt"
    for chunk in range(2, 6):
        model.calls.clear()
        model.before = stopping(chunk, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt, match=f"answers to {4 * (chunk - 1)} lines are kept.* with --resume"):
            answer(texts, out, model, form=form)
        assert not out.exists()
        model.calls.clear()
        model.before = stopping(2, KeyboardInterrupt())
        if chunk < 4:
            with pytest.raises(KeyboardInterrupt):
                answer(texts, out, model, form=form, resume=True)
        model.before = lambda call: None
        assert answer(texts, out, model, form=form, resume=True) == wanted
        out.unlink()
    assert sorted(os.listdir(tmp_path)) == ["in.txt", "wanted.txt"]


@pytest.mark.parametrize("form", FORMS)
def test_a_process_that_is_killed_at_any_moment_leaves_what_can_be_gone_on_with(
    texts, tmp_path, model, form, monkeypatch
):
    wanted, folder = answer(texts, tmp_path / "wanted.txt", model, form=form), tmp_path / "work"
    folder.mkdir()
    monkeypatch.setattr("seqtasks.answering.file._SECONDS", 0)
    count = 0

    def watched(function):
        def before(*arguments):
            nonlocal count
            shutil.copytree(folder, tmp_path / f"{count}-before")
            done = function(*arguments)
            shutil.copytree(folder, tmp_path / f"{count}-after")
            count += 1
            return done

        return before

    with monkeypatch.context() as patch:
        for name in ("fsync", "replace"):
            patch.setattr(os, name, watched(getattr(os, name)))
        answer(texts, folder / "out.txt", model, form=form)
    assert count > 15
    for number in range(count):
        for when in ("before", "after"):
            left = tmp_path / f"{number}-{when}"
            if (left / "out.txt").exists():
                assert (left / "out.txt").read_bytes() == wanted
            else:
                assert answer(texts, left / "out.txt", model, form=form, resume=True) == wanted


def test_what_was_written_behind_the_last_note_is_cut_off(texts, tmp_path, model):
    wanted, out = answer(texts, tmp_path / "wanted.txt", model), tmp_path / "out.txt"
    model.calls.clear()
    model.before = stopping(3, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        answer(texts, out, model)
    with (tmp_path / "out.txt.part").open("ab") as part:
        part.write(b"half an answer" * 99)
    model.before = lambda call: None
    assert answer(texts, out, model, resume=True) == wanted


def test_a_faulty_line_is_named_what_was_before_is_kept_and_once_mended_it_goes_on(texts, tmp_path, model):
    wanted, out, lines = answer(texts, tmp_path / "wanted.txt", model), tmp_path / "out.txt", texts.read_bytes()
    for fault, message in ((b"\xff", "in.txt:11: byte 10 of the line, 0xff"), (b" wrong", "in.txt:11: this is wrong")):
        texts.write_bytes(lines.replace(b"line 9 \xc3\xa9", b"line 9 \xc3\xa9" + fault))
        with pytest.raises(UsageError, match=message) as raised:
            answer(texts, out, model)
        assert raised.value.__notes__ == [
            "the answers to 8 lines are kept, and the same command with --resume goes on from there"
        ]
        texts.write_bytes(lines)
        assert answer(texts, out, model, resume=True) == wanted
        out.unlink()


def test_a_fault_in_the_first_lines_leaves_nothing_behind(tmp_path, model):
    for content, message in ((b"a\n\xff\n", "in.txt:2: byte 1"), (b"a wrong\n", "in.txt:1: this"), (b"", "is empty")):
        (tmp_path / "in.txt").write_bytes(content)
        with pytest.raises(UsageError, match=message):
            answer(tmp_path / "in.txt", tmp_path / "new" / "out.txt", model)
        assert os.listdir(tmp_path) == ["in.txt"]
    (tmp_path / "in.txt").unlink()
    with pytest.raises(CorpusError, match="in.txt is not there"):
        answer(tmp_path / "in.txt", tmp_path / "out.txt", model)


@pytest.fixture
def stopped(texts, tmp_path, model):
    """A file whose first eight lines are answered."""
    model.before = stopping(3, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        answer(texts, tmp_path / "out.txt", model)
    model.before = lambda call: None
    return tmp_path / "out.txt"


def test_only_the_same_job_is_gone_on_with(texts, stopped, model, monkeypatch):
    before = {path: path.read_bytes() for path in stopped.parent.iterdir()}

    def refused(message, *, resume=True, **options):
        with pytest.raises(UsageError, match=message):
            answer(texts, stopped, model, resume=resume, **options)

    refused("out.txt.part' holds the answers to 8 lines; go on with --resume, or remove it", resume=False)
    refused("cannot be resumed: it was made with another model; remove it to begin anew", path="other")
    refused(r"made with other options \(none; now beam=3, n_best=2\)", form=Form(beam=3, n_best=2))
    monkeypatch.setattr("seqtasks.answering.jobs.__version__", "99")
    refused("made with seqtasks [0-9.a-z]+, and this is 99")
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in stopped.parent.iterdir()} == before


def test_only_the_same_lines_are_gone_on_with(texts, stopped, model):
    lines = texts.read_bytes()
    for other in (lines.replace(b"line 2", b"line 3"), lines[:20], b"\n" + lines):
        texts.write_bytes(other)
        with pytest.raises(UsageError, match=r"the first 8 lines of '.*in.txt' have changed"):
            answer(texts, stopped, model, resume=True)
    texts.write_bytes(lines + b"\nmore")
    assert answer(texts, stopped, model, resume=True).endswith(b"erom\n")


def test_parts_that_are_damaged_or_of_something_else_are_refused(texts, stopped, model):
    part, journal = (stopped.with_name(f"out.txt.part{end}") for end in ("", ".json"))
    kept = part.read_bytes()
    part.write_bytes(kept[:5])
    with pytest.raises(UsageError, match="shorter than when it was written"):
        answer(texts, stopped, model, resume=True)
    part.write_bytes(kept)
    for content in ("", "[]", '{"lines": "x"}', None):
        journal.unlink() if content is None else journal.write_text(content)
        for resume in (True, False):
            with pytest.raises(UsageError, match=r"out.txt.part' is in the way"):
                answer(texts, stopped, model, resume=resume)
    assert part.read_bytes() == kept


def test_resume_begins_where_nothing_is_and_refuses_what_is_whole(texts, tmp_path, model):
    out = tmp_path / "out.txt"
    wanted = answer(texts, out, model, resume=True)
    with pytest.raises(UsageError, match="nothing to resume: .*out.txt' is there"):
        answer(texts, out, model, resume=True)
    assert answer(texts, out, model) == wanted


def test_two_processes_do_not_write_the_same_answers(texts, stopped, model):
    first = AnswerFile(texts, stopped, Form(), model="run", resume=True)
    with pytest.raises(UsageError, match="is being written by another process"):
        AnswerFile(texts, stopped, Form(), model="run", resume=True)
    first.write(model)


def test_a_full_disk_keeps_what_is_whole(texts, tmp_path, model, monkeypatch):
    monkeypatch.setattr("seqtasks.answering.file._SECONDS", 0)
    wanted, out, whole = answer(texts, tmp_path / "wanted.txt", model), tmp_path / "out.txt", os.fsync

    def full(file):
        if (tmp_path / "out.txt.part").exists() and (tmp_path / "out.txt.part").stat().st_size > 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(file)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            answer(texts, out, model)
    assert 0 < json.loads((tmp_path / "out.txt.part.json").read_text())["lines"] < 18
    assert answer(texts, out, model, resume=True) == wanted


def test_gzipped_lines_marks_and_ends_are_read_as_ever(texts, tmp_path, model):
    wanted = answer(texts, tmp_path / "wanted.txt", model)
    content = b"\xef\xbb\xbf" + texts.read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "in.gz").write_bytes(gzip.compress(content))
    assert answer(tmp_path / "in.gz", tmp_path / "out.txt", model) == wanted
    (tmp_path / "in.gz").write_bytes(gzip.compress(content)[:-9])
    with pytest.raises(CorpusError, match="in.gz is not a whole gzip file"):
        answer(tmp_path / "in.gz", tmp_path / "other.txt", model)


def test_a_link_stays_a_link(texts, tmp_path, model):
    (tmp_path / "real").mkdir()
    (tmp_path / "out.txt").symlink_to(tmp_path / "real" / "out.txt")
    wanted = answer(texts, tmp_path / "out.txt", model)
    assert (tmp_path / "out.txt").is_symlink()
    assert (tmp_path / "real" / "out.txt").read_bytes() == wanted
