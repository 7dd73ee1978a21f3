"""Packed corpora: the same examples as in memory, whatever happens on the way, and what is refused."""

import errno
import gzip
import json
import shutil

import numpy as np
import pytest
from commands import call, refused
from tiny_corpora import sets, tiny_settings, write_corpus

import seqtasks
from seqtasks import corpora
from seqtasks.batches.sequences import Sequences
from seqtasks.corpora.sources import blocks
from seqtasks.training import packing

TASKS = ["translate", "sentiment", "ner", "language-model", "fill"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A tiny run of each task and its corpus, {task: (run, path)}."""
    made = {}
    for task in TASKS:
        folder = tmp_path_factory.mktemp(task)
        corpus = write_corpus(folder, task)
        run = folder / "run"
        done = call("train", "--task", task, "--corpus", corpus, *sets(*tiny_settings(task)), "--run", run)
        assert done.code == 0, done.err
        made[task] = run, corpus
    return made


def pack(task, corpus, output, *more):
    return call("pack", corpus, "--task", task, *sets(*tiny_settings(task)), "--output", output, *more)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "_LINES", 7)
    monkeypatch.setattr(
        packing,
        "rows_in_blocks",
        lambda parts, kind, **options: blocks.rows_in_blocks(parts, kind, lines=7, **options),
    )
    monkeypatch.setattr(packing, "_TOGETHER", 5)


def as_arrays(column):
    return [column.values[:], column.ends[:]] if isinstance(column, Sequences) else [column[:]]


@pytest.mark.parametrize("task", TASKS)
def test_what_is_packed_are_the_examples_of_training(task, runs, small_blocks, tmp_path):
    run, corpus = runs[task]
    done = pack(task, corpus, tmp_path / "packed", "--from", run)
    assert done.code == 0, done.err
    task_, section = seqtasks.load(run).task, seqtasks.load(run).settings.corpus
    packed, kind = corpora.load(tmp_path / "packed", kind=section.kind), corpora.KINDS[section.kind]
    if kind.by_place:
        whole = corpora.load(corpus, kind=kind.name, dev=section.dev, test=section.test)
        rows = whole.split("train")
        for name in ("dev", "test"):
            assert list(packed.split(name)) == list(whole.split(name))
    else:
        held_out = packing._keys(kind, (row for of_split in packed.splits.values() for row in of_split))
        read = corpora.read_rows(corpus, section)
        rows = [row for row in read if held_out.isdisjoint(packing._keys(kind, [row]))]
        assert packed.packed.manifest["dropped"] == len(read) - len(rows) > 0
    assert packed.packed.manifest["rows"] == len(rows)
    for one, other in zip(packed.packed.columns(), task_.columns(rows), strict=True):
        for found, expected in zip(as_arrays(one), as_arrays(other), strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("task", [TASKS[0], *(pytest.param(task, marks=pytest.mark.slow) for task in TASKS[1:-1])])
def test_a_run_is_trained_on_a_packed_corpus_resumed_and_scored(task, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, corpus = runs[task]
    packed = pack(task, corpus, "packed")
    assert packed.code == 0, packed.err
    assert "seqtasks train --task" in packed.out
    training = ["train", "--task", task, "--run", "run"]
    done = call(*training, "--corpus", "packed", *sets(*tiny_settings(task)))
    assert done.code == 0, done.err
    assert "corpus packed" in done.err
    resumed = call(*training, "--resume", *sets("training.epochs=2"))
    assert resumed.code == 0, resumed.err
    scored = call("evaluate", "run")
    assert scored.code == 0, scored.err
    assert "Traceback" not in scored.err
    assert call("corpora", "packed", "--task", task).lines[0].startswith("packed")


def test_a_run_trains_on_a_packed_corpus_from_another_run(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run, corpus = runs["translate"]
    assert pack("translate", corpus, "packed", "--from", run).code == 0
    going_on = call("train", "--task", "translate", "--from", run, "--corpus", "packed", "--run", "more")
    assert going_on.code == 0, going_on.err


def test_an_interrupted_packing_goes_on_to_the_same_corpus(runs, small_blocks, tmp_path, monkeypatch):
    _, corpus = runs["translate"]
    assert pack("translate", corpus, tmp_path / "whole").code == 0
    wanted = json.loads((tmp_path / "whole" / "manifest.json").read_text())
    append, calls = packing._Packing._append, []

    def interrupted(self, name, column, done):
        append(self, name, column, done)
        calls.append(name)
        if len(calls) == 9:
            raise KeyboardInterrupt

    monkeypatch.setattr(packing._Packing, "_append", interrupted)
    stopped = pack("translate", corpus, tmp_path / "packed")
    assert "the same command goes on" in stopped.err
    assert stopped.code == 130 and not (tmp_path / "packed").exists()
    done = pack("translate", corpus, tmp_path / "packed")
    assert done.code == 0, done.err
    assert "going on with" in done.err
    assert json.loads((tmp_path / "packed" / "manifest.json").read_text()) == wanted
    assert sorted(path.name for path in tmp_path.iterdir()) == ["packed", "whole"]


def test_a_changed_corpus_is_packed_from_the_start(runs, small_blocks, tmp_path, monkeypatch):
    corpus = shutil.copy(runs["translate"][1], tmp_path / "mine.tsv")
    with monkeypatch.context() as patch:
        patch.setattr(packing._Packing, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert pack("translate", corpus, tmp_path / "packed").code == 130
    with open(corpus, "a") as file:
        file.write("1 2 3\t3 2 1\n")
    done = pack("translate", corpus, tmp_path / "packed")
    assert done.code == 0 and "going on" not in done.err


def test_a_full_disk_is_told_and_nothing_is_lost(runs, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    _, corpus = runs["translate"]
    with monkeypatch.context() as patch:
        patch.setattr(packing._Packing, "_append", full)
        refused(pack("translate", corpus, tmp_path / "packed"), "No space left on device", "goes on from here", code=1)
    assert not (tmp_path / "packed").exists()
    done = pack("translate", corpus, tmp_path / "packed")
    assert done.code == 0 and "going on with" in done.err


@pytest.fixture
def packed(runs, tmp_path):
    assert pack("translate", runs["translate"][1], tmp_path / "packed").code == 0
    return tmp_path / "packed"


def train(packed, *more, task="translate"):
    return call(
        "train", "--task", task, "--corpus", packed, *sets(*tiny_settings(task)), "--run", packed.parent / "r", *more
    )


def test_what_is_not_a_whole_packed_corpus_is_refused(packed):
    ids = packed / "train" / "source.ids"
    content = ids.read_bytes()
    ids.write_bytes(content[:-2])
    refused(train(packed), ids, f"has {len(content) - 2} bytes instead of {len(content)}")
    ids.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    refused(call("corpora", packed), ids, "sha256 has changed")
    ids.unlink()
    refused(train(packed), ids, "is missing")
    ids.write_bytes(content)
    dev = (packed / "dev.jsonl").read_bytes()
    (packed / "dev.jsonl").write_bytes(dev.replace(b"1", b"2"))
    refused(train(packed), "dev.jsonl has changed")
    (packed / "dev.jsonl").write_bytes(dev)
    manifest = (packed / "manifest.json").read_text()
    for text, said in (("{", "is damaged"), (manifest.replace('"format": 1', '"format": 9'), "the format 9")):
        (packed / "manifest.json").write_text(text)
        refused(train(packed), "manifest" if said == "is damaged" else packed, said)
    (packed / "manifest.json").unlink()
    refused(train(packed), "not wholly packed")


def test_what_does_not_go_with_a_packed_corpus_is_refused(packed, runs, tmp_path):
    refused(train(packed, *sets("text.max_length=9")), "text.max_length: 12 -> 9", "pack the corpus again")
    refused(train(packed, *sets("corpus.source=a")), "leave corpus.source out")
    refused(train(packed, task="sentiment"), "is packed for --task translate")
    refused(pack("translate", packed, tmp_path / "again"), "is packed already")
    refused(pack("translate", runs["translate"][1], packed), "is there already")
    refused(pack("caption", "emoji_scenes", tmp_path / "c"), "cannot be packed")
    refused(pack("translate", runs["translate"][1], tmp_path / "c", "--from", runs["ner"][0]), "is a run of ner")
    refused(pack("ner", runs["ner"][1], tmp_path / "c", *sets("model.vectors=v.txt")), "word vectors cannot be packed")
    refused(pack("translate", tmp_path / "none.tsv", tmp_path / "c"), "none.tsv")
    odd = tmp_path / "odd.tsv"
    odd.write_text("a\tb\n" * 9 + "\tb\n")
    refused(pack("translate", odd, tmp_path / "c"), f"{odd}:10: one side is empty")
    whole = gzip.compress(b"a\tb\n" * 99)
    (tmp_path / "half.tsv.gz").write_bytes(whole[: len(whole) // 2])
    refused(pack("translate", tmp_path / "half.tsv.gz", tmp_path / "c"), "half.tsv.gz is not a whole gzip file")
    (tmp_path / "latin.tsv").write_bytes(b"a\tb\n" * 9 + b"a\t\xe9\n")
    refused(pack("translate", tmp_path / "latin.tsv", tmp_path / "c"), "latin.tsv:10: ")
    (tmp_path / "same.tsv").write_bytes(b"a\tb\n" * 99)
    refused(pack("translate", tmp_path / "same.tsv", tmp_path / "c"), "nothing is left for")
    assert sorted(path.name for path in tmp_path.iterdir() if "c" in path.name) == ["packed"]


def test_sentences_of_dev_and_test_are_in_no_pair_of_train(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    splits = {
        "train": [*((f"a {n}", f"b {n}") for n in range(40)), ("A  3", "x"), ("y", "b 4")],
        "dev": [("a 3", "b 3")],
        "test": [("q", "B 4")],
    }
    for name, pairs in splits.items():
        for suffix, side in zip(("en", "es"), zip(*pairs, strict=True), strict=True):
            (folder / f"{name}.{suffix}").write_text("".join(f"{text}\n" for text in side))
    done = pack("translate", folder, tmp_path / "packed", *sets("corpus.source=en", "corpus.target=es"))
    assert done.code == 0, done.err
    manifest = json.loads((tmp_path / "packed" / "manifest.json").read_text())
    assert (manifest["rows"], manifest["dropped"], manifest["splits"]) == (38, 4, ["dev", "test"])
    assert manifest["languages"] == ["en", "es"]
