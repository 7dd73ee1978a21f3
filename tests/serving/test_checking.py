"""An export that would not answer as the run does, or not everywhere, is found out before anything is written."""

import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from seqtasks import training
from seqtasks.errors import ExportError
from seqtasks.runs.folder import RunFolder
from seqtasks.serving.checking import answers_of, are_equal
from seqtasks.serving.exporting import export
from seqtasks.tasks import reader_class
from seqtasks.tasks.sentiment.task import Sentiment
from seqtasks.tasks.task import Signature

_TINY = [
    "corpus.dev=9", "corpus.test=9", "model.units=4", "model.embedding=4", "training.epochs=1",
    "training.batch_size=512", "text.kind=words", "text.size=12",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "run"
    return training.train(training.prepare("sentiment", corpus="order", overrides=_TINY, run=folder))


@pytest.fixture
def refuse(run, tmp_path):
    """Asserts that the export fails with what is said, and that nothing is left behind."""

    def check(message):
        with pytest.raises(ExportError, match=message) as refused:
            export(RunFolder(run.path), output=tmp_path / "model")
        assert list(tmp_path.iterdir()) == []
        return str(refused.value)

    return check


def serving_with(monkeypatch, change):
    """Changes what serving_default of the task serves, and leaves out what it explains."""
    signatures = Sentiment.signatures

    def changed(task):
        found = signatures(task)
        served = found["serving_default"].function
        return {"check": found["check"], "serving_default": Signature(lambda texts: change(texts, served(texts)))}

    monkeypatch.setattr(Sentiment, "signatures", changed)


def test_a_label_that_predict_does_not_give_is_found(monkeypatch, refuse):
    def change(texts, found):
        return {**found, "labels": tf.where(tf.equal(texts, "?"), "neither", found["labels"])}

    serving_with(monkeypatch, change)
    assert "answers 'neither' to '?', but the run answers" in refuse("nothing was written")


@pytest.mark.slow
def test_a_number_that_the_run_does_not_give_is_found(monkeypatch, refuse):
    def change(texts, found):
        return {**found, "probabilities": found["probabilities"] + tf.cast(tf.timestamp() % 1000, tf.float32)}

    serving_with(monkeypatch, change)
    refuse("output 'probabilities' of signature 'serving_default' differs between run and export; nothing was written")


@pytest.mark.parametrize(
    ("found", "equal"),
    [
        ([["a", "b\0"]], True),
        ([["a", "b"]], False),
        ([["a"]], False),
        ([[0.5, 1.00005]], True),
        ([[0.5, 1.0002]], False),
        ([0.5, 1.0], False),
        ([[True, False]], True),
        ([[True, True]], False),
    ],
)
def test_strings_are_equal_numbers_nearly(found, equal):
    wanted = {str: ["a", "b\0"], float: [0.5, 1.0], bool: [True, False]}[type(np.ravel(found)[0].item())]
    assert are_equal(tf.constant([wanted]).numpy(), found) == equal


@pytest.mark.parametrize(
    ("line", "equal"),
    [
        ("1.5,6000.001 nan", True),
        ("1.5,6000.002 nan", True),
        ("1.5,6001 nan", False),
        ("1.5,6000.001 1", False),
        ("1.5 6000.001 nan", False),
        ("1.5,x nan", False),
        ("", False),
    ],
)
def test_lines_of_numbers_are_equal_but_for_rounding(line, equal):
    reader = reader_class("forecast")()
    assert are_equal(tf.constant([[line, ""]]).numpy(), [["1.5,6000.001 nan", ""]], reader.same) == equal
    assert reader_class("translate")().same("1.5", "1.50000001") is False


def test_an_operation_that_only_a_gpu_has_is_found(monkeypatch, refuse):
    def change(texts, found):
        zeros = tf.zeros([1, 1, 1])
        outputs, *_ = tf.raw_ops.CudnnRNN(
            input=zeros, input_h=zeros, input_c=zeros, params=tf.zeros([16]), rnn_mode="lstm", is_training=False
        )
        return {**found, "probabilities": found["probabilities"] + tf.reduce_sum(outputs)}

    serving_with(monkeypatch, change)
    refuse("operations that no CPU can run, CudnnRNN")


_LOG = "2026-01-02 03:04:05.678 E external/cuda.cc:9] No cuda drivers\nI0000 00:00:1 cpu.cc] AVX"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("kill -9 $$", "it was killed, perhaps for lack of memory"),
        (f"echo 'ValueError: no such op' >&2; echo '{_LOG}' >&2; exit 3", "exit code 3: ValueError: no such op"),
        (f"echo '{_LOG}' >&2; kill -SEGV $$", "it was ended by SIGSEGV"),
    ],
)
def test_a_clean_process_that_dies_says_how(monkeypatch, tmp_path, script, message):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(ExportError) as refused:
        answers_of("model", [["left"]], tmp_path, argument="texts", options="{}")
    said = f"the exported model does not work in a clean process ({message}); nothing was written"
    assert str(refused.value) == said


@pytest.mark.slow
def test_packages_are_found_where_this_process_found_them(tmp_path, monkeypatch):
    # As where packages were installed for the user alone, or lie on a path that Python was told of.
    packages = next(place for place in map(Path, sys.path) if (place / "tensorflow").is_dir())
    monkeypatch.setattr(sys, "executable", sys._base_executable)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(packages), *sys.path])
    # A file of the working directory that is called as a module is left alone.
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    module, given = tf.Module(), tf.TensorSpec([None], tf.string, name="texts")
    module.same = tf.function(lambda texts: {"texts": texts}, input_signature=[given])
    tf.saved_model.save(module, tmp_path / "model", signatures=module.same)
    (answers,) = answers_of(tmp_path / "model", [["left"]], tmp_path, argument="texts", options="{}")
    assert answers == {"serving_default": {"texts": ["left"]}}
