"""Which split a file is named after, shards of a split, and rows that stand in train too; for every kind of corpus."""

import gzip
import json
import shutil

import pytest

from seqtasks import corpora, training
from seqtasks.corpora.leaks import overlaps
from seqtasks.corpora.sources import split_names
from seqtasks.corpora.sources.split_names import splits_in
from seqtasks.errors import CorpusError

WRITTEN = {
    "labelled": ("tsv", lambda n: f"text {n}\t{n % 2}\n"),
    "tagged": ("conll", lambda n: f"word{n}\tO\n\n"),
    "text": ("txt", lambda n: f"line {n}\n"),
}


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("train.tsv", ["train"]),
        ("TRAIN.tsv", ["train"]),
        ("wnut17train.conll", ["train"]),
        ("en_ewt-ud-train.conllu", ["train"]),
        ("eng.train", ["train"]),
        ("train.lc.norm.tok.en", ["train"]),
        ("train_data.csv", ["train"]),
        *((f"{name}.tsv", ["dev"]) for name in ("dev", "devel", "val", "valid", "validation", "testa", "dev2010")),
        ("emerging.test.annotated", ["test"]),
        ("eng.testb", ["test"]),
        ("test_2016_flickr.de", ["test_2016_flickr"]),
        ("Test_2016.tsv", ["test_2016"]),
        ("test.2016.de", ["test.2016"]),
        ("sst-test-2.tsv", ["test-2"]),
        ("newstest2014.de", ["newstest2014"]),
        ("newsdev2016.de", ["dev"]),
        ("newsdiscusstest2015-enfr.fr", ["newsdiscusstest2015-enfr"]),
        ("train_dev.tsv", ["train", "dev"]),
        ("dev-test.txt", ["dev", "test"]),
        ("valid.dev.txt", ["dev"]),
        *(
            (f"{word}.tsv", [])
            for word in ("latest", "contest2019", "trainer", "training", "greatest", "devil", "übertest")
        ),
        ("README.md", []),
    ],
)
def test_a_split_stands_in_a_name_as_a_word(name, splits):
    assert splits_in(name) == splits


def test_tests_are_told_by_their_names():
    names = ["train", "dev", "test", "test_2016", "newstest2014", "newsdiscusstest2015", "contest"]
    assert split_names.tests_among(names) == ["test", "test_2016", "newstest2014", "newsdiscusstest2015"]


def aligned(folder, **texts):
    for split, lines in texts.items():
        for suffix in ("de", "en"):
            (folder / f"{split}.{suffix}").write_text("".join(f"{line} {suffix}\n" for line in lines))
    return folder


@pytest.mark.parametrize("kind", list(WRITTEN))
def test_ambiguous_and_other_names_are_left_out_and_said(tmp_path, caplog, kind):
    caplog.set_level("INFO")
    suffix, written = WRITTEN[kind]
    for number, name in enumerate(("train", "train_dev", "devel", "test", "latest")):
        (tmp_path / f"{name}.{suffix}").write_text(written(2 * number) + written(2 * number + 1))
    corpus = corpora.load(tmp_path, kind=kind)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 2, "dev": 2, "test": 2}
    assert f"train_dev.{suffix} is left out: its name tells several splits, train and dev" in caplog.text
    assert f"latest.{suffix} is left out: its name tells no split" in caplog.text


def test_aligned_files_follow_the_same_rule(tmp_path, caplog):
    caplog.set_level("INFO")
    aligned(tmp_path, train="ab", devel="c", newstest2014="d", train_dev="abc", extra="e")
    corpus = corpora.load(tmp_path, source="de", target="en")
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 2, "dev": 1, "newstest2014": 1}
    assert corpus.split("test") == [{"source": "d de", "targets": ("d en",)}]
    assert "train_dev.en is left out: its name tells several splits, train and dev" in caplog.text
    assert "extra.de is left out: its name tells no split" in caplog.text


@pytest.mark.parametrize("shard", ["train-{}.{}", "train.{1}-{0}", "train.{1}-{0}.gz", "train.{1}.gz-{0}"])
@pytest.mark.parametrize("kind", list(WRITTEN))
def test_shards_are_joined_in_order(tmp_path, kind, shard):
    suffix, written = WRITTEN[kind]
    for number in range(11):
        name = shard.format(f"{number:05}-of-00011", suffix)
        content = (written(2 * number) + written(2 * number + 1)).encode()
        (tmp_path / name).write_bytes(gzip.compress(content) if ".gz" in name else content)
    for name in ("dev", "test"):
        (tmp_path / f"{name}-00000-of-00001.{suffix}").write_text(written(90) + written(91))
    corpus = corpora.load(tmp_path, kind=kind)
    (tmp_path / "whole").mkdir()
    whole = tmp_path / "whole" / f"train.{suffix}"
    whole.write_text("".join(map(written, range(22))))
    for name in ("dev", "test"):
        shutil.copy(tmp_path / f"{name}-00000-of-00001.{suffix}", tmp_path / "whole" / f"{name}.{suffix}")
    assert corpus.fingerprint == corpora.load(tmp_path / "whole", kind=kind).fingerprint
    missing = tmp_path / shard.format("00003-of-00011", suffix)
    missing.unlink()
    with pytest.raises(CorpusError) as caught:
        corpora.load(tmp_path, kind=kind)
    assert str(caught.value).startswith(f"{missing} is not there, one of the 11 shards that")
    shutil.copy(whole, tmp_path)
    with pytest.raises(CorpusError, match="are the same split twice; keep one of them"):
        corpora.load(tmp_path, kind=kind)


def test_aligned_shards_are_joined_side_by_side(tmp_path):
    aligned(tmp_path, **{"train-00000-of-00002": "ab", "train-00001-of-00002": "c", "dev": "d", "test": "e"})
    corpus = corpora.load(tmp_path, source="de", target="en")
    assert [row["source"] for row in corpus.split("train")] == ["a de", "b de", "c de"]
    (tmp_path / "train-00001-of-00002.en").rename(tmp_path / "train-00000-of-00001.en")
    with pytest.raises(CorpusError, match="are the same split twice|is not there, one of the 2 shards"):
        corpora.load(tmp_path, source="de", target="en")


def test_rows_that_stand_in_train_too_are_counted_once_each():
    def pair(source, *targets):
        return {"source": source, "targets": targets}

    splits = {
        "train": [pair("a", "x", "y"), pair("b", "z")],
        "dev": [pair("A", "q", "X"), pair("b", "x"), pair("c", "p")],
        "test": [],
    }
    corpus = corpora.Corpus("mine", splits, ("a", "b"), "", "")
    assert overlaps(corpus) == {"dev": {"source": 2, "target": 2, "pair": 1}, "test": {}}
    assert json.dumps(corpora.report(corpus).overlaps) == json.dumps(overlaps(corpus))


@pytest.mark.parametrize("task", ["ner", "sentiment", "language-model"])
def test_training_warns_of_rows_that_stand_in_train_too(tmp_path, caplog, task):
    kind = {"ner": "tagged", "sentiment": "labelled", "language-model": "text"}[task]
    suffix, written = WRITTEN[kind]
    for name, numbers in (("train", range(8)), ("dev", (3, 9)), ("test", (10, 11))):
        (tmp_path / f"{name}.{suffix}").write_text("".join(map(written, numbers)))
    corpus = training.prepare(task, corpus=str(tmp_path), run=tmp_path / "run").corpus
    wanted = [one for one in corpora.report(corpus).problems if "in train too" in one]
    assert (
        wanted
        == {
            "tagged": ["dev: 1 of 2 rows have their sentence in train too"],
            "labelled": ["dev: 1 of 2 rows have their text in train too"],
            "text": [],
        }[kind]
    )
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == wanted
