"""Promises that take minutes to check; they also show what attention learns on `reverse`."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import seqtasks

pytestmark = pytest.mark.slow

_SMALL = ["--set", "model.units=48", "--set", "model.embedding=24", "--set", "training.epochs=2"]


def start_training(folder, *more):
    command = [sys.executable, "-m", "seqtasks", "train", "--task", "translate", "--run", str(folder), *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def last_weights(folder):
    with np.load(folder / "state.npz") as stored:
        return {name: stored[name] for name in stored.files if name != "notes"}


def test_kill_9_at_random_steps_and_resume_reach_the_weights_of_an_undisturbed_run(tmp_path):
    settings = ["--corpus", "reverse", *_SMALL, "--set", "training.save_every=7", "--set", "training.ema=0.9"]
    assert start_training(tmp_path / "undisturbed", *settings).wait() == 0
    folder, draw, kills = tmp_path / "killed", random.Random(), 0
    while True:
        begun = (folder / "state.npz").exists()
        training = start_training(folder, *(["--resume"] if folder.exists() else settings))
        stamp = (folder / "state.npz").stat().st_mtime_ns if begun else None
        # Wait until this process has saved something, then kill it at a moment that nobody chose.
        while training.poll() is None:
            state = folder / "state.npz"
            if kills < 4 and state.exists() and state.stat().st_mtime_ns != stamp:
                time.sleep(draw.random())
                os.kill(training.pid, signal.SIGKILL)
                kills += 1
                training.wait()
            time.sleep(0.02)
        if training.returncode == 0:
            break
        assert training.returncode == -signal.SIGKILL
    assert kills >= 2
    expected, found = last_weights(tmp_path / "undisturbed"), last_weights(folder)
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.fixture(scope="module")
def reversing(tmp_path_factory):
    """A run that has learned to write digits backwards."""
    folder = tmp_path_factory.mktemp("reverse") / "run"
    return seqtasks.train(
        "translate", corpus="reverse", overrides=["model.units=64", "training.epochs=6"], run=str(folder)
    )


def test_reverse_is_learned_and_attention_runs_backwards(reversing):
    scores = {score.name: score.value for score in reversing.evaluate().scores}
    assert scores["BLEU"] >= 95
    table = reversing.attention("1 2 3 4 5 6")
    assert table.prediction == "6 5 4 3 2 1"
    assert [int(step) for step in np.argmax(table.weights[:6], axis=1)] == [5, 4, 3, 2, 1, 0]


def test_the_export_answers_where_only_tensorflow_and_tensorflow_text_are_installed(reversing, tmp_path):
    folder = reversing.export(tmp_path / "model")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "bare"], check=True)
    python = tmp_path / "bare" / "bin" / "python"
    packages = ["tensorflow>=2.21,<2.22", "tensorflow-text>=2.21.1,<2.22"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    program = (
        "import tensorflow as tf, tensorflow_text, sys\n"
        "answer = tf.saved_model.load(sys.argv[1]).signatures['serving_default'](texts=tf.constant(['1 2 3 4', '']))\n"
        "print(answer['translations'].numpy().tolist())\n"
        "try:\n    import sentencepiece\nexcept ImportError:\n    print('bare')\n"
    )
    done = subprocess.run([python, "-c", program, folder], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[b'4 3 2 1', b'']", "bare"]
