"""TensorBoard logs: what is in them, and what is said where TensorBoard is missing."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from commands import call, refused, tree

_LOGS = ["--set", "training.tensorboard=true"]


@pytest.fixture
def tensorboard(monkeypatch):
    """Stands for TensorBoard, which is large and all but never needed: TensorFlow takes one function from it."""
    import tensorflow as tf

    def scalar(name, data, step=None, description=None):
        return tf.summary.write(name, tf.cast(data, tf.float32), step=step)

    for name in ("tensorboard", "tensorboard.summary", "tensorboard.summary.v2"):
        module = ModuleType(name)
        module.__spec__, module.__path__, module.scalar = ModuleSpec(name, None), [], scalar
        monkeypatch.setitem(sys.modules, name, module)


def scalars(folder):
    """Returns {name: {step: value}} of the event files in a folder."""
    import tensorflow as tf

    found = {}
    for record in tf.data.TFRecordDataset(sorted(map(str, folder.iterdir()))).as_numpy_iterator():
        event = tf.compat.v1.Event.FromString(record)
        for value in event.summary.value:
            found.setdefault(value.tag, {})[event.step] = float(tf.make_ndarray(value.tensor))
    return found


def test_loss_gradient_and_dev_score_are_written(tensorboard, run):
    more = ["--set", "training.epochs=2", *_LOGS]
    done = call("train", "--task", "translate", "--run", run, "--resume", *more)
    assert done.code == 0, done.err
    found = scalars(run / "tensorboard")
    # An epoch has five steps, and the second one is left to take.
    assert {name: list(steps) for name, steps in found.items()} == {
        "train/loss": [10],
        "train/gradient_norm": [10],
        "dev/BLEU": [10],
    }
    assert found["train/loss"][10] > 0
    assert found["train/gradient_norm"][10] > 0
    assert 0 <= found["dev/BLEU"][10] <= 100


def test_without_tensorboard_nothing_is_begun(files, run, here, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    before = tree(run)
    message = "TensorBoard is not installed; install it with pip install 'seqtasks[tensorboard]'"
    refused(call(*files.training, *_LOGS), message)
    refused(call("train", "--task", "translate", "--run", run, "--resume", *_LOGS), message)
    assert (tree(here), tree(run)) == ({}, before)


def test_no_logs_are_written_unless_asked_for(files):
    assert not (files.run / "tensorboard").exists()
