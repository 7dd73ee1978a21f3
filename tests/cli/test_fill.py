"""Every verb on sentences with gaps, through the real command line, and what is refused."""

import json

import pytest
from commands import call, refused

_TINY = [
    "model.units=6",
    "model.embedding=5",
    "model.hidden=4",
    "training.epochs=1",
    "corpus.dev=0.1",
    "corpus.test=0.1",
]
_LINES = "".join(
    f"{who} {does} the {what}.\n" for who in ("I", "you") for does in ("see", "don't") for what in "abcdefgh"
)


def settings(*more):
    return [part for setting in (*_TINY, *more) for part in ("--set", setting)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fill")
    (folder / "lines.txt").write_text(_LINES, encoding="utf-8")
    done = call("train", "--task", "fill", "--corpus", folder / "lines.txt", "--run", folder / "run", *settings())
    assert done.code == 0, done.err
    assert "dev nats_per_word " in done.err
    return folder / "run"


def test_gaps_are_filled_and_learned_by_every_verb(run, tmp_path):
    found = json.loads(call("evaluate", run, "--json").out)
    names = ["nats_per_word", "perplexity", "accuracy", "accuracy_among_five"]
    assert [score["name"] for score in found["scores"]] == names
    assert "unscored:0" in found["scores"][0]["signature"] and "gaps:one" in found["scores"][0]["signature"]
    assert [one["of"] for one in found["baselines"]][::2] == [
        *("1-gram", "left 5-gram", "right 5-gram", "two-sided 5-gram"),
    ]
    assert all("unscored:0|n:" in one["signature"] for one in found["baselines"])
    assert [one["by"] for one in found["slices"]] == [
        *("words in the sentence", "count in train of a word", "place of a word", "place from the end of a word"),
    ]
    assert "test nats_per_word" in call("show", run).out

    looked = call("explain", run, "I ___ the a.", "--output", tmp_path / "why.html")
    assert (looked.code, looked.out) == (0, f"{tmp_path / 'why.html'}\n")
    for verb, told in (("sample", "sampling"), ("cells", "showing cells"), ("gradients", "gradient flow")):
        refused(call(verb, run), told)

    other, together = tmp_path / "left", tmp_path / "together"
    more = settings("model.reading=left", "model.cell=gru")
    done = call("train", "--task", "fill", "--corpus", run.parent / "lines.txt", "--run", other, *more)
    assert done.code == 0, done.err
    assert call("ensemble", run, other, "--run", together).code == 0
    compared = call("compare", run, together)
    assert "p = " in compared.out and "accuracy_among_five" in compared.out and str(together) in compared.out


def test_one_line_of_answers_for_one_line_with_or_without_gaps(run):
    lines = "I ___ the a.\n\nno gap\n___\n_ __\n" + "___ " * 10_000 + "\n\1 zzz zzz ___\nun___able\n"
    answered = call("predict", run, stdin=lines.encode())
    assert (answered.code, len(answered.lines)) == (0, 8)
    assert answered.lines[1:3] == ["", "no gap"]
    assert answered.lines[4] == "_ __"
    assert "___" not in answered.lines[0] + answered.lines[3] + answered.lines[7]
    for told in (
        "line 3: it has no gap; mark one by ___",
        "line 6: longer than the length limit; its end was not read",
        "line 7: 67% of it is not in the vocabulary",
        "line 8: a gap is a whole word, but letters are attached to one",
    ):
        assert told in answered.err
    assert answered.err.count("no gap") == 2

    best = call("predict", run, "I ___ the ____", "--n-best", "3", "--json")
    records = [json.loads(line) for line in best.lines]
    assert [gap["begin"] for gap in records[0]["gaps"]] == [2, 10]
    assert records[0]["answer"].startswith(f"I {records[0]['gaps'][0]['word']} the ")
    refused(call("predict", run, "x", "--beam", "3"), "task fill does not have --beam")
    refused(call("predict", run, "x", "--n-best", "0"), "--n-best")


def test_what_no_gap_can_be_filled_with_is_refused(here):
    (here / "lines.txt").write_text(_LINES, encoding="utf-8")
    (here / "blank.txt").write_text("\n\n", encoding="utf-8")
    training = ["train", "--task", "fill", "--run", "new", "--corpus"]
    for setting, expected in (
        ("text.kind=subwords", "text.kind: received 'subwords'"),
        ("model.bidirectional=true", "model.bidirectional: received"),
        ("model.reading=up", "model.reading: received 'up'"),
        ("model.gaps=1", "model.gaps: received 1"),
    ):
        refused(call(*training, "lines.txt", *settings(setting)), expected)
    refused(call(*training, "blank.txt", *settings()), "blank.txt has blank lines only; it must hold text")
