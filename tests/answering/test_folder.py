"""Files answered into a folder in parts: whatever is repeated, no line is answered twice or left out."""

import gzip
import json
import os

import pytest

from seqtasks.answering import FolderJob, Form
from seqtasks.errors import CorpusError, UsageError


@pytest.fixture
def inputs(tmp_path):
    """Files of 18, 9, 7 and no lines, one of them gzipped and one in a folder."""
    folder = tmp_path / "in"
    (folder / "more").mkdir(parents=True)
    (folder / "a.txt").write_text("".join(f"a {number}\n" for number in range(18)))
    (folder / "b.txt.gz").write_bytes(gzip.compress("".join(f"b {number}\n" for number in range(9)).encode()))
    (folder / "more" / "c.txt").write_text("\n".join(f"c {number}" for number in range(7)))
    (folder / "d.txt").write_text("")
    return folder


def job_of(inputs, *, form=None, model="run", pattern="**/*"):
    return FolderJob.of(str(inputs / pattern), inputs.parent / "out", form or Form(), model=model, lines=8)


def run(job, files, model, *, repeat=1):
    """Does a job, every piece of work `repeat` times; returns its Summary."""
    for name, path in job.begin(files).items():
        parts = [part for share in list(job.shares(name, path)) * repeat for part in job.answer(model, share)]
        for _ in range(repeat):
            job.join(name, parts)
    return job.finish(files)


def read(path):
    return (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()


@pytest.mark.parametrize("repeat", [1, 2])
def test_each_file_gets_a_file_of_its_name_with_a_line_for_each_line(inputs, model, repeat):
    job, files = job_of(inputs)
    assert list(files) == ["a.txt", "b.txt.gz", "d.txt", "more/c.txt"]
    assert [(share.part, share.start) for share in job.shares("a.txt", files["a.txt"])] == [(0, 0), (1, 32), (2, 70)]
    assert run(job, files, model, repeat=repeat) == (4, 34, 0, [])
    out = inputs.parent / "out"
    for name, path in files.items():
        wanted = "".join(f"{line[::-1]}\n" for line in read(inputs / name).splitlines())
        assert read(out / name) == wanted, path
    assert sorted(os.listdir(out)) == ["a.txt", "b.txt.gz", "d.txt", "job.json", "more"]
    assert sum(model.calls) == 34


def test_a_job_that_failed_goes_on_with_the_parts_that_are_missing(inputs, model):
    job, files = job_of(inputs)

    def fail(call):
        if call in (4, 6, 8):
            raise KeyboardInterrupt

    model.before = fail
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(job, files, model)
    assert run(job, files, model).lines == 34
    # No chunk was answered again but the ones of the parts that were interrupted.
    assert sum(model.calls) <= 34 + 3 * 8
    again = len(model.calls)
    assert run(job, files, model).lines == 34
    assert len(model.calls) == again


def test_a_poison_line_has_no_answer_and_is_named(inputs, model):
    lines = [b"a\n", b"crash b\n", b"\xff\n", b"wrong\n", b"c\n", b"d\n", b"z\0\n", b"e"]
    (inputs / "a.txt").write_bytes(b"".join(lines))
    reasons = ["ValueError: a crash", "byte 1 of the line, 0xff", "line 4: this is wrong", "holds a zero byte"]
    for form, empty in (
        (Form(), ""),
        (Form(as_conll=True), ""),
        (Form(n_best=1), "{}\t0.0000\t"),
        (Form(as_json=True), 0),
    ):
        job, files = job_of(inputs, form=form, pattern="a.txt")
        assert run(job, files, model) == (1, 8, 4, [])
        out = inputs.parent / "out"
        faults = [json.loads(line) for line in (out / "faults.jsonl").read_text().splitlines()]
        assert [(fault["file"], fault["line"]) for fault in faults] == [("a.txt", number) for number in (2, 3, 4, 7)]
        for fault, reason in zip(faults, reasons, strict=True):
            assert fault["reason"].startswith(reason)
        written = (out / "a.txt").read_text().splitlines()
        if form.as_json:
            found = [json.loads(line) for line in written]
            assert [one["line"] for one in found] == list(range(1, 9))
            assert [one["answer"] for one in found] == ["a", "", "", "", "c", "d", "", "e"]
            assert [one.get("fault") for one in found if "fault" in one] == [fault["reason"] for fault in faults]
        elif not form.as_conll:
            assert [written[number - 1] for number in (2, 3, 4, 7)] == [empty.format(n) for n in (2, 3, 4, 7)]
        for path in out.iterdir():
            path.unlink()


def test_a_model_that_fails_on_every_line_is_no_poison(inputs, model):
    (inputs / "a.txt").write_text("crash\n" * 3)
    job, files = job_of(inputs)
    with pytest.raises(ValueError, match="a crash"):
        run(job, files, model)


def test_a_file_that_cannot_be_read_is_left_and_told(inputs, model):
    whole = (inputs / "b.txt.gz").read_bytes()
    (inputs / "b.txt.gz").write_bytes(whole[:-9])
    job, files = job_of(inputs)
    summary = run(job, files, model)
    assert (summary.files, summary.lines, len(summary.broken)) == (4, 25, 1)
    assert "b.txt.gz is not a whole gzip file" in summary.broken[0]
    out = inputs.parent / "out"
    assert not (out / "b.txt.gz").exists()
    (inputs / "b.txt.gz").write_bytes(whole)
    assert run(job, files, model) == (4, 34, 0, [])
    assert read(out / "b.txt.gz").splitlines()[8] == "8 b"


def test_another_job_is_refused(inputs, model):
    job, files = job_of(inputs)
    run(job, files, model)

    def refused(message, **options):
        other, files = job_of(inputs, **options)
        with pytest.raises(UsageError, match=message):
            other.begin(files)

    refused("out' holds a job with another model; choose another folder", model="other")
    refused(r"a job with other options \(none; now as_json=True\)", form=Form(as_json=True))
    refused("a job with other files \\('b.txt.gz' and more", pattern="a*")
    (inputs / "a.txt").write_text("changed\n")
    refused("a job with another 'a.txt', which has changed since it was answered")
    job, files = job_of(inputs, pattern="a.txt")
    (inputs.parent / "out" / "job.json").unlink()
    refused("out' holds files that are not of such a job")
    (inputs.parent / "out" / "job.json").write_text("[]")
    refused("job.json' is not of such a job")


def test_places_that_cannot_be_read_or_written_are_refused(inputs, tmp_path):
    def refused(message, pattern="in/*", output="out", model="run"):
        pattern = pattern if "://" in pattern else str(tmp_path / pattern)
        with pytest.raises((UsageError, CorpusError), match=message):
            FolderJob.of(pattern, output if "://" in output else str(tmp_path / output), Form(), model=model)

    refused(r"in/\*.csv' matches no file", pattern="in/*.csv")
    refused(r"in is a folder; give a pattern of its files, such as '.*in/\*'", pattern="in")
    refused("in/a.txt', which its answers would overwrite", output="in")
    refused("a.txt' is a file; give a folder", output="in/a.txt")
    refused("is inside the run", output="run/out", model=str(tmp_path / "run"))
    refused("--input 'gs://x/\\*' is not on a disk", pattern="gs://x/*")
    refused("--output 's3://x' is not on a disk", output="s3://x")
    (inputs / "job.json").write_text("")
    refused("job.json' has the name of a file that is written beside the answers")
