"""What may change in a run that has begun, in trainings that are really resumed."""

import pytest

from seqtasks import training
from seqtasks.errors import SettingsError
from seqtasks.runs.creating import new_run
from seqtasks.runs.folder import RunFolder, settings_file
from seqtasks.settings import flatten, resolve
from seqtasks.tasks import schema_of

_QUICK = ("model.units=3", "model.embedding=3", "training.epochs=1", "training.batch_size=16")


def _texts(path):
    path.write_text("".join(f"{i} {i % 5}\t{'ab'[i % 2]}\n" for i in range(40)), encoding="utf-8")
    return ("sentiment", path, ("text.kind=words", "text.max_length=9", "model.encoder=none", "model.dropout=0"))


def _sentences(path):
    path.write_text("".join(f"w{i} O\nw{i % 5} B-X\n\n" for i in range(40)), encoding="utf-8")
    return ("ner", path, ("text.max_length=8", "model.characters=none", "model.output=softmax"))


@pytest.mark.parametrize(
    ("corpus", "key", "value"),
    [
        (_texts, "training.class_weights", {"b": 3.0}),
        (_texts, "model.dropout", 0.3),
        (_sentences, "model.word_dropout", 0.9),
    ],
)
def test_what_may_change_changes_in_a_run_that_goes_on(corpus, key, value, tmp_path, eagerly):
    task, path, more = corpus(tmp_path / "corpus.tsv")
    prepared = training.prepare(task, corpus=str(path), overrides=[*_QUICK, *more], run=tmp_path / "run")
    first = training.train(prepared)
    assert training.prepare(task, base=first.path, run=tmp_path / "other", overrides=[f"{key}={value}"]).base
    change = [f"{key}={value}", "training.epochs=2"]
    prepared = training.prepare(task, run=first.path, resume=True, overrides=change)
    assert prepared.changed == {key: (flatten(first.settings)[key], value), "training.epochs": (1, 2)}
    resumed = training.train(prepared)
    assert resumed.manifest["epochs"] == 2
    assert flatten(resumed.settings)[key] == value


def test_a_run_begun_with_a_setting_that_did_nothing_is_read_without_it_and_goes_on(tmp_path):
    settings = resolve(schema_of("ner"), overrides=["model.cell=rnn", "model.activation=relu"])
    manifest = {"task": "ner", "status": "training", "text_fingerprint": "", "corpus": {}, "command": ""}
    with new_run(tmp_path / "run", settings, manifest, probes=[], replace=False):
        pass
    written = tmp_path / "run" / "settings.yaml"
    written.write_text(settings_file(settings).replace("cell: rnn", "cell: gru"), encoding="utf-8")
    assert RunFolder(tmp_path / "run").settings == resolve(schema_of("ner"), overrides=["model.cell=gru"])
    assert training.prepare("ner", run=tmp_path / "run", resume=True).changed == {}
    base = training.prepare("ner", run=tmp_path / "other", base=tmp_path / "run")
    assert base.settings.model.activation == "tanh"
    with pytest.raises(SettingsError, match="model.activation 'relu' is for the vanilla cell"):
        training.prepare("ner", run=tmp_path / "run", resume=True, overrides=["model.activation=relu"])
