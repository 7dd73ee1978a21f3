"""Several seeds in one group: training that goes on, evaluation, comparison."""

import json
import shutil
import statistics

import pytest
from commands import call, refused, tree

import seqtasks


@pytest.fixture(scope="module")
def group(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds") / "group"
    shutil.copytree(files.run, folder / "seed-1")
    done = call(*files.training, "--run", folder, "--seeds", 2)
    assert done.code == 0, done.err
    assert "mean dev BLEU" in done.out and "over 2 seeds" in done.out
    return folder


def test_group_keeps_what_is_trained_and_trains_what_is_missing(files, group):
    assert sorted(path.name for path in group.iterdir()) == ["seed-1", "seed-2"]
    assert (group / "seed-1" / "best.npz").read_bytes() == (files.run / "best.npz").read_bytes()
    settings = [seqtasks.load(group / f"seed-{seed}").settings for seed in (1, 2)]
    assert settings[0] == settings[1].model_copy(update={"seed": 1})
    before = tree(group)
    again = call(*files.training, "--run", group, "--seeds", 2)
    assert again.code == 0
    assert "epoch" not in again.err
    assert tree(group) == before


def test_group_goes_on_with_a_seed_that_was_cut_off(files, group, tmp_path):
    half = shutil.copytree(group, tmp_path / "half") / "seed-2"
    manifest = json.loads((half / "manifest.json").read_text())
    (half / "manifest.json").write_text(json.dumps({**manifest, "status": "training"}))
    (half / "state.npz").unlink()
    for name in ("log.jsonl", "best.npz", "samples.jsonl"):
        (half / name).unlink()
    refused(call("evaluate", half.parent), "has not finished; repeat its 'train --seeds' command")
    assert (
        len(seqtasks.train("translate", config=files.recipe, corpus=str(files.corpus), run=half.parent, seeds=2)) == 2
    )
    assert (half / "best.npz").read_bytes() == (group / "seed-2" / "best.npz").read_bytes()


def test_group_is_evaluated_and_compared_by_its_mean(files, group):
    found = json.loads(call("evaluate", group, "--json").out)
    scores = [run["scores"][0]["value"] for run in found["runs"]]
    assert len(scores) == 2
    bleu = found["scores"][0]
    assert (bleu["name"], bleu["runs"]) == ("BLEU", 2)
    assert (bleu["mean"], bleu["deviation"]) == (statistics.mean(scores), pytest.approx(statistics.stdev(scores)))
    shown = call("evaluate", group)
    assert "mean BLEU" in shown.out and "over 2 seeds" in shown.out
    rows = json.loads(call("compare", files.run, group, "--json").out)
    assert [(row["system"], row["runs"]) for row in rows[:2]] == [(str(files.run), 1), (str(group), 2)]
    assert rows[1]["value"] == pytest.approx(bleu["mean"])
    assert "seeds" in call("compare", files.run, group).out


def test_group_refuses_what_does_not_fit(files, group, tmp_path):
    other = call(*files.training, "--run", group, "--seeds", 3, "--set", "model.units=7")
    refused(other, group / "seed-1", "model.units: 24 -> 7", "choose another folder")
    refused(call(*files.training, "--run", files.run, "--seeds", 2), "is a single run, not a folder of runs")
    refused(call(*files.training, "--run", group, "--seeds", 2, "--resume"), "leave out --resume")
    refused(call(*files.training, "--run", tmp_path / "x", "--seeds", 0), "--seeds")
    refused(call("compare", group, group), "at least two different runs")
    refused(call("show", group), "is a folder of runs; give one of them", group / "seed-1")
