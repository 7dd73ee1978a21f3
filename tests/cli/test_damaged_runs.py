"""Runs and exports with parts missing, damaged, or taken from elsewhere: each is named, and nothing is lost."""

import json
import shutil
from pathlib import Path

import pytest
from commands import call, refused, tree

import seqtasks
import seqtasks.runs.folder
from seqtasks.errors import RunError


@pytest.mark.parametrize("part", ["settings.yaml", "text", "manifest.json", "probes.json"])
@pytest.mark.parametrize("verb", ["show", "predict", "attention", "evaluate", "export"])
def test_a_run_without_one_of_its_parts_is_refused(here, run, verb, part):
    shutil.rmtree(run / part) if (run / part).is_dir() else (run / part).unlink()
    before = tree(run.parent)
    refused(call(verb, run, *(["1"] if verb in ("predict", "attention") else [])), run, "incomplete", part)
    assert tree(run.parent) == before


@pytest.mark.parametrize("part", ["best.npz", "state.npz"])
def test_a_run_without_its_weights_does_not_answer_or_go_on(run, part):
    (run / part).unlink()
    before = tree(run)
    if part == "best.npz":
        for verb in ("predict", "attention"):
            refused(call(verb, run, "1"), "missing best.npz")
        refused(call("evaluate", run), "missing best.npz")
    more = ["--set", "training.epochs=2"]
    refused(call("train", "--task", "translate", "--run", run, "--resume", *more), f"missing {part}")
    assert tree(run) == before


_DAMAGED = [
    ("settings.yaml", ["show"]),
    ("manifest.json", ["show"]),
    ("best.npz", ["predict"]),
    ("probes.json", ["export"]),
    ("text/languages.json", ["predict"]),
    ("text/source/text.json", ["predict"]),
    ("text/source/sentencepiece.model", ["predict"]),
    ("scores/test.json", ["show"]),
]


@pytest.mark.parametrize(("part", "verb"), _DAMAGED, ids=[part for part, _ in _DAMAGED])
@pytest.mark.parametrize("content", [b"\xff\xfe{", b"[", b"5", b'{"a": 1}', None], ids=repr)
def test_a_damaged_part_is_named(here, run, part, verb, content):
    whole = (run / part).read_bytes()
    (run / part).write_bytes(whole[: len(whole) // 2] if content is None else content)
    before = tree(run.parent)
    refused(call(*verb, run, *(["1"] if verb == ["predict"] else [])), run / part.split("/")[0])
    assert tree(run.parent) == before


def test_settings_without_their_end_are_never_taken_for_a_run_s(run):
    lines = (run / "settings.yaml").read_bytes().splitlines(keepends=True)
    for count in range(len(lines)):
        (run / "settings.yaml").write_bytes(b"".join(lines[:count]))
        with pytest.raises(RunError, match="settings.yaml"):
            seqtasks.runs.folder.RunFolder(run)


def test_any_flipped_byte_in_the_weights_is_found_or_harmless(run):
    whole = (run / "best.npz").read_bytes()
    for place in range(5, len(whole), len(whole) // 60):
        (run / "best.npz").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            arrays, _ = seqtasks.runs.folder.RunFolder(run).read_arrays("best.npz")
        except RunError:
            continue
        assert arrays


def test_a_damaged_state_leaves_the_run_as_it_was(run):
    whole = (run / "state.npz").read_bytes()
    (run / "state.npz").write_bytes(whole[:-100])
    before = tree(run)
    more = ["--set", "training.epochs=2"]
    refused(call("train", "--task", "translate", "--run", run, "--resume", *more), run / "state.npz", "damaged")
    assert tree(run) == before


def test_parts_of_two_runs_do_not_mix(run, other, here):
    shutil.copytree(other / "text", run / "text", dirs_exist_ok=True)
    refused(call("predict", run, "1"), "does not match its weights", run)
    shutil.copy(other / "best.npz", run / "best.npz")
    refused(call("export", run), "does not match its weights", run)
    whole = tree(other)
    shutil.copy(run.parent / "run" / "state.npz", other / "state.npz")
    more = ["--set", "training.epochs=2"]
    refused(call("train", "--task", "translate", "--run", other, "--resume", *more), "belongs to another text")
    assert {**tree(other), "state.npz": None} == {**whole, "state.npz": None}
    assert tree(here) == {}


def test_weights_of_another_text_or_size_are_refused(files, run, other):
    shutil.copy(other / "best.npz", run / "best.npz")
    refused(call("predict", run, "1"), run / "best.npz", "belongs to another text")
    shutil.copy(files.run / "best.npz", run / "best.npz")
    settings = (run / "settings.yaml").read_text()
    (run / "settings.yaml").write_text(settings.replace("units: 24\n", "units: 25\n", 1))
    refused(call("predict", run, "1"), run / "best.npz", "does not fit the run's settings")


def test_a_run_of_a_later_format_or_another_task_is_refused(run):
    manifest = json.loads((run / "manifest.json").read_text())
    for change, message in (
        ({"format": 99}, "upgrade seqtasks"),
        ({"format": "1"}, "damaged"),
        ({"task": "origami"}, "unknown task 'origami'"),
        ({"corpus": None}, "damaged"),
    ):
        (run / "manifest.json").write_text(json.dumps({**manifest, **change}))
        refused(call("show", run), message)
        refused(call("predict", run, "1"), message)


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("saved_model.pb", b"junk", "is damaged"),
        ("seqtasks.json", None, "is a SavedModel that seqtasks did not export"),
        ("seqtasks.json", b"{", "is a SavedModel that seqtasks did not export"),
        ("seqtasks.json", b"[]", "is a SavedModel that seqtasks did not export"),
        ("seqtasks.json", b"{}", "is a SavedModel that seqtasks did not export"),
        ("variables/variables.index", b"", "is damaged"),
        ("variables/variables.data-00000-of-00001", b"junk", "is damaged"),
    ],
)
def test_a_damaged_export_is_refused(files, tmp_path, part, content, message):
    model = Path(shutil.copytree(files.exported, tmp_path / "model"))
    (model / part).write_bytes(content) if content is not None else (model / part).unlink()
    refused(call("predict", model, "1"), model, message)
