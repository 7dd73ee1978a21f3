"""What takes minutes: a real kill -9, a task that is learned, an export where nothing else is installed."""

import json
import random
import shutil
import subprocess
import sys
import time
import venv
from importlib.metadata import version

import numpy as np
import pytest

import seqtasks

pytestmark = pytest.mark.slow

_SMALL = [
    f"--set={setting}"
    for setting in (
        "corpus.name=reverse", "text.source.kind=words", "text.target.kind=words", "text.max_length=20",
        "model.units=48", "model.embedding=32", "model.attention_units=32", "model.dropout=0.2",
        "training.epochs=2", "training.batch_size=64", "training.learning_rate=5e-3", "training.clip_norm=1",
        "training.ema=0.9", "training.save_every=20",
    )
]  # fmt: skip
_TRAIN = [sys.executable, "-m", "seqtasks", "train", "--task", "translate"]


def test_kill_9_at_any_moment_and_resume_reach_the_weights_of_an_undisturbed_run(tmp_path):
    def train(folder, *more):
        return subprocess.Popen([*_TRAIN, "--run", folder, *more], stdout=subprocess.DEVNULL)

    def is_trained(folder):
        return folder.exists() and json.loads((folder / "manifest.json").read_text())["status"] == "trained"

    began = time.monotonic()
    assert train(tmp_path / "undisturbed", *_SMALL).wait() == 0
    took, draw, killed = time.monotonic() - began, random.Random(9), 0
    run = tmp_path / "killed"
    # A process killed at its very end leaves nothing to resume.
    while not is_trained(run):
        training = train(run, *(["--resume"] if run.exists() else _SMALL))
        try:
            assert training.wait(timeout=None if killed == 5 else draw.uniform(0.4, 0.8) * took) == 0
        except subprocess.TimeoutExpired:
            training.kill()
            training.wait()
            killed += 1
    assert killed > 0
    for name in ("best.npz", "state.npz"):
        with np.load(tmp_path / "undisturbed" / name) as expected, np.load(run / name) as found:
            assert found.files == expected.files
            for key in set(expected.files) - {"notes"}:
                np.testing.assert_array_equal(found[key], expected[key], err_msg=f"{name}: {key}")


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    overrides = [
        "corpus.name=reverse", "text.source.kind=words", "text.target.kind=words", "text.max_length=20",
        "model.units=96", "model.embedding=64", "model.attention_units=64", "model.dropout=0.0",
        "training.epochs=8", "training.batch_size=64", "training.learning_rate=4e-3", "training.schedule=linear",
    ]  # fmt: skip
    return seqtasks.train("translate", overrides=overrides, run=tmp_path_factory.mktemp("learned") / "run")


def test_reversing_is_learned_with_an_attention_that_runs_down_the_other_diagonal(learned):
    assert learned.evaluate().scores[0].value >= 95
    for text in ("3 1 4 1 5 9 2 6", "2 7 1 8 2 8"):
        table = learned.attention(text)
        assert table.prediction == text[::-1]
        digits = len(text.split())
        other_diagonal = np.arange(digits)[::-1]
        # A neighbour's state knows the digit as well, so one beside the diagonal is right too.
        assert np.all(np.abs(table.weights[:digits].argmax(axis=1) - other_diagonal) <= 1), table.weights


_SERVE = """
import sys
import tensorflow as tf, tensorflow_text
signatures = tf.saved_model.load(sys.argv[1]).signatures
assert set(signatures) == {"serving_default", "explain", "check"}, set(signatures)
for name, wanted in (
    ("serving_default", {"translations", "scores"}),
    ("explain", {"translations", "scores", "source_pieces", "target_pieces", "attention"}),
    ("check", {"pieces", "cut", "unknown"}),
):
    assert set(signatures[name].structured_outputs) == wanted, name
    ((), given) = signatures[name].structured_input_signature
    assert {key: (spec.shape.as_list(), spec.dtype) for key, spec in given.items()} == {"texts": ([None], tf.string)}
found = signatures["serving_default"](texts=tf.constant(sys.argv[2:]))
print("\\n".join(text.decode() for text in found["translations"].numpy()))
assert not {"seqtasks", "sentencepiece", "sacrebleu", "pydantic"} & set(sys.modules)
"""


def test_an_export_answers_where_only_tensorflow_and_tensorflow_text_are_installed(learned, tmp_path):
    model = learned.export(tmp_path / "model")
    if shutil.disk_usage(tmp_path).free < 4 << 30:
        pytest.skip("needs 4 GB of disk")
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    packages = [f"{name}=={version(name)}" for name in ("tensorflow", "tensorflow-text")]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    texts = ["3 1 4", "", "1 2 3 4 5 6 7"]
    done = subprocess.run([python, "-c", _SERVE, model, *texts], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split("\n")[:-1] == learned.predict(texts)


_QUICK = [
    "model.units=32", "model.embedding=32", "model.dropout=0.1", "training.epochs=3", "training.batch_size=64",
    "training.learning_rate=5e-3", "training.schedule=linear", "training.warmup=0",
]  # fmt: skip


def test_the_order_of_words_is_learned_with_recurrence_alone(tmp_path):
    def accuracy(name, *more):
        run = seqtasks.train("sentiment", corpus="order", overrides=[*_QUICK, *more], run=tmp_path / name)
        return run.evaluate().scores[0].value

    assert accuracy("last", "model.pooling=last") >= 95
    # As each word is there equally often, what is left to a bag of words is chance.
    assert accuracy("bag", "model.encoder=none", "model.pooling=average") <= 60


@pytest.mark.parametrize("output", ["softmax", "constrained", "crf"])
def test_brackets_are_learned_by_every_output(output, tmp_path):
    overrides = [*_QUICK, f"model.output={output}"]
    run = seqtasks.train("ner", corpus="brackets", overrides=overrides, run=tmp_path / "run")
    assert run.evaluate().scores[0].value >= 95
    text = "ba ( do ki ) su [ te ] "
    assert run.predict(text * 40, tokenized=True) == "ba ( [ROUND do ki] ) su [ [SQUARE te] ] " * 40
