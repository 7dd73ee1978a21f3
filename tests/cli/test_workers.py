"""Several workers on this machine: the same weights as one process, whatever happens to them."""

import os
import signal
import subprocess
import time

import numpy as np
import pytest
from commands import call, refused, start
from tiny_corpora import TASKS, sets, tiny_settings, write_corpus

from seqtasks.training.workers.cluster import cluster_of

_SETTINGS = ["--set", "training.epochs=3", "--set", "training.shares=2", "--set", "model.dropout=0.3"]


# As in the processes of the others.
pytestmark = pytest.mark.usefixtures("by_xla", "by_graphs")


def state_of(run):
    with np.load(run / "state.npz") as found:
        return {name: found[name] for name in found.files if found[name].dtype.kind == "f"}


def children_of(process):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], check=True, capture_output=True, text=True)
    return [int(number) for number in found.stdout.split()]


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.slow
def test_two_workers_of_which_one_is_killed_and_one_process_that_goes_on_reach_the_weights_of_one(files, tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    often = ["--set", "training.save_every=2"]
    training = start(*files.training, *_SETTINGS, *often, "--workers", "2", "--run", together)
    wait_for(together / "state.npz", training)
    (other,) = children_of(training)
    os.kill(other, signal.SIGKILL)
    out, err = training.communicate(timeout=60)
    assert (training.returncode, out) == (1, "")
    message = err.rstrip("\n").split("\n")[-1]
    assert message.startswith("Error: worker 1 was ended by signal 9; go on from the last saved state with: seqtasks ")
    assert call("train", "--task", "translate", "--run", together, "--resume").code == 0
    assert call(*files.training, *_SETTINGS, *often, "--run", alone).code == 0
    same(state_of(together), state_of(alone))


@pytest.mark.slow
def test_a_worker_that_is_asked_to_end_stops_all_at_one_step_and_two_go_on_with_the_weights_of_one(files, tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    resume = ["train", "--task", "translate", "--run", together, "--resume", "--workers", "2"]
    training = start(*files.training, *_SETTINGS, "--workers", "2", "--run", together, "--set", "training.save_every=2")
    wait_for(together / "state.npz", training)
    os.kill(children_of(training)[0], signal.SIGTERM)
    out, err = training.communicate(timeout=60)
    assert (training.returncode, out) == (130, "")
    assert "Interrupted; the state is saved. Continue with: seqtasks train" in err
    finished = start(*resume)
    out, err = finished.communicate(timeout=120)
    assert finished.returncode == 0, err
    assert call(*files.training, *_SETTINGS, "--run", alone, "--set", "training.save_every=2").code == 0
    same(state_of(together), state_of(alone))


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_two_and_four_workers_reach_the_weights_of_one_on_every_task(task, tmp_path):
    corpus = write_corpus(tmp_path, task)
    more = ("training.epochs=3", "training.shares=4", "training.accumulate=2", "training.ema=0.9", "model.dropout=0.3")
    command = ["train", "--task", task, "--corpus", corpus, *sets(*tiny_settings(task), *more)]
    assert call(*command, "--run", tmp_path / "1").code == 0
    for count in ("2", "4"):
        training = start(*command, "--run", tmp_path / count, "--workers", count)
        _, err = training.communicate(timeout=300)
        assert training.returncode == 0, err
        same(state_of(tmp_path / count), state_of(tmp_path / "1"))


@pytest.mark.slow
def test_workers_with_different_corpora_are_all_refused_and_nothing_is_written(files, tmp_path):
    addresses, other = ",".join(cluster_of("2").addresses), tmp_path / "other.tsv"
    other.write_text("".join(f"{line}\n" for line in files.corpus.read_text().splitlines()[:-9]))
    command = [*files.training, "--run", tmp_path / "run", "--workers", addresses]
    workers = [start(*command, "--worker", "0"), start(*command, "--worker", "1", "--corpus", other)]
    for worker in workers:
        out, err = worker.communicate(timeout=60)
        assert (worker.returncode, out) == (2, "")
        assert f"Error: worker 1: its corpus {other} differs from that of worker 0" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.tsv"]


def test_workers_that_do_not_fit_are_refused_before_any_is_started(files, tmp_path):
    run = ["--run", tmp_path / "run"]
    refused(
        call(*files.training, *run, "--workers", "3", "--set", "training.shares=4"), "3 workers", "training.shares=4"
    )
    refused(call(*files.training, *run, "--workers", "2", "--seeds", "2"), "2 workers train one run")
    refused(call(*files.training, *run, "--workers", "a:1,b:2"), "needs --worker")
    assert not (tmp_path / "run").exists()
