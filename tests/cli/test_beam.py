"""Many files answered with Apache Beam, on runners of this machine, and what is refused."""

import gzip
import json
import random
import subprocess
import sys

import pytest
from commands import call, refused, tree

import seqtasks

beam = pytest.importorskip("apache_beam")

from seqtasks.answering import FolderJob, Form  # noqa: E402
from seqtasks.beam import Predict, run_folder_job  # noqa: E402


def lines(count, seed=1):
    draw = random.Random(seed)
    return ["".join(f"{draw.choice('0123456789')} " * draw.randrange(7)).strip() for _ in range(count)]


@pytest.fixture
def inputs(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("".join(f"{line}\n" for line in lines(150)))
    (folder / "b.txt.gz").write_bytes(gzip.compress("\n".join(lines(40, seed=2)).encode()))
    return folder


def test_a_folder_of_answers_equals_those_of_predict(files, inputs, tmp_path):
    command = ["predict", files.exported, "--input", f"{inputs}/*", "--output", tmp_path / "out", "--json"]
    done = call(*command, "--beam-runner", "DirectRunner")
    assert (done.code, done.out) == (0, ""), done.err
    assert "answered 190 lines of 2 files" in done.err
    for name in ("a.txt", "b.txt.gz"):
        wanted = call("predict", files.exported, "--input", inputs / name, "--json").out.encode()
        found = (tmp_path / "out" / name).read_bytes()
        assert (gzip.decompress(found) if name.endswith(".gz") else found) == wanted
    before = tree(tmp_path / "out")
    assert call(*command, "--beam-runner", "FnApiRunner").code == 0
    assert tree(tmp_path / "out") == before
    refused(call(*command[:-1], "--beam-runner", "FnApiRunner"), "holds a job with other options")


def test_a_bundle_that_fails_is_repeated_and_no_line_is_doubled(files, inputs, tmp_path, monkeypatch):
    job, chosen = FolderJob.of(f"{inputs}/*", tmp_path / "out", Form(), model=str(files.exported), lines=64)
    whole, seen = FolderJob.answer, []

    def failing(self, model, share):
        yield from whole(self, model, share)
        seen.append(share)
        if len(seen) in (1, 3, 5):
            raise OSError("a worker is lost")

    monkeypatch.setattr(FolderJob, "answer", failing)
    assert run_folder_job(job, chosen, runner="BundleBasedDirectRunner") == (2, 190, 0, [])
    assert len(seen) > 5
    assert (tmp_path / "out" / "a.txt").read_text() == call("predict", files.exported, "--input", inputs / "a.txt").out


def test_ctrl_c_says_that_the_same_command_goes_on_and_it_does(files, inputs, tmp_path, monkeypatch):
    command = ["predict", files.exported, "--input", f"{inputs}/*", "--output", tmp_path / "out"]

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FolderJob, "join", interrupted)
        done = call(*command, "--beam-runner=FnApiRunner")
    assert (done.code, done.err.splitlines()[-1]) == (130, "Interrupted; the same command goes on from here.")
    assert call(*command, "--beam-runner=FnApiRunner").code == 0
    assert (tmp_path / "out" / "a.txt").read_text() == call("predict", files.exported, "--input", inputs / "a.txt").out


def test_a_poison_line_does_not_stop_the_job(files, inputs, tmp_path):
    (inputs / "a.txt").write_bytes(b"1 2\n\xff\n3\n")
    done = call(
        "predict", files.exported, "--input", f"{inputs}/a*", "--output", tmp_path / "out", "--beam-runner=FnApiRunner"
    )
    assert done.code == 0, done.err
    assert f"1 lines have no answer; '{tmp_path}/out/faults.jsonl' says why" in done.err
    answers = call("predict", files.exported, "1 2", "3").lines
    assert (tmp_path / "out" / "a.txt").read_text().split("\n") == [answers[0], "", answers[1], ""]
    fault = json.loads((tmp_path / "out" / "faults.jsonl").read_text())
    assert (fault["file"], fault["line"]) == ("a.txt", 2)
    assert "is not UTF-8" in fault["reason"]


@pytest.mark.parametrize("which", ["run", "exported"])
def test_pairs_of_a_pipeline_are_answered(files, tmp_path, which):
    model, texts, found = getattr(files, which), lines(60), tmp_path / "found.json"
    options = {"beam": 2} if which == "run" else {}
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        answered = pipeline | beam.Create(list(enumerate(texts))) | Predict(model, **options)
        _ = answered | beam.combiners.ToList() | beam.Map(lambda pairs: found.write_text(json.dumps(sorted(pairs))))
    wanted = seqtasks.load(model).predict(texts, **options)
    assert json.loads(found.read_text()) == [[number, answer] for number, answer in enumerate(wanted)]


def test_what_cannot_be_run_is_refused(files, inputs, tmp_path, monkeypatch):
    before = tree(tmp_path)

    def refuse(*options, message, pattern=f"{inputs}/*", output=tmp_path / "out", model=files.exported):
        given = ["--input", pattern, "--output", output] if pattern else []
        refused(call("predict", model, *given, *options), *message)

    local = "--beam-runner=FnApiRunner"
    refuse("--beam-runner", "FlnkRunner", message=["has no runner 'FlnkRunner'. Did you mean 'FlinkRunner'?"])
    refuse(local, "--beam-option", "direct_workers=2", message=["FnApiRunner has no option 'direct_workers'"])
    refuse(local, "--beam-option", "direct_num_workers=x", message=["--beam-option", "invalid int value: 'x'"])
    refuse(local, "--resume", message=["--resume is not for --beam-runner"])
    refuse(local, pattern=None, message=["--beam-runner needs --input with files and --output with a folder"])
    refuse(local, pattern=f"{inputs}/*.csv", message=["matches no file"])
    refuse(local, output=files.exported / "out", message=["is inside the run"])
    refuse(local, "--beam", "3", message=["is an exported model; choosing --beam needs the run"])
    refuse(local, "--conll", message=["--conll is only for taggers"])
    refuse("--beam-option", "a=b", message=["--beam-option needs --beam-runner"])
    refused(call("predict", files.exported, "--input", f"{inputs}/*"), "a pattern of several files needs --beam-runner")
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    monkeypatch.delitem(sys.modules, "seqtasks.beam")
    refuse(local, message=["Apache Beam is not installed", "pip install 'seqtasks[beam]'"])
    assert tree(tmp_path) == before


def test_a_pipeline_is_made_without_tensorflow(files):
    code = (
        f"import sys; from seqtasks.beam import Predict; import pickle; pickle.dumps(Predict({str(files.run)!r}))\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
