"""Answers by the million: memory that does not grow, a kill at any moment, workers that fail."""

import random
import signal
import subprocess
import sys
import time

import pytest
from test_slow_sizes import measured
from tiny_corpora import sets, texts, tiny_settings, write_corpus

pytestmark = pytest.mark.slow

_SEQTASKS = [sys.executable, "-m", "seqtasks"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A folder with a tiny classifier and a tiny translator."""
    folder = tmp_path_factory.mktemp("tiny")
    for task in ("sentiment", "translate"):
        (folder / f"{task}-corpus").mkdir()
        corpus = ["--corpus", write_corpus(folder / f"{task}-corpus", task)]
        done = measured(
            *_SEQTASKS, "train", "--task", task, *corpus, *sets(*tiny_settings(task)), "--run", folder / task
        )
        assert done["code"] == 0, done["err"]
    return folder


def write_lines(path, count):
    draw = random.Random(1)
    path.write_text("".join(f"{draw.randrange(10**6)} {number % 97}\n" for number in range(count)))
    return path


def test_memory_does_not_grow_with_the_file(tiny, tmp_path, record_property):
    peaks = {}
    for count in (20_000, 2_000_000):
        given, out = write_lines(tmp_path / f"{count}.txt", count), tmp_path / f"{count}.out"
        done = measured(*_SEQTASKS, "predict", tiny / "sentiment", "--input", given, "--output", out)
        assert done["code"] == 0, done["err"][-1000:]
        with out.open("rb") as file:
            assert sum(1 for _ in file) == count
        peaks[count] = done["peak"]
    record_property("peaks in gigabytes", peaks)
    assert peaks[2_000_000] < peaks[20_000] + 0.05, peaks


def test_a_killed_process_is_gone_on_with(tiny, tmp_path):
    given = write_lines(tmp_path / "in.txt", 60_000)
    command = [*_SEQTASKS, "predict", tiny / "sentiment", "--input", given, "--json", "--output"]
    assert subprocess.run([*command, tmp_path / "wanted.txt"], check=False, stderr=subprocess.DEVNULL).returncode == 0
    out, killed = tmp_path / "out.txt", 0
    while not out.exists():
        process = subprocess.Popen([*command, out, "--resume"], stderr=subprocess.DEVNULL)
        part, size = tmp_path / "out.txt.part", -1
        while process.poll() is None and killed < 3:
            now = part.stat().st_size if part.exists() else 0
            if 0 <= size < now:
                time.sleep(1.5)
                process.kill()
            size = now
            time.sleep(0.01)
        assert process.wait() in (0, -signal.SIGKILL)
        killed += process.returncode != 0
    assert killed > 0
    assert out.read_bytes() == (tmp_path / "wanted.txt").read_bytes()


def test_twenty_thousand_lines_on_workers_that_fail_equal_those_of_predict(tiny, tmp_path, monkeypatch):
    pytest.importorskip("apache_beam")
    from seqtasks.answering import FolderJob, Form
    from seqtasks.beam import run_folder_job

    (tmp_path / "in").mkdir()
    write_lines(tmp_path / "in" / "a.txt", 20_000)
    (tmp_path / "in" / "b.txt").write_bytes(texts(50))
    run, whole, calls = str(tiny / "translate"), FolderJob.answer, []
    form, pattern = Form(as_json=True), str(tmp_path / "in" / "*.txt")

    def failing(self, model, share):
        yield from whole(self, model, share)
        calls.append(share)
        if len(calls) in (1, 3):
            raise OSError("a worker is lost")

    with monkeypatch.context() as patch:
        patch.setattr(FolderJob, "answer", failing)
        job, files = FolderJob.of(pattern, tmp_path / "retried", form, model=run, lines=4096)
        assert run_folder_job(job, files, runner="BundleBasedDirectRunner") == (2, 20_050, 0, [])
    job, files = FolderJob.of(pattern, tmp_path / "out", form, model=run)
    assert run_folder_job(job, files) == (2, 20_050, 0, [])
    for name in ("a.txt", "b.txt"):
        wanted = tmp_path / f"wanted-{name}"
        command = [*_SEQTASKS, "predict", run, "--input", tmp_path / "in" / name, "--json", "--output", wanted]
        assert subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
        for folder in ("retried", "out"):
            assert (tmp_path / folder / name).read_bytes() == wanted.read_bytes()
