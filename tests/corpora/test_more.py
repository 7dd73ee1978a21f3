"""More rows for train: behind its own, and without any that are connected with dev or test."""

import gzip
from dataclasses import replace

import pytest
from own_files import write

from seqtasks import corpora
from seqtasks.errors import CorpusError, FaultsError


@pytest.fixture
def mine(tmp_path):
    """A folder of aligned files, and a function that writes pairs into a folder `more` as its train."""

    def write(folder, split, pairs):
        folder.mkdir(exist_ok=True)
        for suffix, texts in zip(("es", "en"), zip(*pairs, strict=True), strict=True):
            (folder / f"{split}.{suffix}").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")

    for split, pairs in {
        "train": [("uno", "one"), ("dos", "two")],
        "dev": [("tres", "three")],
        "test": [("cuatro", "four"), ("cinco", "five")],
    }.items():
        write(tmp_path / "mine", split, pairs)

    def load(pairs, **options):
        write(tmp_path / "more", "train", pairs)
        return corpora.load(tmp_path / "mine", more=tmp_path / "more", source="es", target="en", **options)

    return load


def pairs_of(rows):
    return [(row["source"], *row["targets"]) for row in rows]


def test_rows_that_reach_dev_or_test_are_left_out(mine, caplog):
    caplog.set_level("INFO", logger="seqtasks")
    corpus = mine(
        [
            ("seis", "six"),
            ("tres y medio", "Three"),  # The target of dev, in another case.
            ("cuatro", "a four"),  # The source of a test row,
            ("un cuatro", "a four"),  # a row that shares its target,
            ("un cuatro", "fours"),  # and one that shares that one's source.
            ("uno", "un"),  # Train may be shared.
        ]
    )
    assert pairs_of(corpus.split("train")) == [("uno", "one"), ("dos", "two"), ("seis", "six"), ("uno", "un")]
    assert "2 rows more for train, 4 left out" in caplog.text
    assert corpus.fingerprint != mine([("seis", "six")]).fingerprint


def test_a_file_has_its_usual_columns(mine, tmp_path):
    path = tmp_path / "more.tsv.gz"
    path.write_bytes(gzip.compress(b"seis\tsix\ncinco\tfive\n"))
    mine([("siete", "seven")])
    corpus = corpora.load(tmp_path / "mine", more=path, source="es", target="en")
    assert pairs_of(corpus.split("train"))[2:] == [("seis", "six")]


def test_what_cannot_be_more_is_refused(mine, tmp_path):
    with pytest.raises(FaultsError, match=r"more/train\.en:2"):
        mine([("seis", "six"), ("siete", "")])
    assert pairs_of(mine([("seis", "six"), ("siete", "")], faults="skip").split("train"))[2:] == [("seis", "six")]
    with pytest.raises(CorpusError, match=r"^corpus\.more: .*gone is not there"):
        corpora.load(tmp_path / "mine", more=tmp_path / "gone", source="es", target="en")
    mine([("seis", "six")])
    (tmp_path / "more" / "train.en").rename(tmp_path / "more" / "dev.en")
    (tmp_path / "more" / "train.es").rename(tmp_path / "more" / "dev.es")
    with pytest.raises(CorpusError, match="more has no train split"):
        corpora.load(tmp_path / "mine", more=tmp_path / "more", source="es", target="en")
    with pytest.raises(CorpusError, match=r"corpus\.more is no setting of running text"):
        corpora.load("quotes", more=tmp_path / "more")


def test_more_commands_of_a_shell_are_read_as_such(tmp_path, monkeypatch):
    rows = {name: [{"source": f"{name} {n}", "targets": (f"x {n}",)} for n in range(2)] for name in ("train", "dev")}
    made = corpora.Corpus("tldr", rows, (), "", "", kind="code", language="shell")
    monkeypatch.setitem(corpora.NAMED, "tldr", replace(corpora.NAMED["tldr"], read=lambda name, **_: made))
    write(tmp_path / "train.sentence", "list x\n")
    write(tmp_path / "train.command", "ls -x | less\n")
    assert corpora.load("tldr", more=tmp_path).split("train")[-1] == {"source": "list x", "targets": ("ls -x | less",)}
    write(tmp_path / "train.command", "ls | | less\n")
    with pytest.raises(CorpusError, match="the code is not in the grammar: a command is missing"):
        corpora.load("tldr", more=tmp_path)
