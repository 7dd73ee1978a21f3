"""What takes minutes: a real kill -9, a task that is learned, an export where nothing else is installed."""

import itertools
import json
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
import venv
from collections import Counter
from importlib.metadata import version

import numpy as np
import pytest
from contract import timeless

import seqtasks

pytestmark = pytest.mark.slow

_KILLED, _SAVE_EVERY = 20, 20
_SMALL = [
    f"--set={setting}"
    for setting in (
        "corpus.name=reverse", "text.source.kind=words", "text.target.kind=words", "text.max_length=20",
        "model.units=48", "model.embedding=32", "model.attention_units=32", "model.dropout=0.2",
        "training.epochs=2", "training.batch_size=64", "training.learning_rate=5e-3", "training.clip_norm=1",
        "training.ema=0.9", f"training.save_every={_SAVE_EVERY}",
    )
]  # fmt: skip
_TRAIN = [sys.executable, "-m", "seqtasks", "train", "--task", "translate"]


def _training(run, *more):
    return subprocess.Popen([*_TRAIN, "--run", run, *more], stdout=subprocess.DEVNULL)


def _saved(run):
    """Returns up to where a run is saved, as its step and the batch of its epoch; zeros where nothing is."""
    if not (run / "state.npz").exists():
        return 0, 0
    with np.load(run / "state.npz") as state:
        position = json.loads(str(state["notes"]))["position"]
    return position["step"], position["batch"]


def _is_trained(run):
    return run.exists() and json.loads((run / "manifest.json").read_text())["status"] == "trained"


def _undisturbed(run):
    """Trains a run; returns the seconds that it took, and after how many each step was saved, {step: seconds}."""
    began, seen = time.monotonic(), {}
    training = _training(run, *_SMALL)
    while training.poll() is None:
        seen.setdefault(_saved(run)[0], time.monotonic() - began)
        time.sleep(0.02)
    assert training.returncode == 0
    return time.monotonic() - began, seen


def _killed(run, step, delay):
    """Trains a run until a step is saved, and for some seconds more, and kills it; false where it has ended."""
    training = _training(run, *_SMALL)
    while training.poll() is None and _saved(run)[0] < step:
        time.sleep(0.02)
    try:
        assert training.wait(timeout=delay) == 0
    except subprocess.TimeoutExpired:
        training.kill()
        return training.wait() == -signal.SIGKILL
    return False


def _stage(run, batches):
    """Returns at which stage a run was killed, as far as what it left can tell."""
    step, batch = _saved(run)
    if not run.exists():
        return "before the run folder was there"
    if not step:
        return "before the first saving"
    if _is_trained(run):
        return "when all was written"
    return "while steps were taken" if 0 < batch < batches - _SAVE_EVERY else "at the end of an epoch"


def _assert_same(found, expected):
    for name in ("best.npz", "state.npz"):
        with np.load(expected / name) as wanted, np.load(found / name) as arrays:
            assert arrays.files == wanted.files
            for key in set(wanted.files) - {"notes"}:
                np.testing.assert_array_equal(arrays[key], wanted[key], err_msg=f"{found.name}: {name}: {key}")
    logs = [[json.loads(line) for line in (run / "log.jsonl").open(encoding="utf-8")] for run in (found, expected)]
    assert timeless(logs[0]) == timeless(logs[1])


def test_kill_9_at_any_moment_and_resume_reach_the_weights_of_an_undisturbed_run(tmp_path, record_property):
    took, seen = _undisturbed(tmp_path / "undisturbed")
    batches = json.loads((tmp_path / "undisturbed" / "manifest.json").read_text())["steps"] // 2
    # From these savings on steps are taken until the next one.
    savings = range(_SAVE_EVERY, 2 * batches, _SAVE_EVERY)
    amid = [step for step in savings if step % batches + _SAVE_EVERY < batches]
    pause = statistics.median(seen[b] - seen[a] for a, b in itertools.pairwise(seen) if b - a == _SAVE_EVERY)
    draw, stages = random.Random(9), Counter()
    while stages.total() < _KILLED:
        # One anywhere, from the first moment to the last, and one amid the steps.
        moment = (draw.choice(amid), draw.uniform(0, pause)) if stages.total() % 2 else (0, draw.uniform(0, took))
        run = tmp_path / f"killed-{stages.total()}"
        if _killed(run, *moment):
            stages[_stage(run, batches)] += 1
            # A process killed at its very end leaves nothing to resume.
            if not _is_trained(run):
                assert _training(run, *(["--resume"] if run.exists() else _SMALL)).wait() == 0
            _assert_same(run, tmp_path / "undisturbed")
        shutil.rmtree(run)
    record_property("seconds undisturbed", round(took, 1))
    for stage, count in stages.items():
        record_property(f"killed {stage}", count)
    assert stages["while steps were taken"] >= _KILLED // 2


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


def test_code_is_learned_by_copying_names_that_train_has_not(tmp_path):
    def exact(name, *more):
        run = seqtasks.train("code", overrides=more, run=tmp_path / name)
        scores = {score.name: score.value for score in run.evaluate().scores}
        assert scores["parses"] == 100
        return scores["exact"]

    assert exact("whole") >= 95
    assert exact("without", "model.copies=false") < 20
