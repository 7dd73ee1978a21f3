"""A run folder is one training's, links lead where they led, scores are of the weights that are there."""

import itertools
import json
import os
import shlex
import shutil
import signal
import threading

import numpy as np
import pytest
from commands import call, refused, start, tree

import seqtasks
import seqtasks.serving.exporting
from seqtasks import training
from seqtasks.errors import RunError
from seqtasks.runs.folder import RunFolder
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of


def test_two_trainings_for_one_free_folder_are_one(files, here):
    options = {"config": str(files.recipe), "corpus": str(files.corpus), "run": "new"}
    first, second = (training.prepare("translate", **options) for _ in range(2))
    training.train(first)
    before = tree(here)
    with pytest.raises(RunError, match="'new' already holds a trained run"):
        training.train(second)
    assert tree(here) == before


@pytest.mark.slow
def test_a_training_that_is_running_keeps_others_out_until_it_is_killed(files, tmp_path):
    run = tmp_path / "run"
    endless = start(*files.training, "--run", run, "--set", "training.epochs=100000")
    while not (run / "state.npz").exists():
        assert endless.poll() is None
    # It leaves the processors to the others, and its lock stays.
    endless.send_signal(signal.SIGSTOP)
    for option in ([], ["--overwrite"], ["--resume", "--set", "training.epochs=3"]):
        command = ["train", "--task", "translate"] if "--resume" in option else files.training
        refused(call(*command, "--run", run, *option), f"'{run}' is being written by process {endless.pid} on")
    assert call("predict", run, "1 2").code == 0
    endless.send_signal(signal.SIGKILL)
    endless.communicate()
    epochs = len((run / "log.jsonl").read_text().splitlines()) + 1
    done = call("train", "--task", "translate", "--run", run, "--resume", "--set", f"training.epochs={epochs}")
    assert done.code == 0, done.err
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_that_another_training_has_gone_on_with_is_left_alone(run):
    options = {"run": run, "resume": True, "overrides": ["training.epochs=2"]}
    first, second = (training.prepare("translate", **options) for _ in range(2))
    training.train(first)
    before = tree(run)
    with pytest.raises(RunError, match="another process has meanwhile continued"):
        training.train(second)
    assert tree(run) == before


@pytest.mark.slow
def test_an_export_takes_the_next_number_where_another_was_faster(files, here, unchecked):
    taken = here / "saved_models" / "translate" / "1"
    unchecked["meanwhile"] = lambda: shutil.copytree(files.exported, taken) and None
    done = call("export", files.run)
    assert (done.code, done.out) == (0, "saved_models/translate/2\n"), done.err
    assert tree(taken) == tree(files.exported)
    shutil.rmtree(taken)
    refused(call("export", files.run, "--output", taken), f"'{taken}' already exists")
    assert tree(taken) == tree(files.exported)
    assert sorted(path.name for path in taken.parent.iterdir()) == ["1", "2"]


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.usefixtures("unchecked")
def test_a_run_and_an_export_are_written_where_a_link_leads(files, here, there):
    for name in ("run", "model"):
        if there:
            (here / "disk" / name).mkdir(parents=True)
        (here / name).symlink_to(here / "disk" / name)
    done = call(*files.training, "--run", "run")
    assert done.code == 0, done.err
    done = call(*files.training, "--run", "run", "--overwrite", "--set", "model.units=9")
    assert done.code == 0, done.err
    assert "units: 9" in (here / "disk" / "run" / "settings.yaml").read_text()
    done = call("export", "run", "--output", "model")
    assert (done.code, done.out) == (0, "model\n"), done.err
    assert (here / "disk" / "model" / "saved_model.pb").exists()
    refused(call("export", "run", "--output", "model"), "'model' already exists")
    assert all((here / name).is_symlink() for name in ("run", "model"))
    assert sorted(path.name for path in (here / "disk").iterdir()) == ["model", "run"]
    assert sorted(path.name for path in here.iterdir()) == ["disk", "model", "run"]


def test_predictions_go_into_a_pipe(files, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    assert call("predict", files.run, "1 2", "--output", tmp_path / "pipe").code == 0
    reader.join()
    assert read == [call("predict", files.run, "1 2").out]


def test_scores_are_shown_of_the_weights_that_are_there(run):
    assert "test BLEU" in call("show", run).out
    folder = RunFolder(run)
    arrays, notes = folder.read_arrays("best.npz")
    arrays["output_projection/bias"] = arrays["output_projection/bias"] + 1
    folder.write_arrays("best.npz", arrays, **notes)
    card = call("show", run).out
    assert "test BLEU" not in card
    assert f"test scores  are of earlier weights; renew them with 'seqtasks evaluate {run}'" in card
    assert call("evaluate", run).code == 0
    assert "test BLEU" in call("show", run).out
    record = json.loads((run / "scores" / "test.json").read_text())
    del record["weights"]
    (run / "scores" / "test.json").write_text(json.dumps(record))
    assert "are of earlier weights" in call("show", run).out


def test_the_command_of_a_run_gives_the_settings_that_it_has(run):
    resume = ["train", "--task", "translate", "--run", run, "--resume"]
    for epochs, rate in ((2, 0.02), (3, 1e-05)):
        more = [f"training.epochs={epochs}", f"training.learning_rate={rate}", "training.clip_norm=null"]
        assert call(*resume, *(word for setting in more for word in ("--set", setting))).code == 0
    found = RunFolder(run)
    (line,) = (line for line in call("show", run).out.split("\n") if line.startswith("again with"))
    words = shlex.split(line.removeprefix("again with"))
    assert words == shlex.split(found.manifest["command"])
    given = [word for before, word in itertools.pairwise(words) if before == "--set"]
    assert len(given) == len({override.partition("=")[0] for override in given}) == 3
    config, corpus = (words[words.index(option) + 1] for option in ("--config", "--corpus"))
    assert resolve(schema_of("translate"), config=config, overrides=given, corpus__name=corpus) == found.settings


def test_weights_that_diverge_in_the_last_update_are_neither_scored_nor_kept(files, run, tmp_path):
    wild = ["--set", "training.learning_rate=1e39", "--set", "training.batch_size=1024"]
    failed = call(*files.training, "--run", tmp_path / "new", *wild)
    refused(failed, "is no longer finite at step 1 (epoch 1); lower training.learning_rate", code=1)
    assert not {"best.npz", "state.npz"} & {path.name for path in (tmp_path / "new").iterdir()}
    assert "training is unfinished" in call("show", tmp_path / "new").out
    before = {name: (run / name).read_bytes() for name in ("best.npz", "state.npz")}
    resume = ["train", "--task", "translate", "--run", run, "--resume", "--set", "training.epochs=2"]
    for every in (1, 500):
        more = ["--set", "training.learning_rate=1e39", "--set", f"training.save_every={every}"]
        refused(call(*resume, *more), "lower training.learning_rate", code=1)
        assert {name: (run / name).read_bytes() for name in before} == before


def test_weights_that_are_not_finite_do_not_answer(run):
    folder = RunFolder(run)
    arrays, notes = folder.read_arrays("best.npz")
    arrays["output_projection/kernel"] = np.full_like(arrays["output_projection/kernel"], np.nan)
    folder.write_arrays("best.npz", arrays, **notes)
    refused(call("predict", run, "1"), run / "best.npz", "not finite, in output_projection/kernel")


@pytest.mark.slow
def test_another_numpy_is_said_when_a_run_goes_on_whose_examples_it_orders(run):
    resume = ["train", "--task", "translate", "--run", run, "--resume", "--set"]
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["versions"]["numpy"] = "1.99.0"
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert "numpy" not in call(*resume, "training.epochs=2").err
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["versions"]["numpy"] = "1.99.0"
    del manifest["order"]
    (run / "manifest.json").write_text(json.dumps(manifest))
    done = call(*resume, "training.epochs=3")
    assert done.code == 0
    assert f"'{run}' was started with numpy 1.99.0 and continues with numpy {np.__version__}; example order" in done.err


def test_hashing_the_weights_is_done_once_for_each_state_of_the_file(run, monkeypatch):
    folder, read = RunFolder(run), []
    whole = type(folder.path).read_bytes
    monkeypatch.setattr(type(folder.path), "read_bytes", lambda path: read.append(path.name) or whole(path))
    first = folder.weights_fingerprint()
    assert folder.weights_fingerprint() == first
    assert read == ["best.npz"]
    arrays, notes = folder.read_arrays("best.npz")
    arrays["output_projection/bias"] = arrays["output_projection/bias"] + 1
    folder.write_arrays("best.npz", arrays, **notes)
    assert folder.weights_fingerprint() != first
    assert seqtasks.load(shutil.copytree(run, run.parent / "copy")).path == run.parent / "copy"


def test_scores_are_of_the_weights_that_answered(run):
    """Not of those that a training has written since the model was loaded."""
    loaded = seqtasks.load(run)
    loaded.predict("1 2")
    folder = RunFolder(run)
    before = folder.weights_fingerprint()
    arrays, notes = folder.read_arrays("best.npz")
    arrays["output_projection/bias"] = arrays["output_projection/bias"] + 1
    folder.write_arrays("best.npz", arrays, **notes)
    loaded.evaluate()
    assert json.loads((run / "scores" / "test.json").read_text())["weights"] == before
    assert "are of earlier weights" in call("show", run).out
