"""Members of an ensemble, and what they answer together, computed one by one."""

import contextlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.runs.folder import RunFolder, settings_file
from seqtasks.runs.weights import arrays_of, by_path
from seqtasks.settings import check
from seqtasks.text import BOS, EOS


@contextlib.contextmanager
def without_graphs():
    """Computes without graphs, which take longer to make than tiny models take to compute."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@pytest.fixture
def eagerly():
    with without_graphs():
        yield


@contextlib.contextmanager
def without_checks():
    """Exports without the clean process that checks them, which other tests see at work; gives what takes its place."""
    checks = {"meanwhile": lambda: None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "seqtasks.serving.exporting.answers_of", lambda model, batches, *_, **__: checks["meanwhile"]() or batches
        )
        patch.setattr("seqtasks.serving.exporting.compare", lambda *_: None)
        yield checks


def sibling(run, folder, *, seed=2, **model):
    """Writes a run of the same text with other settings of its model, and with fresh weights; returns its RunFolder."""
    run = RunFolder(run)
    shutil.copytree(run.path, folder)
    values = run.settings.model_dump()
    settings = check(type(run.settings), {**values, "seed": seed, "model": {**values["model"], **model}})
    Path(folder, "settings.yaml").write_text(settings_file(settings), encoding="utf-8")
    made = type(run.load_task())(settings, run.load_text())
    RunFolder(folder).write_arrays("best.npz", arrays_of(by_path(made.model.weights)))
    return RunFolder(folder)


def check_writing(together, one, source, *, limit, decode):
    """Checks the greedy answer of an ensemble that writes to an input, and its attention.

    `source` is the input as `encode` takes it, `limit` the length of the longest answer; `decode` makes text of ids.
    """
    ids, logps, attention = written_greedily(together.models, source, limit=limit)
    (answer,) = together.run.answers([one], beam=1)
    assert answer.text == decode(tf.constant([ids])).numpy()[0].decode()
    assert answer.score == pytest.approx(np.mean(logps), abs=1e-5)
    found = together.run.model.search(source, limits=tf.constant([limit]), blank=tf.constant([False]), beam=1)
    np.testing.assert_allclose(found.attention[0, 0], attention, atol=1e-5)


def written_greedily(models, source, *, limit):
    """Writes the most probable piece at each step by the members' mean log probability, for one source.

    Returns ids, log p of each normalized over all pieces, and the attention (pieces, source steps).
    """
    memories, states = zip(*(model.encode(source) for model in models), strict=True)
    memories = [model.search_memory(memory) for model, memory in zip(models, memories, strict=True)]
    ids, logps, attention = [BOS], [], []
    while len(ids) <= limit and ids[-1] != EOS:
        steps = [model.step(tf.constant([ids[-1]]), *own) for model, *own in zip(models, states, memories, strict=True)]
        logits, states, weights = zip(*steps, strict=True)
        means = np.mean([tf.nn.log_softmax(one)[0].numpy().astype(float) for one in logits], axis=0)
        means -= np.log(np.exp(means).sum())
        ids.append(EOS if len(ids) == limit else int(means.argmax()))
        logps.append(means[ids[-1]])
        attention.append(np.mean([one[0].numpy() for one in weights], axis=0))
    return ids[1:], logps, np.array(attention)
