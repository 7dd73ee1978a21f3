"""A model of words started from a language model or a filler of gaps: what it takes, and what is refused."""

import logging

import numpy as np
import pytest
import tensorflow as tf

from seqtasks import training
from seqtasks.errors import RunError, SettingsError
from seqtasks.runs.folder import RunFolder

_TINY = ("model.units=4", "model.embedding=3", "training.epochs=1")
_LINES = "the film was good\nthe end was bad\n" * 20


def _trained(task, content, folder, *settings, **options):
    folder.mkdir(exist_ok=True)
    (folder / f"{task}.tsv").write_text(content, encoding="utf-8")
    prepared = training.prepare(
        task, corpus=str(folder / f"{task}.tsv"), run=folder / task, overrides=settings, **options
    )
    return prepared, training.start(prepared)[0]


@pytest.fixture(scope="module")
def lm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lm")
    settings = (*_TINY, "text.kind=words", "training.chunk=8", "training.batch_size=2", "training.sample_every=0")
    return training.train(_trained("language-model", _LINES, folder, *settings)[0])


def _filler(folder, *settings, name="fill"):
    prepared, _ = _trained("fill", _LINES, folder / name, *_TINY, "text.size=12", "model.hidden=3", *settings)
    return training.train(prepared)


def _of(weights, path):
    return next(weight.numpy() for weight in weights if weight.path == path)


def test_a_classifier_takes_rows_by_word_and_the_encoder(lm, tmp_path, caplog):
    rows = "".join(f"The film was {'bad' if i % 2 else 'fine'}, {i}\t{i % 2}\n" for i in range(40))
    with caplog.at_level(logging.INFO, "seqtasks"):
        prepared, task = _trained("sentiment", rows, tmp_path, "text.lowercase=true", base=lm.path)
    assert prepared.settings.model.units == 4 and not prepared.settings.model.bidirectional
    arrays, _ = lm.read_arrays("best.npz")
    table, theirs = task.model.embedding.embeddings.numpy(), arrays["embedding/embeddings"]
    ours, known = task.text.vocabulary.ids_by_word(), lm.load_text().vocabulary.ids_by_word()
    for word in ("the", "film", "was", "bad"):
        np.testing.assert_array_equal(table[ours[word][0]], theirs[known[word][0]])
    np.testing.assert_array_equal(table[:4], theirs[:4])
    for word in ("fine", "7"):
        np.testing.assert_allclose(table[ours[word][0]], theirs[4:].mean(axis=0), rtol=1e-6)
    for variable in task.model.encoder.weights:
        np.testing.assert_array_equal(variable.numpy(), arrays[variable.path])
    size = task.text.vocabulary.size - 4
    assert f"4 of {size} words from {lm.path}, {size - 4} new" in caplog.text


def test_a_tagger_keeps_what_it_drew_for_characters(lm, tmp_path):
    rows = "".join(f"The O\nfilm{i} B-X\n\n" for i in range(40))
    prepared, task = _trained("ner", rows, tmp_path, "text.max_length=8", "model.character_units=2", base=lm.path)
    arrays, _ = lm.read_arrays("best.npz")
    kernel, path = _of(task.model.weights, "encoder/forward_0/lstm_cell/kernel"), "encoder/forward_0/lstm_cell/kernel"
    np.testing.assert_array_equal(kernel[:3], arrays[path])
    assert kernel.shape == (5, 16) and kernel[3:].all()
    assert prepared.giver.path == lm.path and prepared.base is None


def test_a_filler_of_gaps_hands_on_both_directions_which_read_as_they_did(tmp_path):
    filler = _filler(tmp_path)
    rows = "".join(f"the film was {'bad' if i % 2 else 'fine'} , {i}\t{i % 2}\n" for i in range(40))
    prepared, task = _trained("sentiment", rows, tmp_path, base=filler.path)
    assert prepared.settings.model.bidirectional and prepared.settings.model.units == 4
    theirs = filler.load_task()
    table, given = task.model.embedding.embeddings.numpy(), theirs.model.embedding.embeddings.numpy()
    ours, known = task.text.vocabulary.ids_by_word(), theirs.text.vocabulary.ids_by_word()
    for word in ("the", "film", "was", "bad"):
        np.testing.assert_array_equal(table[ours[word][0]], given[known[word][0]])
    inputs, mask = tf.random.normal([2, 5, 3]), tf.sequence_mask([5, 3])
    outputs, *_ = task.model.encoder(inputs, mask)
    left, *_ = theirs.model.left(inputs, mask)
    right, *_ = theirs.model.right(tf.reverse_sequence(inputs, [5, 3], seq_axis=1), mask)
    np.testing.assert_allclose(outputs, tf.concat([left, tf.reverse_sequence(right, [5, 3], seq_axis=1)], 2), rtol=1e-5)


def test_a_filler_of_gaps_that_reads_one_side_hands_on_that_direction_or_is_refused(tmp_path):
    left = _filler(tmp_path, "model.reading=left", "model.layers=2", name="left")
    settings = training.prepare("ner", base=left.path, run=tmp_path / "run").settings
    assert settings.model.layers == 2 and not settings.model.bidirectional
    right = _filler(tmp_path, "model.reading=right", name="right")
    with pytest.raises(SettingsError, match="only reads back to a gap; give a run with model.reading both or left"):
        training.prepare("ner", base=right.path, run=tmp_path / "run")
    deep = _filler(tmp_path, "model.layers=2", name="deep")
    with pytest.raises(SettingsError, match="has 2 layers, each of which reads one direction alone"):
        training.prepare("ner", base=deep.path, run=tmp_path / "run")


@pytest.mark.parametrize(
    ("task", "settings", "words"),
    [
        ("sentiment", ["model.units=5", "model.cell=gru"], "model.cell: lstm -> gru; model.units: 4 -> 5; leave out"),
        ("sentiment", ["model.bidirectional=true"], "model.bidirectional: False -> True"),
        ("sentiment", ["text.kind=subwords"], "reads words, the sentiment model reads subwords"),
        ("sentiment", ["model.vectors=a.txt"], "has embeddings; model.vectors is a.txt, leave it out"),
        ("ner", ["model.layers=2"], "model.layers: 1 -> 2"),
    ],
)
def test_what_does_not_fit_is_refused(task, settings, words, lm, tmp_path):
    with pytest.raises(SettingsError, match=words):
        training.prepare(task, base=lm.path, run=tmp_path / "run", overrides=settings)
    assert not (tmp_path / "run").exists()


def test_a_language_model_of_another_unit_or_that_is_not_trained_and_other_tasks_are_refused(lm, tmp_path, monkeypatch):
    with pytest.raises(RunError, match="is a run of language-model, not of translate; give a run of translate"):
        training.prepare("translate", base=lm.path, run=tmp_path / "run")
    with monkeypatch.context() as patch:
        text = lm.settings.text.model_copy(update={"kind": "characters"})
        patch.setattr(RunFolder, "_read_settings", lambda _: lm.settings.model_copy(update={"text": text}))
        with pytest.raises(SettingsError, match="reads characters, the ner model reads words"):
            training.prepare("ner", base=lm.path, run=tmp_path / "run")
    kept = lm.file("best.npz").rename(tmp_path / "best.npz")
    try:
        with pytest.raises(RunError, match="has not been trained yet"):
            training.prepare("ner", base=lm.path, run=tmp_path / "run")
    finally:
        kept.rename(lm.file("best.npz"))


def test_a_classifier_that_is_unfrozen_layer_by_layer_goes_on_to_the_bit(lm, tmp_path, eagerly):
    rows = "".join(f"The film was {'bad' if i % 2 else 'fine'}, {i}\t{i % 2}\n" for i in range(40))
    settings = ("training.epochs=2", "training.unfreeze=gradual", "training.layer_decay=2.6", "training.batch_size=16")
    prepared, _ = _trained("sentiment", rows, tmp_path, *settings, "training.schedule=constant", base=lm.path)
    whole, resumed = training.train(prepared), tmp_path / "resumed"
    stopped = [*settings, "training.schedule=constant", "training.epochs=1"]
    corpus = str(tmp_path / "sentiment.tsv")
    first = training.train(training.prepare("sentiment", corpus=corpus, run=resumed, overrides=stopped, base=lm.path))
    frozen, start = first.read_arrays("state.npz")[0], lm.read_arrays("best.npz")[0]
    np.testing.assert_array_equal(
        frozen["encoder/forward_0/lstm_cell/kernel"], start["encoder/forward_0/lstm_cell/kernel"]
    )
    training.train(training.prepare("sentiment", run=resumed, resume=True, overrides=["training.epochs=2"]))
    found, expected = RunFolder(resumed).read_arrays("state.npz")[0], whole.read_arrays("state.npz")[0]
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    assert (expected["encoder/forward_0/lstm_cell/kernel"] != start["encoder/forward_0/lstm_cell/kernel"]).any()
