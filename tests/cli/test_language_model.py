"""Every verb on a language model, through the real command line, and what is refused."""

import json
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf
from commands import call, refused, tree, with_graphs
from together import sibling

import seqtasks
from seqtasks.errors import SettingsError, UsageError
from seqtasks.play.differing import differing
from seqtasks.play.players import Player

# Its texts are long, and many steps take longer than a graph.
pytestmark = pytest.mark.usefixtures("by_graphs")

_TINY = ["model.units=12", "model.embedding=8", "training.epochs=1", "training.chunk=100", "sampling.length=30"]


def train(folder, *more, corpus="quotes"):
    options = [setting for setting in more if setting.startswith("--")]
    settings = [part for setting in (*_TINY, *more) if setting not in options for part in ("--set", setting)]
    return call("train", "--task", "language-model", "--corpus", corpus, "--run", folder, *settings, *options)


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    run = tmp_path_factory.mktemp("writer") / "run"
    # Its chunks are long.
    with with_graphs():
        done = train(run, "training.sample_every=10")
    assert done.code == 0, done.err
    assert "step 10  loss " in done.err
    assert "dev nats_per_character " in done.err
    return run


def test_a_language_model_goes_through_every_verb(writer, tmp_path, unchecked):
    found = json.loads(call("evaluate", writer, "--json").out)
    names = ["nats_per_character", "bits_per_character", "perplexity"]
    assert [score["name"] for score in found["scores"]] == [*names, *(f"{name}_with_n_grams" for name in names)]
    assert [one["of"] for one in found["baselines"]] == [f"{order}-gram" for order in range(1, 7)]
    assert found["slices"][0]["by"] == "characters in the line, its end counted"
    printed = call("evaluate", writer).out
    assert "of a 6-gram" in printed
    card = call("show", writer).out
    assert "test nats_per_character" in card
    assert "\nstep 10 " in card

    answered = call("predict", writer, stdin=b"a word\n\nother")
    assert len(answered.lines) == 3
    assert answered.lines[1] == ""
    record = json.loads(call("predict", writer, "a word", "--json").out)
    assert len(record["answer"]) == 30
    refused(call("predict", writer, "x", "--beam", "3"), "task language-model does not have --beam")

    looked = call("attention", writer, "a word", "--output", tmp_path / "why.html")
    assert (looked.code, looked.out) == (0, f"{tmp_path / 'why.html'}\n")
    exported = call("export", writer, "--output", tmp_path / "model")
    assert exported.code == 0, exported.err
    assert call("predict", tmp_path / "model", "a word").out == call("predict", writer, "a word").out
    refused(call("sample", tmp_path / "model"), "is an exported model; give the run that it was exported from")


@pytest.mark.slow
def test_the_page_gets_what_else_was_likely_and_text_as_it_is_sampled(writer, tmp_path):
    player = Player(seqtasks.load(writer))
    found = player.answer("a word")
    pieces = [place["piece"] for place in found["places"]]
    assert len(pieces) == len("a word") + 1 and pieces[-1] == ""
    measured = player.model.task.signatures()["score"].function(tf.constant(["a word"]))["log_probabilities"][0]
    shares = [place["probability"] for place in found["places"][:-1]]
    np.testing.assert_allclose(shares, np.exp(measured), atol=1e-5)
    next_one = found["places"][-1]["likeliest"]
    assert len(next_one) == 10 and next_one == tuple(sorted(next_one, key=lambda pair: -pair[1]))
    assert player.model.predict("a word", top_k=1, length=1) in (next_one[0][0], "\n", " ")
    assert player.answer("")["places"][0]["likeliest"]
    json.dumps([found, player.described()], allow_nan=False)
    options = ["--length", "200", "--seed", "3", "--top-k", "4"]
    written = "".join(player.write("a word", seed=3, top_k=4, temperature=None))
    assert call("sample", writer, "--prompt", "a word", *options).out == f"a word{written}\n"
    with pytest.raises(SettingsError, match="temperature: received nan"):
        next(player.write("a word", temperature=float("nan")))

    assert player.described()["units"] == {"layers": 1, "units": player.model.settings.model.units}
    followed = player.unit("a word", 1, 2)
    assert followed["pieces"] == pieces[:-1] and all(-1 <= value <= 1 for value in followed["values"])
    held = "".join(player.write("a word", {"layer": 1, "unit": 2, "value": 1}, seed=3, top_k=4))
    assert held != written == "".join(player.write("a word", seed=3, top_k=4))
    with pytest.raises(UsageError, match="no answers that begin with a prefix"):
        player.answer("a word", "a")
    with pytest.raises(UsageError, match="unit: received 0; allowed: a whole number from 1 to "):
        player.unit("a word", 1, 0)
    other = Player(seqtasks.load(sibling(writer, tmp_path / "other", units=5).path))
    found = differing(player, other)
    apart = [abs(one - two) for one, two in zip(*(of.lines(found["inputs"]) for of in (player, other)), strict=True)]
    assert apart == sorted(apart, reverse=True) and len(apart) == 5 and not found["kept"]


def test_dynamic_evaluation_is_scored_beside_the_static_one(writer, files, tmp_path, monkeypatch):
    monkeypatch.setattr("seqtasks.tasks.language_model.beside.scores._TRIED", 60)
    (tmp_path / "text.txt").write_text('he said "so"\n' * 4)
    own = ["--input", tmp_path / "text.txt", "--dynamic"]
    done = call("evaluate", writer, *own)
    assert done.code == 0, done.err
    assert re.search(
        r"\nperplexity_dynamic +\d+\.\d\d \[.*\|dynamic:rate=0\.\d+,decay=0\.\d+,segment=20,fitted:dev\|", done.out
    )
    assert "text.txt perplexity_dynamic_with_n_grams" in call("show", writer).out

    refused(call("evaluate", files.run, "--dynamic"), "dynamic evaluation needs a language-model run, but")
    copy = shutil.copytree(writer, tmp_path / "copy")
    settings = (copy / "settings.yaml").read_text()
    (copy / "settings.yaml").write_text(settings.replace("name: quotes", f"name: {tmp_path / 'gone.txt'}"))
    refused(call("evaluate", copy, *own), "chooses its learning rate on dev, but corpus", "leave --dynamic out")
    refused(call("evaluate", files.exported, "--dynamic"), "is not a run folder")


def test_an_ensemble_of_writers_writes_but_is_not_looked_into(writer, tmp_path, eagerly):
    other = sibling(writer, tmp_path / "other", units=9, cell="rnn")
    assert call("ensemble", writer, other.path, "--run", tmp_path / "run").code == 0
    parts = [call("sample", tmp_path / "run", "--length", 20, "--seed", seed).out for seed in (1, 1, 2)]
    assert parts[0] == parts[1] != parts[2]
    single = (
        f"needs a single run, but '{tmp_path / 'run'}' is an ensemble; give one of its runs: {writer}, {other.path}"
    )
    refused(call("cells", tmp_path / "run"), f"showing cells {single}")
    refused(call("evaluate", tmp_path / "run", "--dynamic"), f"dynamic evaluation {single}")
    refused(call("gradients", writer, tmp_path / "run"), f"gradient flow {single}")


def test_dry_run_shows_settings_and_sizes_and_writes_nothing(here):
    shown = train("new", "--dry-run")
    assert shown.code == 0, shown.err
    for part in ("task: language-model\n", "  units: 12\n", "corpus      quotes\n", "examples\n", "characters"):
        assert part in shown.out
    assert int(shown.lines[-1].removeprefix("parameters  ").replace(",", "")) > 1000
    assert tree(here) == {}


def test_sample_writes_what_the_seed_says(writer):
    first = call("sample", writer, "--prompt", "a word", "--length", "50", "--seed", "4")
    assert first.code == 0, first.err
    assert first.out.startswith("a word")
    assert len(first.out) == len("a word") + 50 + 1
    assert call("sample", writer, "--prompt", "a word", "--length", "50", "--seed", "5").out != first.out
    greedy = call("sample", writer, "--top-k", "1", "--temperature", "2", "--length", "20", "--seed", "3").out
    assert greedy == "".join(seqtasks.load(writer).sample(top_k=1, length=20)) + "\n"


def test_a_prompt_that_is_unknown_or_too_long_is_told(writer):
    told = call("sample", writer, "--prompt", "жжж", "--length", "5")
    assert told.code == 0
    assert "the prompt: 100% of it is not in the vocabulary" in told.err
    told = call("predict", writer, stdin=b"x" * 1_000_000)
    assert told.code == 0
    assert "line 1: longer than the length limit; its beginning was not read" in told.err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("--temperature", "0", "0 is not in the range"), ("--temperature", "-1", "-1.0 is not in the range"),
     ("--temperature", "hot", "is not a valid float"), ("--length", "0", "0 is not in the range"),
     ("--top-k", "0", "0 is not in the range"), ("--seed", "-1", "-1 is not in the range")],
)  # fmt: skip
def test_what_no_text_can_be_drawn_with_is_refused(writer, option, value, message):
    refused(call("sample", writer, option, value), option, message)


@pytest.mark.slow
def test_gradients_flow_and_hold(writer, tmp_path):
    shown = call("gradients", writer, "--steps", "20", "--output", tmp_path / "flow.svg")
    assert shown.code == 0, shown.err
    assert shown.lines[0].split()[-5:] == ["1", "2", "4", "8", "16"]
    assert [line.split()[1] for line in shown.lines[1:3]] == ["dL/dh", "dL/dc"]
    assert (tmp_path / "flow.svg").read_text(encoding="utf-8").count("<path") > 5
    assert call("gradients", writer, "--steps", "20", "--untrained").out != shown.out
    checked = call("gradients", writer, "--check")
    assert checked.code == 0, checked.err
    assert checked.out.count("error") == len(checked.lines) == 6
    refused(call("gradients", writer, "--output", tmp_path / "flow.gif"), ".gif")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; it must hold text"),
        (b"\n\n \n", "has blank lines only"),
        (b"a line\nna\xefve\n", ":2: byte 3 of the line, 0xef, is not UTF-8"),
        (b"too short for so many streams\n", "too few for 64 parallel streams; lower training.batch_size"),
    ],
)
def test_a_bad_text_is_refused_before_anything_is_written(tmp_path, content, message):
    (tmp_path / "text.txt").write_bytes(content)
    refused(train(tmp_path / "run", corpus=tmp_path / "text.txt"), message)
    assert not (tmp_path / "run").exists() or not any((tmp_path / "run").iterdir())


@pytest.mark.slow
def test_one_character_repeated_and_less_than_a_chunk_can_be_learned(tmp_path):
    (tmp_path / "text.txt").write_text("a" * 60, encoding="utf-8")
    done = train(tmp_path / "run", "training.batch_size=1", "training.sample_every=0", corpus=tmp_path / "text.txt")
    assert done.code == 0, done.err
    assert call("sample", tmp_path / "run", "--length", "9").out == "aaaaaaaaa\n"


def test_settings_that_do_not_fit_are_refused(tmp_path):
    refused(train(tmp_path / "run", "model.initialization=identity"), "'identity' is for the vanilla cell")
    refused(train(tmp_path / "run", "model.bidirectional=true"), "model.bidirectional: received True")
    refused(train(tmp_path / "run", "sampling.temperature=0"), "sampling.temperature: received 0")
    refused(train(tmp_path / "run", "corpus.test=0.7"), "corpus.test: received 0.7")
