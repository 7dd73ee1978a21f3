"""The laboratory: gradients against differences, their flow against Jacobians multiplied by hand."""

import numpy as np
import pytest
import tensorflow as tf
from together import without_graphs

import seqtasks
from seqtasks.corpora import load, load_configured
from seqtasks.errors import CorpusError, RunError
from seqtasks.laboratory.flow import gradient_flow, initial_weights
from seqtasks.laboratory.gradients import TOLERANCE, check_gradients, double_precision
from seqtasks.layers.recurrent import gates
from seqtasks.runs.folder import RunFolder
from seqtasks.tasks import task_class

TINY = ["model.units=5", "model.embedding=4", "training.epochs=1", "training.batch_size=50", "training.chunk=40"]
CELLS = {"rnn": ["model.cell=rnn"], "gru": ["model.cell=gru"], "lstm": ["model.layers=2"]}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laboratory")
    corpus = folder / "quotes.txt"
    corpus.write_text("".join(f"{row['text']}\n" for row in load("quotes").split("dev")), encoding="utf-8")
    with without_graphs():
        return {
            name: seqtasks.train("language-model", corpus=corpus, overrides=[*TINY, *more], run=folder / name).folder
            for name, more in CELLS.items()
        }


def test_a_wrong_gradient_is_found(runs, monkeypatch):
    right = gates.RNN.backward

    def wrong(self, saved, state, gradients):
        projected, recurrent, gradient = right(self, saved, state, gradients)
        return projected * 1.001, recurrent, gradient

    assert all(one.holds for one in check_gradients(runs["rnn"], entries=4))
    monkeypatch.setattr(gates.RNN, "backward", wrong)
    found = {"/".join(one.name.split("/")[-2:]): one for one in check_gradients(runs["rnn"], entries=4)}
    assert found["simple_rnn_cell/kernel"].error > 100 * TOLERANCE
    assert not found["simple_rnn_cell/bias"].holds
    assert found["simple_rnn_cell/recurrent_kernel"].holds


def brute_force(run, steps, part):
    """Norms of the derivative of the last loss by a part of the last layer's state, by differences at each entry."""
    with double_precision():
        task = run.load_task()
        model, encoder = task.model, task.model.encoder
        rows = load_configured(run.settings.corpus).split("dev")
        ids = task.text.stream(rows)[: steps + 1].astype(np.int32)

        def loss(moved=None, entry=0, by=0.0):
            state = encoder.zero_state(1)
            for t in range(steps):
                inputs, state = encoder.step(model.inputs(ids[t : t + 1]), state)
                if t == moved:
                    nudge = tf.constant(by * np.eye(encoder.units)[entry : entry + 1])
                    if part == 0:
                        state[-1][0] = state[-1][0] + nudge
                    else:
                        memory = state[-1][1]
                        opened = state[-1][0] / tf.tanh(memory)
                        state[-1] = [opened * tf.tanh(memory + nudge), memory + nudge]
                    inputs = state[-1][0]
            return -float(tf.nn.log_softmax(model.logits(inputs))[0, ids[-1]])

        return [
            np.linalg.norm([(loss(t, i, 1e-5) - loss(t, i, -1e-5)) / 2e-5 for i in range(encoder.units)])
            for t in range(steps)
        ]


@pytest.mark.parametrize("cell", CELLS)
def test_the_flow_is_the_total_derivative(runs, cell, monkeypatch):
    monkeypatch.setattr("seqtasks.laboratory.flow.STRETCHES", 1)
    found = gradient_flow(runs[cell], steps=6)
    np.testing.assert_allclose(found.hidden, brute_force(runs[cell], 6, 0), rtol=1e-6)
    if cell == "lstm":
        np.testing.assert_allclose(found.memory, brute_force(runs[cell], 6, 1), rtol=1e-6)
    else:
        assert found.memory is None


def test_a_vanilla_network_stays_below_its_bound_and_others_have_none(runs):
    for trained in (True, False):
        found = gradient_flow(runs["rnn"], steps=40, trained=trained)
        assert np.all(found.hidden <= found.bound * (1 + 1e-9))
        assert found.bound[-1] == found.hidden[-1]
    assert not np.allclose(found.hidden, gradient_flow(runs["rnn"], steps=40).hidden)
    fresh = task_class("language-model")(runs["rnn"].settings, runs["rnn"].load_text())
    assert {path: array.tolist() for path, array in initial_weights(runs["rnn"]).items()} == {
        weight.path: weight.numpy().tolist() for weight in fresh.model.weights
    }
    assert gradient_flow(runs["gru"], steps=5).bound is None


def test_what_has_no_flow_is_refused(runs, tmp_path, eagerly):
    with pytest.raises(CorpusError, match="too few for --steps"):
        gradient_flow(runs["gru"], steps=10**6)
    corpus = tmp_path / "opinions.tsv"
    corpus.write_text("".join(f"{word} {i}\t{word}\n" for i in range(20) for word in ("good", "bad")), encoding="utf-8")
    overrides = ["model.units=4", "model.embedding=4", "training.epochs=1", "corpus.dev=10", "corpus.test=10"]
    other = seqtasks.train("sentiment", corpus=corpus, overrides=overrides, run=tmp_path / "run")
    with pytest.raises(RunError, match="gradient flow needs a language-model run, but .* is a sentiment run"):
        gradient_flow(other.folder)
    assert all(one.holds for one in check_gradients(RunFolder(other.path), entries=4))
