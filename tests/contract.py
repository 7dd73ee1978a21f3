"""What every task promises. A test class inherits TaskContract and brings what is special to its task as `case`.

Other models of the same task, as other settings make them, inherit ModelContract.
"""

import contextlib
import copy
import functools
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from together import sibling

import seqtasks
from seqtasks import training
from seqtasks.evaluation.predictions import one_line
from seqtasks.laboratory.gradients import check_gradients
from seqtasks.runs.folder import RunFolder
from seqtasks.tasks import reader_class
from seqtasks.tasks.answer import Answer

ODD = ("", " \t ", "\0", "😀 👩‍👩‍👧", "Ω ж 你 ش न a", "a\u2028b\rc", "7 " * 50_000)
BLANK = 3
# Settings as they are without a recipe.
DEFAULTS = Path(__file__).parent / "defaults.yaml"


@dataclass(frozen=True)
class Case:
    """What is special to a task.

    `overrides` are settings of a tiny model whose corpus makes two batches an epoch; `inputs` are ordinary inputs of
    different lengths, the first the shortest; `explained` names the columns, rows and weights that `explain` serves;
    `cuts` tells whether a very long text is cut, `joined` makes the text again of the columns of an
    explanation; `served_with` is what else than texts a served model is given, as (value, dtype);
    `rows` are enough for a batch of examples of different lengths; `steps` are the numbers of the arrays of a batch
    that have steps and are padded, None for all with two axes or more; `disturbed` are settings that make a model
    cheaper which is stopped and killed; `odd` are inputs that nobody would rather give, the first `blank` blank ones.
    """

    task: str
    corpus: Path
    overrides: tuple[str, ...]
    inputs: tuple
    explained: tuple[str, str, str]
    cuts: bool = True
    joined: Callable = lambda columns: "".join(columns[:-1]).replace("▁", " ").strip()
    served_with: dict = field(default_factory=dict)
    rows: int = 6
    steps: tuple[int, ...] | None = None
    disturbed: tuple[str, ...] = ("model.bidirectional=false",)
    odd: tuple = ODD
    blank: int = BLANK

    def padded(self, batch):
        """Returns a batch with three more steps of padding."""
        steps = [i for i, side in enumerate(batch) if side.ndim > 1] if self.steps is None else self.steps
        return [
            np.pad(side, [(0, 0), (0, 3), *[(0, 0)] * (side.ndim - 2)]) if i in steps else side
            for i, side in enumerate(batch)
        ]

    def prepare(self, folder, *more, **options):
        return training.prepare(
            self.task,
            config=DEFAULTS,
            corpus=str(self.corpus),
            overrides=[*self.overrides, *more],
            run=folder,
            **options,
        )


@dataclass(frozen=True)
class Trained:
    """A run of two steps, and the task that it was trained in."""

    run: seqtasks.Run
    task: object
    corpus: object


@dataclass(frozen=True)
class Together:
    """An ensemble of a trained run and one of other sizes, another cell and fresh weights; and the tasks of the two."""

    run: seqtasks.Run
    tasks: list

    @property
    def models(self):
        return [task.model for task in self.tasks]


class Killed(Exception):  # noqa: N818
    """Stands for kill -9: nothing is saved on the way out."""


def stop(prepared, step):
    """Trains until Ctrl-C is pressed in a step; returns the last step taken."""
    taken = [0]
    # A process that a shell started in the background ignores Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def on_event(event):
        taken[0] = max(taken[0], getattr(event, "step", 0))
        if getattr(event, "step", 0) == step:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        training.train(prepared, on_event=on_event)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return taken[0]


def kill(prepared, step):
    """Trains until a step and leaves without saving; returns the last step taken."""

    def on_event(event):
        if getattr(event, "step", 0) >= step:
            raise Killed

    with contextlib.suppress(Killed):
        training.train(prepared, on_event=on_event)
        raise AssertionError("was not killed")
    return step


class ModelContract:
    """What holds for every model of a task; `case` is a class-scoped fixture that gives a Case."""

    @pytest.fixture(scope="class")
    def trained(self, case, tmp_path_factory):
        prepared = case.prepare(tmp_path_factory.mktemp("contract") / "run")
        with pytest.MonkeyPatch.context() as patch:
            task, corpus = training.start(prepared)
            patch.setattr("seqtasks.training.starting.start", lambda _: (task, corpus))
            folder = training.train(prepared)
        return Trained(seqtasks.load(folder.path), task, corpus)

    @pytest.fixture(scope="class")
    def batch(self, trained, case):
        examples = trained.task.examples(trained.corpus.split("train")[: case.rows])
        assert len(set(map(tuple, examples.lengths[range(len(examples))]))) > 1
        return examples.batch(range(len(examples)))

    def test_two_steps_are_saved_and_load_to_equal_answers(self, trained, case):
        assert trained.run.manifest["steps"] == 2
        assert trained.run.manifest["status"] == "trained"
        assert trained.run.answers(list(case.inputs)) == trained.task.predictor.answers(list(case.inputs))

    def test_every_trainable_weight_gets_a_gradient(self, trained, batch):
        _, gradients = loss_and_gradients(trained.task, batch)
        assert [name for name, gradient in gradients.items() if not np.any(gradient)] == []

    def test_padding_changes_neither_loss_nor_any_gradient(self, trained, case, batch):
        padded = case.padded(batch)
        loss, gradients = loss_and_gradients(trained.task, batch)
        padded_loss, padded_gradients = loss_and_gradients(trained.task, padded)
        np.testing.assert_allclose(padded_loss, loss, rtol=1e-5)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(padded_gradients[name], gradient, rtol=1e-4, atol=1e-5, err_msg=name)

    def test_a_loss_is_a_sum_over_real_tokens(self, trained, batch):
        total, tokens, _ = trained.task.loss(batch)
        parts = [trained.task.loss([side[rows] for side in batch]) for rows in (slice(2), slice(2, None), slice(0))]
        np.testing.assert_allclose(sum(float(part) for part, *_ in parts), float(total), rtol=1e-5)
        assert sum(float(count) for _, count, _ in parts) == pytest.approx(float(tokens))

    def test_an_answer_does_not_depend_on_the_batch(self, trained, case):
        texts = [*case.inputs, *case.odd[:-1]]
        together = trained.task.predictor.answers(texts)
        for text, answer in zip(texts, together, strict=True):
            (alone,) = trained.task.predictor.answers([text])
            assert (alone.text, alone.cut) == (answer.text, answer.cut)
            assert alone.score == pytest.approx(answer.score, abs=1e-5)

    def test_odd_texts_get_one_answer_each_and_blank_ones_a_blank_one(self, trained, case):
        answers = trained.run.answers(case.odd)
        assert len(answers) == len(case.odd)
        assert all(isinstance(answer, Answer) and "\n" not in one_line(answer.text) for answer in answers)
        assert [answer.text for answer in answers[: case.blank]] == [""] * case.blank
        assert [answer.cut for answer in answers] == [False] * (len(case.odd) - 1) + [case.cuts]
        assert trained.run.predict([]) == []

    def test_an_explanation_weighs_the_real_pieces_and_shares_sum_to_one(self, trained, case):
        for text in (*case.inputs, *case.odd):
            table = trained.run.explain(text)
            assert table.weights.shape == (len(table.rows), len(table.columns))
            if not table.signed:
                assert np.all(table.weights >= 0)
                np.testing.assert_allclose(table.weights.sum(axis=1), 1, atol=1e-5)
        table = trained.run.explain(case.inputs[0])
        assert case.joined(table.columns) == case.inputs[0]
        assert table.prediction == trained.run.predict(case.inputs[0])

    def test_an_explanation_gives_padding_no_weight(self, trained, case):
        explain = trained.task.signatures()["explain"].function
        found = explain(tf.constant([case.inputs[0], case.inputs[-1]]))
        columns, rows, weights = (found[name].numpy() for name in case.explained)
        rows = rows if rows.ndim > 1 else rows[:, np.newaxis]
        assert np.any(columns == b"")
        for i in range(2):
            real = np.outer(rows[i] != b"", columns[i] != b"")
            assert np.all(weights[i][~real] == 0)
            if found.get("kind", [b""] * 2)[i] != b"attribution":
                np.testing.assert_allclose(weights[i].sum(axis=-1), rows[i] != b"", atol=1e-5)


class TaskContract(ModelContract):
    """What holds for every task."""

    def test_a_run_is_copied_and_pickled_after_it_has_answered(self, trained, case, eagerly):
        answers = trained.run.predict(list(case.inputs))
        for copied in (copy.deepcopy(trained.run), pickle.loads(pickle.dumps(trained.run))):
            assert copied.path == trained.run.path
        assert copied.predict(list(case.inputs)) == answers

    def test_how_a_text_is_read_is_told_without_an_answer(self, trained, case, monkeypatch):
        answers = trained.run.answers([case.inputs[0], case.odd[-1]])
        monkeypatch.setattr(type(trained.task.predictor), "answers", None)
        for text, answer in zip((case.inputs[0], case.odd[-1]), answers, strict=True):
            checked = trained.run.check(text)
            assert type(checked) is trained.task.reader.answer_type
            assert (checked.text, checked.cut, checked.unread) == ("", answer.cut, answer.unread)
            assert checked.unknown == pytest.approx(answer.unknown)

    def test_answers_keep_the_order_of_their_texts(self, trained, case):
        forward, backward = trained.run.predict(list(case.inputs)), trained.run.predict(list(case.inputs)[::-1])
        assert forward == backward[::-1]

    def test_an_export_answers_as_predict_does_in_a_clean_process(
        self, trained, case, tmp_path, unchecked, clean_process
    ):
        texts = [*case.inputs, *case.odd[:-1]]
        folder, reader = trained.run.export(tmp_path / "model"), reader_class(case.task)()
        found = clean_process(folder, texts, case.served_with, reader.argument)
        wanted = trained.run.answers(texts)
        served = reader.answers(texts, {**found["check"], **found["serving_default"]})
        exported = seqtasks.load(folder)
        for here, there, loaded in zip(wanted, served, exported.answers(texts), strict=True):
            assert reader.same(there.text, here.text) and reader.same(loaded.text, here.text)
            assert there.cut == loaded.cut == here.cut
            assert there.score == pytest.approx(here.score, abs=1e-4)
            assert loaded.unknown == pytest.approx(here.unknown, abs=1e-4)
        table, served_table = trained.run.explain(case.inputs[-1]), exported.explain(case.inputs[-1])
        assert table.columns == served_table.columns and len(table.rows) == len(served_table.rows)
        assert all(map(reader.same, table.rows, served_table.rows))
        np.testing.assert_allclose(served_table.weights, table.weights, atol=1e-4)

    @pytest.fixture(scope="class")
    def together(self, trained, tmp_path_factory):
        folder = tmp_path_factory.mktemp("together")
        other = sibling(trained.run.path, folder / "other", units=4, embedding=7, cell="gru")
        run = seqtasks.ensemble([trained.run, other.path], run=folder / "run")
        return Together(run, [trained.task, other.load_task()])

    def test_an_ensemble_of_a_run_and_its_copy_answers_as_the_run(self, trained, case, eagerly):
        task = trained.task
        twins = type(task)(task.settings, task.text, model=task.Ensemble([task.model] * 2))
        wanted, found = (of.signatures()["explain"].function(tf.constant([case.inputs[0]])) for of in (task, twins))
        for name, value in wanted.items():
            equal = np.testing.assert_array_equal if value.dtype == tf.string else np.testing.assert_allclose
            equal(found[name], value, **({} if value.dtype == tf.string else {"atol": 1e-5}), err_msg=name)

    def test_an_ensemble_answers_and_explains_alone_as_in_a_batch(self, together, case, eagerly):
        assert together.run.manifest["parameters"] == sum(model.count_params() for model in together.models)
        answers = together.run.answers([case.inputs[-1], case.odd[0], case.inputs[0]])
        (alone,) = together.run.answers([case.inputs[0]])
        assert (answers[1].text, alone.text) == ("", answers[2].text)
        assert alone.score == pytest.approx(answers[2].score, abs=1e-5)
        table = together.run.explain(case.inputs[0])
        assert table.prediction == alone.text
        if not table.signed:
            np.testing.assert_allclose(table.weights.sum(axis=1), 1, atol=1e-5)

    @pytest.mark.slow
    def test_an_ensemble_is_exported_as_one_model(self, together, case, tmp_path):
        exported = seqtasks.load(together.run.export(tmp_path / "model"))
        assert exported.manifest["decoding"].endswith("|ensemble:2")
        inputs = [*case.inputs, *case.odd[:-1]]
        same = reader_class(case.task)().same
        assert all(map(same, exported.predict(inputs), together.run.predict(inputs)))

    def test_its_gradients_are_what_differences_say(self, trained):
        checked = check_gradients(RunFolder(trained.run.path), entries=4)
        assert len(checked) == len(trained.task.model.trainable_variables)
        assert {one.name: one.error for one in checked if not one.holds} == {}
        assert all(one.size > 0 for one in checked)

    def test_the_same_seed_gives_the_same_weights_and_another_seed_others(self, trained, case, tmp_path):
        def fresh(seed):
            task, _ = training.start(case.prepare(tmp_path / "run", seed=seed))
            return [weight.numpy() for weight in task.model.weights]

        first, again, other = fresh(5), fresh(5), fresh(6)
        for one, same in zip(first, again, strict=True):
            np.testing.assert_array_equal(one, same)
        assert any(not np.array_equal(one, different) for one, different in zip(first, other, strict=True))

    def test_embeddings_start_as_wide_as_told(self, case, tmp_path):
        for scale in (0.01, 3.0):
            wide = ("model.embedding=400", f"model.embedding_scale={scale}")
            task, _ = training.start(case.prepare(tmp_path / "run", *wide))
            tables = [w.numpy() for w in task.model.weights if w.path.endswith("embedding/embeddings")]
            assert tables
            for table in tables:
                assert (table.std(), table.mean()) == pytest.approx((scale, 0), rel=0.1, abs=0.1 * scale)

    @pytest.mark.slow
    def test_a_run_that_is_stopped_and_killed_again_and_again_ends_as_an_undisturbed_one(self, case, tmp_path):
        # Before any saving, at one, at an epoch's end, a step behind a saving.
        disturb(case, ((kill, 2), (stop, 3), (stop, 4), (kill, 7)), tmp_path)


class DisturbedContract(TaskContract):
    """What holds for every task, and is seen without slow tests for those that differ in what they save."""

    def test_a_run_that_is_stopped_and_killed_ends_as_an_undisturbed_one(self, case, tmp_path, eagerly):
        disturb(case, ((kill, 2), (stop, 3), (kill, 7)), tmp_path)


def slowly(test):
    """Returns an inherited test as a slow one, for a class in which it takes long and shows what it shows in others."""

    @functools.wraps(test)
    def inherited(*arguments, **fixtures):
        return test(*arguments, **fixtures)

    return pytest.mark.slow(inherited)


def disturb(case, disturbances, tmp_path):
    """Trains a run twice, once with disturbances, (function, step); asserts that both end alike."""
    more = [f"training.{setting}" for setting in ("epochs=4", "ema=0.8", "patience=2", "save_every=3", "batch_size=14")]
    more += ["model.dropout=0.3", *case.disturbed]
    undisturbed = training.train(case.prepare(tmp_path / "undisturbed", *more))
    folder = tmp_path / "disturbed"
    for disturbance, step in disturbances:
        prepared = case.prepare(folder, *more) if not folder.exists() else resume(case, folder)
        assert disturbance(prepared, step) >= step
    finished = training.train(resume(case, folder))
    assert finished.is_trained
    assert finished.manifest["best"] == undisturbed.manifest["best"]
    for name in ("best.npz", "state.npz"):
        expected, _ = undisturbed.read_arrays(name)
        found, _ = finished.read_arrays(name)
        assert found.keys() == expected.keys()
        for key, array in expected.items():
            np.testing.assert_array_equal(found[key], array, err_msg=f"{name}: {key}")
    assert finished.read_lines("samples.jsonl") == undisturbed.read_lines("samples.jsonl")
    assert timeless(finished.read_lines("log.jsonl")) == timeless(undisturbed.read_lines("log.jsonl"))
    leftovers = {path.name for path in tmp_path.iterdir()} | {path.name for path in folder.iterdir()}
    assert not any(name.startswith(".") for name in leftovers)


def loss_and_gradients(task, batch):
    """Returns the mean loss and {path: gradient} of a batch, without dropout."""
    with tf.GradientTape() as tape:
        total, tokens, _ = task.loss(batch)
        loss = total / tokens
    weights = task.model.trainable_variables
    gradients = tape.gradient(loss, weights)
    assert [w.path for w, gradient in zip(weights, gradients, strict=True) if gradient is None] == []
    return loss.numpy(), {w.path: tf.convert_to_tensor(g).numpy() for w, g in zip(weights, gradients, strict=True)}


def resume(case, folder):
    """Prepares to go on with a run, with its own settings."""
    return training.prepare(case.task, run=folder, resume=True)


def timeless(log):
    """Returns the records of a log without what a clock measured."""
    return [{k: v for k, v in record.items() if k not in {"seconds", "tokens_per_second"}} for record in log]
