"""Programs through the real command line: what is printed, and what is refused."""

import json

import pytest
from commands import call, refused
from tiny_corpora import sets, tiny_settings, write_corpus


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("code")
    corpus = write_corpus(folder, "code")
    settings = sets(*tiny_settings("code"), "corpus.dev=6", "corpus.test=6")
    done = call("train", "--task", "code", "--corpus", corpus, "--run", folder / "run", *settings)
    assert done.code == 0, done.err
    return folder / "run"


def test_programs_go_through_the_verbs(run, tmp_path):
    shown = call("evaluate", run, "--json")
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    exact, bleu, parses = found["scores"]
    assert bleu["signature"].startswith("n:1-4|tok:Ling et al.|form:ast|smooth:none|refs:closest|bs:1000")
    assert (exact["name"], parses["name"], parses["value"]) == ("exact", "parses", 100)
    assert exact["signature"].startswith("trees of Python's ast|refs:any|bs:1000")
    assert [one["of"] for one in found["baselines"]] == ["nearest sentence"]
    assert [part["by"] for part in found["slices"]] == ["words in the sentence"]

    answered = call("predict", run, "--json", "--n-best", "2", stdin=b"1 2\n\n")
    first, blank = map(json.loads, answered.lines)
    assert len({one["answer"] for one in first["alternatives"]}) == 2
    assert blank["answer"] == ""
    looked = call("explain", run, "1 2", "--output", tmp_path / "tree.json")
    assert looked.code == 0, looked.err
    table = json.loads((tmp_path / "tree.json").read_text(encoding="utf-8"))
    assert table["columns"] == ["1", "2", "</s>"]
    assert (table["rows"][-1], table["prediction"]) == ("</s>", first["answer"])
    assert len(table["fathers"]) == len(table["copied"]) == len(table["rows"])


def test_what_cannot_be_learned_is_refused_with_its_place(here):
    (here / "old.tsv").write_text("say x\tprint x\n", encoding="utf-8")
    (here / "odd.tsv").write_text("say\tprint(x)\ndo\tf'{x}'\n", encoding="utf-8")
    train = ["train", "--task", "code", "--corpus"]
    refused(call(*train, "old.tsv"), "old.tsv:1: the code does not parse: Missing parentheses in call to 'print'")
    message = "odd.tsv:2: the code is not in the grammar: JoinedStr, line 1 (corpus.faults=skip leaves"
    refused(call(*train, "odd.tsv"), message)
    assert message.partition(" (")[0] in call("corpora", "odd.tsv", "--task", "code").err
    (here / "part.tsv").write_text("".join(f"else {n}\telse :\n" for n in range(20)), encoding="utf-8")
    report = call("corpora", "part.tsv", "--task", "code").out
    assert "can be written" in report
    assert "100.0 % of the programs" in report
    refused(call(*train, "reverse"), "'reverse' is parallel text, not sentences with code")
    refused(call("train", "--task", "translate", "--corpus", "phrases"), "'phrases' is sentences with code, not par")
    refused(call(*train, "phrases", "--set", "search.max_length=2"), "search.max_length: received 2")
    refused(call("pack", "phrases", "--task", "code", "--output", "packed"), "cannot be packed")
