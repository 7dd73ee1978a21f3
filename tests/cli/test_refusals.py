"""What does not fit a run or goes wrong on the way: refused or stopped, and nothing half-written."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from commands import call, refused, tree

import seqtasks
import seqtasks.runs.folder
from seqtasks.errors import UsageError


def test_resuming_refuses_what_cannot_change_and_what_is_done(files, run):
    before = tree(run)
    resume = ["train", "--task", "translate", "--run", run, "--resume"]
    refused(call(*resume), "nothing to resume", "train more with --set training.epochs=N")
    refused(call(*resume, "--set", "training.epochs=1"), "nothing to resume")
    for key, value, old in (("model.units", 30, 24), ("training.batch_size", 7, 64), ("text.max_length", 9, 12)):
        refused(call(*resume, "--set", "training.epochs=2", "--set", f"{key}={value}"), f"{key}: {old} -> {value}")
    refused(call(*resume, "--seed", "7"), "seed: 1 -> 7")
    refused(call(*resume, "--config", files.recipe), "leave out --config")
    refused(call(*resume, "--from", files.run), "leave out --from")
    assert tree(run) == before


def test_what_was_ended_before_it_was_saved_does_not_go_on_from_other_weights_than_it_began_with(files, run):
    """A training from another run, killed before its first saving."""
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**manifest, "status": "training", "from": str(files.run)}))
    for name in ("state.npz", "best.npz", "log.jsonl"):
        (run / name).unlink()
    message = f"'{run}' was ended before anything was saved", f"with --from {files.run} --overwrite"
    refused(call("train", "--task", "translate", "--run", run, "--resume"), *message)


def test_resuming_and_evaluating_refuse_a_corpus_that_has_changed(files, tmp_path):
    corpus, run = tmp_path / "mine.tsv", tmp_path / "mine"
    shutil.copy(files.corpus, corpus)
    assert call(*files.training, "--corpus", corpus, "--run", run).code == 0
    before = tree(run)
    corpus.write_text(corpus.read_text() + "9 9 9 9 9 9 9\t9 9 9 9 9 9 9\n")
    refused(call("evaluate", run), "it has changed")
    more = ["--set", "training.epochs=2"]
    refused(call("train", "--task", "translate", "--run", run, "--resume", *more), "has changed since")
    corpus.unlink()
    refused(call("evaluate", run), f"mine.tsv is not there: '{run}' was trained on this path; put it back, or evaluate")
    refused(call("train", "--task", "translate", "--run", run, "--resume", *more), "on this path; put it back")
    started = call("train", "--task", "translate", "--run", tmp_path / "new", "--from", run)
    refused(started, "on this path; put it back, or name a corpus with --corpus")
    refused(
        call("train", "--task", "translate", "--run", tmp_path / "new", "--from", run, "--corpus", "a.b"), "a.b is not"
    )
    assert tree(run) == before
    assert call("predict", run, "1").code == 0


def test_a_run_folder_in_use_is_never_written_over(files, here, run):
    before = tree(run)
    refused(call(*files.training, "--run", run), "already holds a trained run", "--overwrite")
    assert tree(run) == before
    (here / "photos").mkdir()
    (here / "photos" / "cat.jpg").write_text("cat")
    for option in ([], ["--overwrite"]):
        refused(call(*files.training, "--run", "photos", *option), "'photos' exists but is not a complete run")
    (here / "file").write_text("text")
    refused(call(*files.training, "--run", "file", "--overwrite"), "'file' is a file")
    refused(call(*files.training, "--from", run, "--run", run), "choose another folder with --run")
    assert set(tree(here)) == {"photos", "photos/cat.jpg", "file"}


def test_starting_from_a_run_keeps_its_text_and_model(files, here):
    start = ["train", "--task", "translate", "--run", "new", "--from"]
    refused(call(*start, files.run, "--set", "model.units=9"), "model.units: 24 -> 9")
    refused(call(*start, files.exported), "is not a run folder")
    assert tree(here) == {}


def test_folders_that_cannot_be_written_are_failures(files, here):
    (here / "file").write_text("text")
    before = tree(here)
    refused(call(*files.training, "--run", "file/run"), "cannot write run 'file/run'", code=1)
    refused(call("predict", files.run, "1", "--output", "file/out.txt"), "cannot write 'file/out.txt'", code=1)
    refused(call("attention", files.run, "1", "--output", "file/a.png"), "cannot write 'file/a.png'", code=1)
    refused(call("attention", files.run, "1", "--output", "/proc/a.png"), "cannot write '/proc/a.png'", code=1)
    refused(call("export", files.run, "--output", "file/model"), "cannot write 'file/model'", code=1)
    refused(call("export", files.run, "--output", "file"), "'file' already exists")
    refused(call("export", files.run, "--output", files.run), "already exists")
    assert tree(here) == before


def test_evaluating_refuses_what_does_not_fit(files, run, tmp_path):
    before = tree(run)
    sources, references = tmp_path / "a.src", tmp_path / "a.ref"
    sources.write_text("1\n2\n")
    references.write_text("1\n")
    refused(call("evaluate", run, "--split", "tset"), "has no split 'tset'", "Did you mean 'test'?")
    refused(call("evaluate", run, "--input", sources), "--input and --reference go together")
    refused(call("evaluate", run, "--reference", references), "--input and --reference go together")
    refused(call("evaluate", run, "--input", sources, "--reference", references), f"{references}:2: no line here")
    refused(call("evaluate", run, "--input", sources, "--reference", tmp_path / "no"), "is not there")
    refused(call("evaluate", files.exported), "is not a run folder")
    assert tree(run) == before


def test_comparing_refuses_runs_that_do_not_compare(files, run, other, tmp_path):
    refused(call("compare", run), "at least two different runs")
    refused(call("compare", run, run.parent / "other" / ".." / "run"), "at least two different runs")
    assert call("compare", run, other).code == 0
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["corpus"]["fingerprint"] = "0" * 64
    (other / "manifest.json").write_text(json.dumps(manifest))
    refused(call("compare", run, other), "were trained on different corpora")


def test_an_export_refuses_what_was_fixed_when_it_was_made(files):
    refused(call("predict", files.exported, "1", "--beam", "2"), "an exported model")
    refused(call("predict", files.exported, "1", "--n-best", "2"), "an exported model")
    refused(call("predict", files.exported, "1", "--prefix", "2"), "choosing --prefix needs the run")
    with pytest.raises(UsageError, match="an exported model"):
        seqtasks.load(files.exported).evaluate()


def test_a_run_without_attention_says_so(files, tmp_path):
    assert call(*files.training, "--run", tmp_path / "run", "--set", "model.attention=none").code == 0
    refused(call("attention", tmp_path / "run", "1 2"), "model.attention=none")
    assert call("predict", tmp_path / "run", "1 2").code == 0


def test_a_loss_that_is_no_number_stops_the_training_and_keeps_what_was_saved(run):
    state, best = (run / "state.npz").read_bytes(), (run / "best.npz").read_bytes()
    resume = ["train", "--task", "translate", "--run", run, "--resume", "--set", "training.epochs=2"]
    wild = ["--set", "training.learning_rate=1e38", "--set", "training.clip_norm=null"]
    refused(call(*resume, *wild), "the loss is", "lower training.learning_rate", code=1)
    assert ((run / "state.npz").read_bytes(), (run / "best.npz").read_bytes()) == (state, best)
    assert call("predict", run, "1").code == 0
    finished = call(*resume, "--set", "training.learning_rate=0.001")
    assert finished.code == 0, finished.err
    assert "changed: training.learning_rate: 1e+38 -> 0.001" in finished.err


def test_a_full_disk_while_saving_keeps_the_last_state(run, monkeypatch):
    resume = ["train", "--task", "translate", "--run", run, "--resume", "--set", "training.epochs=2"]
    room, replace = [6], os.replace

    def fill(source, target):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fill)
        refused(call(*resume, "--set", "training.save_every=2"), "No space left on device; free some space", code=1)
    assert [path for path in run.rglob("*") if path.name.startswith(".")] == []
    _, notes = seqtasks.runs.folder.RunFolder(run).read_arrays("state.npz")
    assert 5 < notes["position"]["step"] < 10
    assert call("predict", run, "1").code == 0
    finished = call(*resume)
    assert finished.code == 0, finished.err
    assert json.loads((run / "manifest.json").read_text())["steps"] == 10


def test_a_run_that_cannot_be_put_in_place_leaves_the_old_one(files, run, monkeypatch):
    before, replace = tree(run.parent), os.replace

    def fail(source, target):
        if Path(target) == run and (Path(source) / "text").is_dir() and Path(source).name != "run":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    refused(call(*files.training, "--run", run, "--overwrite"), "cannot write run", "No space left", code=1)
    assert tree(run.parent) == before
