"""Every verb through its real command line: what it prints, where, and what it writes."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml
from commands import call, refused, tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seqtasks
from seqtasks.errors import UsageError
from seqtasks.evaluation.predictions import one_line
from seqtasks.play.players import Player
from seqtasks.runs.folder import RunFolder
from seqtasks.runs.model_card import model_card
from seqtasks.settings import recipes

_ONE_LINE = st.text(alphabet=st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), max_size=30)


def test_train_prints_the_card_and_writes_a_whole_run(files):
    card = call("show", files.run)
    assert card.code == 0
    for part in ("corpus      ", "dev ", "again with  seqtasks train --task translate", "epoch 1", "test BLEU"):
        assert part in card.out
    names = {path.name for path in files.run.iterdir()}
    whole = {
        "settings.yaml",
        "text",
        "manifest.json",
        "best.npz",
        "state.npz",
        "log.jsonl",
        "samples.jsonl",
        "curve.png",
        "README.md",
    }
    assert whole <= names
    assert not any(name.startswith(".") for name in names | {path.name for path in files.run.parent.iterdir()})


def test_dry_run_shows_settings_and_sizes_and_writes_nothing(files, here):
    shown = call(*files.training, "--dry-run", "--set", "model.units=9")
    assert shown.code == 0
    for part in ("units: 9\n", "train       320 examples", "parameters  ", "14 words of source"):
        assert part in shown.out
    assert tree(here) == {}


def test_training_from_a_run_starts_with_its_text_and_weights(files, tmp_path):
    done = call(
        "train",
        "--task",
        "translate",
        "--from",
        files.run,
        "--run",
        tmp_path / "next",
        "--set",
        "training.learning_rate=1e-9",
    )
    assert done.code == 0, done.err
    assert f"started from  {files.run}" in done.out
    for name, content in tree(files.run / "text").items():
        assert tree(tmp_path / "next" / "text")[name] == content
    with np.load(files.run / "best.npz") as base, np.load(tmp_path / "next" / "best.npz") as found:
        np.testing.assert_allclose(found["output_projection/kernel"], base["output_projection/kernel"], atol=1e-6)


def test_a_trained_run_goes_on_with_more_epochs_and_says_what_changed(run):
    done = call(
        "train", "--task", "translate", "--run", run, "--resume",
        "--set", "training.epochs=2", "--set", "training.learning_rate=0.02",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "changed: training.epochs: 1 -> 2\n" in done.err
    assert "changed: training.learning_rate: 0.01 -> 0.02\n" in done.err
    assert [json.loads(line)["epoch"] for line in (run / "log.jsonl").read_text().splitlines()] == [1, 2]
    assert "epochs: 2\n" in (run / "settings.yaml").read_text()
    assert json.loads((run / "manifest.json").read_text())["status"] == "trained"


def test_overwrite_replaces_a_run_and_leaves_nothing_behind(files, run):
    (run / "mine.txt").write_text("old")
    done = call(*files.training, "--run", run, "--overwrite", "--set", "model.units=5")
    assert done.code == 0, done.err
    assert not (run / "mine.txt").exists()
    assert "units: 5\n" in (run / "settings.yaml").read_text()
    assert [path.name for path in run.parent.iterdir() if path.name.startswith(".")] == []


def test_evaluate_prints_one_json_object_and_keeps_what_it_scored(files, run):
    done = call("evaluate", run, "--split", "dev", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert list(found) == [
        "task",
        "run",
        "split",
        "examples",
        "examples_per_s",
        "scores",
        "baselines",
        "slices",
        "classes",
    ]
    assert (found["task"], found["run"], found["split"], found["examples"]) == ("translate", str(run), "dev", 40)
    assert found["examples_per_s"] > 0
    assert [score["name"] for score in found["scores"]] == ["BLEU", "chrF"]
    for score in found["scores"]:
        assert list(score) == ["name", "value", "low", "high", "signature"]
        assert 0 <= score["low"] <= score["value"] <= score["high"] <= 100
        assert score["signature"].endswith("|beam:5|length_penalty:1|n:40")
    assert (run / "predictions" / "dev.txt").read_text().count("\n") == 40
    (by_length,) = found["slices"]
    assert (by_length["by"], by_length["score"]) == ("words in the source", "BLEU")
    assert sum(part["examples"] for part in by_length["parts"].values()) == 40
    assert found["classes"] == []
    assert json.loads((run / "scores" / "dev.json").read_text())["scores"] == found["scores"]
    _, head, card = (run / "README.md").read_text().split("---\n", 2)
    result = yaml.safe_load(head)["model-index"][0]["results"][0]
    assert [metric["name"] for metric in result["metrics"]] == [score["signature"] for score in found["scores"]]
    assert f"| dev | BLEU | {found['scores'][0]['value']:.1f} | " in card
    # Of weights that are gone, scores are no longer told.
    RunFolder(run).write_arrays("best.npz", {"kernel": np.zeros(1)})
    assert "None yet" in model_card(RunFolder(run))


def test_evaluate_scores_your_own_files_with_several_references(run, tmp_path):
    sources, first, second = (tmp_path / name for name in ("mine.src", "one.ref", "two.ref"))
    sources.write_text("1 2\n\n3\n")
    first.write_text("2 1\nx\n3\n")
    second.write_text("2 1\n\nthree\n")
    done = call("evaluate", run, "--input", sources, "--reference", first, "--reference", second, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["split"], found["examples"]) == ("mine.src", 3)
    assert "nrefs:var|" in found["scores"][0]["signature"]
    assert (run / "predictions" / "mine.src.txt").read_text().split("\n")[1] == ""


def test_predict_answers_arguments_files_and_standard_input_alike(files, tmp_path):
    texts = ["1 2 3", "", "9"]
    given = "".join(f"{text}\n" for text in texts)
    (tmp_path / "in.txt").write_text(given)
    shown = call("predict", files.run, *texts)
    assert (shown.code, shown.err, len(shown.lines), shown.lines[1]) == (0, "", 3, "")
    assert call("predict", files.run, "--input", tmp_path / "in.txt").out == shown.out
    assert call("predict", files.run, stdin=given.encode()).out == shown.out
    assert call("predict", files.run, "--input", "-", stdin=given.encode().removesuffix(b"\n")).out == shown.out
    assert call("predict", files.exported, *texts).out == shown.out
    assert call("predict", files.run, stdin=b"") == (0, "", "")
    written = call("predict", files.run, *texts, "--output", tmp_path / "new" / "out.txt")
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "new" / "out.txt").read_text() == shown.out


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_ONE_LINE, min_size=10, max_size=60), ending=st.sampled_from(["\n", "\r\n"]))
def test_one_line_in_is_one_line_out(files, lines, ending):
    found = call("predict", files.exported, stdin="".join(f"{line}{ending}" for line in lines).encode())
    assert found.code == 0, found.err
    assert len(found.lines) == len(lines)
    assert "\r" not in found.out


@given(st.text(alphabet="\\\n\rnr ab\t", max_size=12))
def test_line_ends_in_an_answer_are_escaped_and_nothing_is_lost(text):
    message = one_line(text)
    assert "\n" not in message
    assert "\r" not in message
    assert message.encode("latin-1").decode("unicode_escape") == text


def test_answers_begin_with_the_prefix_and_its_pieces_count(files):
    model = seqtasks.load(files.run)
    assert call("predict", files.run, "1 2", "3", "--prefix", "4 5").lines == model.predict(["1 2", "3"], prefix="4 5")
    assert all(answer.startswith("4 5") for answer in model.predict(["1 2", "3"], prefix="4 5"))
    (free,) = model.answers(["1 2 3"], best=1)
    (forced,) = model.answers(["1 2 3"], best=5, prefix=free.text)
    assert dict(forced.alternatives)[free.text] == pytest.approx(free.score, abs=1e-5)
    (table, plain) = model.explain("1 2", prefix="4 5"), model.explain("1 2")
    assert (table.rows[:2], table.prediction) == (("▁4", "▁5"), model.predict("1 2", prefix="4 5"))
    assert model.explain("1 2", prefix="").prediction == plain.prediction == model.predict("1 2", prefix="")
    refused(call("predict", files.run, "1", "--prefix", "4 x"), "the prefix '4 x' has pieces that are not in the")
    refused(call("predict", files.run, "1", "--prefix", "4 " * 999), "the prefix has 999 pieces, but an answer has at")


def test_the_page_gets_answers_of_runs_and_exports_and_pieces_to_choose(files):
    run, export = (Player(seqtasks.load(path)) for path in (files.run, files.exported))
    assert (run.described()["kind"], run.described()["pins"]) == ("run", True)
    assert (export.described()["kind"], export.described()["pins"]) == ("export", False)
    free, served = run.answer("1 2 3"), export.answer("1 2 3")
    assert free["text"] == served["text"] == run.model.predict("1 2 3")
    assert free["table"]["rows"] == served["table"]["rows"]
    json.dumps([free, served, run.described()], allow_nan=False)
    # The likeliest piece after a prefix is the first that greedy search writes there.
    chosen = run.choices("1 2 3", "4 5")
    assert len(chosen) == len(run.answer("1 2 3", "4 5")["table"]["rows"])
    greedy = run.model.predict("1 2 3", prefix="4 5", beam=1).split()
    assert chosen[2]["likeliest"][0][0] == ("▁" + greedy[2] if len(greedy) > 2 else "</s>")
    assert [place["piece"] for place in chosen[:2]] == ["▁4", "▁5"]
    for place in chosen:
        shares = [share for _, share in place["likeliest"]]
        assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1 + 1e-5
        assert dict(place["likeliest"]).get(place["piece"], place["probability"]) == place["probability"]
    nodes = run.tree("1 2 3", "4 5")
    assert [node["piece"] for node in nodes[:2]] == ["▁4", "▁5"] and [node["parent"] for node in nodes[:3]] == [
        None,
        0,
        1,
    ]
    assert run.tree(" ", "4 5") == []
    with pytest.raises(UsageError, match="keeps no tree"):
        export.tree("1 2 3")
    with pytest.raises(UsageError, match="cannot be asked for other pieces"):
        export.choices("1 2 3")
    with pytest.raises(UsageError, match="does not write on"):
        run.write("1 2 3")


def test_json_and_n_best_name_the_input_they_answer(files):
    plain = call("predict", files.run, "1 2", "", "7").lines
    records = [json.loads(line) for line in call("predict", files.run, "1 2", "", "7", "--json", "--n-best", "2").lines]
    assert [(record["line"], record["input"]) for record in records] == [(1, "1 2"), (2, ""), (3, "7")]
    assert [record["answer"] for record in records] == plain
    for record in records:
        assert list(record) == ["line", "input", "answer", "score", "alternatives", "cut", "unknown"]
        assert [list(other) for other in record["alternatives"]] == [["answer", "score"]] * 2
        assert record["alternatives"][0] == {"answer": record["answer"], "score": record["score"]}
    rows = [line.split("\t") for line in call("predict", files.run, "1 2", "", "7", "--n-best", "2").lines]
    assert [row[0] for row in rows] == ["1", "1", "2", "2", "3", "3"]
    assert [row[2] for row in rows[::2]] == plain
    assert all(float(first[1]) >= float(second[1]) for first, second in zip(rows[::2], rows[1::2], strict=True))


def test_text_that_was_not_read_as_given_is_told_on_stderr(files):
    found = call("predict", files.run, stdin="1 2\nα β\n".encode() + b"1 " * 50 + b"\n")
    assert found.code == 0
    assert len(found.lines) == 3
    assert found.err.split("\n") == [
        "line 2: 100% of it is not in the vocabulary",
        "line 3: longer than the length limit; its end was not read",
        "",
    ]
    assert call("predict", files.exported, "1 " * 50).err.startswith("text 1: longer than the length limit")


@pytest.mark.parametrize("which", ["run", "exported"])
def test_attention_goes_to_the_terminal_and_to_pictures(files, tmp_path, which):
    model = getattr(files, which)
    shown = call("attention", model, "1 2 3")
    assert (shown.code, shown.err) == (0, "")
    assert shown.lines[0].split() == ["▁1", "▁2", "▁3", "</s>"]
    starts = {".png": b"\x89PNG", ".svg": b"<?xml", ".html": b"<!doctype html>", ".json": b'{"kind": "attention"'}
    for suffix, beginning in starts.items() if which == "run" else [(".json", starts[".json"])]:
        picture = tmp_path / f"attention{suffix}"
        done = call("attention", model, "1 2 3", "--output", picture)
        assert done == (0, f"{picture}\n", "")
        assert picture.read_bytes()[: len(beginning)].lower() == beginning.lower()
    table = json.loads((tmp_path / "attention.json").read_text())
    assert table["columns"] == ["▁1", "▁2", "▁3", "</s>"]
    np.testing.assert_allclose(np.sum(table["weights"], axis=1), 1, atol=1e-5)


def test_exports_are_numbered(files, here, unchecked):
    (here / "saved_models" / "translate" / "not a number").mkdir(parents=True)
    (here / "saved_models" / "translate" / "²").mkdir()
    shutil.copytree(files.exported, here / "saved_models" / "translate" / "1")
    done = call("export", files.run)
    assert (done.code, done.out) == (0, "saved_models/translate/2\n")
    assert {path.name for path in (here / "saved_models" / "translate").iterdir()} == {"not a number", "²", "1", "2"}
    facts = json.loads((here / "saved_models" / "translate" / "2" / "seqtasks.json").read_text())
    assert (facts["task"], facts["decoding"], facts["batch_size"]) == ("translate", "beam:5|length_penalty:1", 64)
    assert facts["text"].endswith(" of target")
    assert "a wrong word does harm" in (here / "saved_models" / "translate" / "2" / "README.md").read_text()


def test_compare_tests_runs_against_the_first(files, run):
    done = call("compare", files.run, run, "--json")
    assert done.code == 0, done.err
    rows = json.loads(done.out)
    assert [(row["system"], row["score"]) for row in rows] == [
        (str(system), score) for score in ("BLEU", "chrF") for system in (files.run, run)
    ]
    for row in rows:
        assert list(row) == [
            "system", "score", "value", "low", "high", "bootstrap_p", "randomization_p", "signature",
        ]  # fmt: skip
        baseline = row["system"] == str(files.run)
        assert (row["bootstrap_p"] is None, row["randomization_p"] is None) == (baseline, baseline)
    assert rows[0]["value"] == rows[1]["value"]
    shown = call("compare", files.run, run, "--output", run / "lengths.svg")
    assert "1-5" in (run / "lengths.svg").read_text()
    assert "baseline" in shown.out
    assert "(bootstrap)" in shown.out


def test_kept_predictions_are_compared_without_tensorflow(files, run, tmp_path):
    # Both have predictions of their present weights.
    words = ["compare", str(files.run), str(run), "--output", str(tmp_path / "lengths.svg")]
    code = (
        "import sys; from seqtasks.cli import main\n"
        f"try: main({words!r})\n"
        "except SystemExit as leaving: assert leaving.code == 0\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("\n[]\n"), done
    assert (tmp_path / "lengths.svg").exists()


def test_corpora_are_listed_and_reported(files):
    listed = call("corpora")
    assert (listed.code, listed.err) == (0, "")
    for name in ("tatoeba_es_en", "tatoeba_en_es", "reverse", "tfds:NAME"):
        assert f"\n{name} " in f"\n{listed.out}"
    reported = call("corpora", files.corpus, "--set", "text.source.kind=words", "--set", "text.target.kind=words")
    assert reported.code == 0, reported.err
    for part in ("source words", "over 100 pieces", "dev in train", "fingerprint", "sample"):
        assert part in reported.out


def test_corpora_of_every_kind_are_reported():
    for name, parts in {
        "order": ("order, labelled text", "10,000 texts", "text words", "classes", "dev in train", "->  right"),
        "brackets": ("brackets, tagged text", "10,000 sentences", "sentence words", "ROUND", "/B-CURLY"),
    }.items():
        reported = call("corpora", name)
        assert reported.code == 0, reported.err
        for part in parts:
            assert part in reported.out


def test_tasks_are_listed_with_their_recipes():
    listed = call("tasks")
    assert (listed.code, listed.err) == (0, "")
    tasks = [line.split(" ")[0] for line in listed.lines if not line.startswith(" ")]
    assert tasks == ["sentiment", "ner", "translate", "caption", "code", "language-model", "fill", "series", "forecast"]
    for task in tasks:
        assert f"  --config {task} " in listed.out
    assert listed.out.index("language-model") < listed.out.index("  --config char-lm ")
    assert listed.out.count("--config") == len(recipes())


def test_python_does_what_the_command_line_does(files, run, tmp_path):
    loaded = seqtasks.load(run)
    assert loaded.path == run
    assert repr(loaded) == f"seqtasks.load({str(run)!r})"
    assert loaded.predict(["1 2 3", ""]) == call("predict", run, "1 2 3", "").lines
    assert loaded.predict("1 2 3") == loaded.predict(["1 2 3"])[0]
    best = loaded.predict("1 2 3", n_best=2)
    assert [text for text, _ in best] == [
        line.split("\t")[2] for line in call("predict", run, "1 2 3", "--n-best", "2").lines
    ]
    counted = []
    loaded.predict(["1", "2"], progress=counted.append)
    assert sum(counted) == 2
    assert loaded.attention("1 2").to_json() == call_json(run, tmp_path)
    found = loaded.evaluate(split="dev").as_dict()
    printed = json.loads(call("evaluate", run, "--split", "dev", "--json").out)
    assert found["scores"] == printed["scores"]
    exported = seqtasks.load(files.exported)
    assert exported.manifest["task"] == "translate"
    assert exported.predict("1 2 3") == loaded.predict("1 2 3")


def call_json(run, folder):
    assert call("attention", run, "1 2", "--output", folder / "a.json").code == 0
    return (folder / "a.json").read_text().removesuffix("\n")


def test_python_trains_as_the_command_line_does(files, tmp_path):
    steps = []
    trained = seqtasks.train(
        "translate", config=files.recipe, corpus=str(files.corpus), run=tmp_path / "again", on_event=steps.append
    )
    assert len(steps) == trained.manifest["steps"] + 1
    with np.load(files.run / "best.npz") as one, np.load(tmp_path / "again" / "best.npz") as other:
        assert one.files == other.files
        for name in set(one.files) - {"notes"}:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)
