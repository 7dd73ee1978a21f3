"""Several runs as one: made, shown, evaluated, compared, exported, and what is refused."""

import json
import shutil

import pytest
from commands import call, refused, tree
from together import sibling

import seqtasks
from seqtasks.errors import UsageError
from seqtasks.play import differing as differing_module
from seqtasks.play.differing import differing
from seqtasks.play.players import Player


@pytest.fixture(scope="module")
def group(files, tmp_path_factory):
    """Two runs by seed, of different sizes."""
    folder = tmp_path_factory.mktemp("ensembles") / "group"
    shutil.copytree(files.run, folder / "seed-1")
    sibling(files.run, folder / "seed-2", units=20, cell="gru")
    return folder


@pytest.fixture(scope="module")
def ensemble(group):
    folder = group.parent / "ensemble"
    done = call("ensemble", group, "--run", folder)
    assert done.code == 0, done.err
    assert f"member 2    {group / 'seed-2'}, seed=2, model.cell=gru, model.units=20, best dev BLEU" in done.out
    assert call("show", folder).out == done.out
    assert call("evaluate", folder).code == 0
    return folder


def test_an_ensemble_is_evaluated_compared_and_exported_as_a_run_is_and_outlives_its_members(
    files, group, ensemble, tmp_path
):
    away = group.rename(tmp_path / "away")
    found = json.loads((ensemble / "scores" / "test.json").read_text())
    assert "|beam:5|length_penalty:1|ensemble:2|n:" in found["scores"][0]["signature"]
    assert "test BLEU" in call("show", ensemble).out
    compared = call("compare", files.run, ensemble, "--json")
    assert compared.code == 0, compared.err
    assert json.loads(compared.out)[1]["value"] == found["scores"][0]["value"]
    exported = call("export", ensemble, "--output", tmp_path / "model")
    assert exported.code == 0, exported.err
    facts = json.loads((tmp_path / "model" / "seqtasks.json").read_text())
    assert facts["decoding"] == "beam:5|length_penalty:1|ensemble:2"
    away.rename(group)


@pytest.mark.slow
def test_the_answers_of_an_ensemble_begin_with_a_prefix(ensemble):
    model = seqtasks.load(ensemble)
    answers = call("predict", ensemble, "1 2", "3", "--prefix", "4 5").lines
    assert answers == model.predict(["1 2", "3"], prefix="4 5")
    assert all(answer.startswith("4 5") for answer in answers)
    # Greedily, what both members write together goes on as it did without a prefix; it may only become longer.
    free = model.predict("1 2 3", beam=1)
    assert len(free) > 5 and model.predict("1 2 3", beam=1, prefix=free[:5]).startswith(free)
    after = Player(model).choices("1 2 3", free[:3])[2]
    assert after["likeliest"][0][0] == f"▁{free[4]}"


def test_the_page_tells_where_two_runs_differ_most_by_kept_answers_or_by_those_to_their_own_examples(
    files, group, tmp_path
):
    one, other = (
        Player(seqtasks.load(shutil.copytree(group / name, tmp_path / name))) for name in ("seed-1", "seed-2")
    )
    for kept in (False, True):
        found = differing(one, other)
        answers = [player.model.predict(found["inputs"]) for player in (one, other)]
        apart = [differing_module._uncommon(*pair) for pair in zip(*answers, strict=True)]
        assert len(apart) == 5 <= found["differing"] and apart[-1] > 0 and apart == sorted(apart, reverse=True)
        assert (found["kept"], found["of"]) == (kept, 40 if kept else len(one.probes))
        for player in (one, other):
            player.model.evaluate(split="dev")
    (tmp_path / "seed-1" / "predictions" / "dev.txt").write_text("another\n")
    assert not differing(one, other)["kept"]
    with pytest.raises(UsageError, match="at least two different runs"):
        differing(one, one)
    with pytest.raises(UsageError, match="comparing answers needs runs, but .* is an exported model"):
        differing(one, Player(seqtasks.load(files.exported)))


def test_kept_answers_of_other_members_are_not_used_again(files, group, ensemble, tmp_path):
    other = sibling(files.run, tmp_path / "other", seed=3)
    made = seqtasks.ensemble([files.run, seqtasks.load(other.path)], run=tmp_path / "made")
    shutil.copytree(ensemble / "scores", made.path / "scores")
    shutil.copytree(ensemble / "predictions", made.path / "predictions")
    assert "are of earlier weights" in call("show", made.path).out
    again = call("ensemble", files.run, group / "seed-2", "--run", made.path)
    refused(again, "already holds a trained run", "--overwrite")
    assert call("ensemble", files.run, group / "seed-2", "--run", made.path, "--overwrite").code == 0
    assert (made.path / "best.npz").read_bytes() == (ensemble / "best.npz").read_bytes()
    assert not (made.path / "scores").exists()


def test_runs_that_cannot_answer_together_are_refused(files, group, ensemble, run, other, here, tmp_path):
    before = tree(tmp_path)
    make = ["ensemble", "--run", "new", files.run]
    refused(call(*make), f"needs two runs or more, received '{files.run}' alone")
    refused(call("ensemble", "--run", "new"), "Missing argument 'RUN...'")
    refused(call("ensemble", run, group), "Missing option '--run'")
    refused(call(*make, run, run.parent / "other" / ".." / "run"), "is given twice")
    refused(call(*make, group, group / "seed-2"), group / "seed-2", "is given twice")
    refused(call(*make, ensemble), f"'{ensemble}' is an ensemble itself; give its runs: {group / 'seed-1'}, ")
    refused(call(*make, files.exported), "is not a run folder")
    refused(call(*make, "nowhere"), "no run at 'nowhere'")
    refused(call(*make, other), files.run, other, "their texts differ (text.source.size 4000 and 9)")
    refused(call("ensemble", run, files.run, "--run", run, "--overwrite"), f"--run {run} is also a run of the ensemble")
    (here / "photos").mkdir()
    (here / "photos" / "cat.jpg").write_text("cat")
    refused(call("ensemble", group, "--run", "photos", "--overwrite"), "'photos' exists but is not a complete run")
    shutil.rmtree(here / "photos")
    (here / "file").write_text("text")
    for place in ("file/run", "x" * 300):
        refused(call("ensemble", group, "--run", place), f"cannot write run '{place}'", code=1)
    (here / "file").unlink()
    assert tree(tmp_path) == before
    manifest = json.loads((run / "manifest.json").read_text())
    for change, said in (
        ({"status": "training"}, f"the training of '{run}' has not finished; continue it with --resume"),
        ({"corpus": {**manifest["corpus"], "fingerprint": "0"}}, "they were trained on different corpora"),
        ({"task": "sentiment"}, "does not fit this version of seqtasks"),
        ({"text_fingerprint": "0"}, "their texts differ (other vocabularies)"),
    ):
        (run / "manifest.json").write_text(json.dumps({**manifest, **change}))
        refused(call(*make, run), run, said)
    (run / "manifest.json").write_text(json.dumps(manifest))
    settings = (run / "settings.yaml").read_text()
    (run / "settings.yaml").write_text(settings.replace("attention: bahdanau", "attention: none"))
    refused(call(*make, run), "their settings differ (model.attention bahdanau and none)")
    (run / "settings.yaml").write_text(settings)
    (run / "best.npz").unlink()
    refused(call(*make, run), "is incomplete: missing best.npz")
    assert tree(here) == {}


def test_what_needs_a_single_run_refuses_an_ensemble(ensemble, files, here):
    before, training = tree(ensemble), ["train", "--task", "translate", "--run"]
    single = f"needs a single run, but '{ensemble}' is an ensemble; give one of its runs: "
    refused(call(*training, ensemble, "--resume", "--set", "training.epochs=9"), f"training {single}")
    refused(call(*training, "new", "--from", ensemble), f"--from {single}")
    refused(call(*files.training, "--run", ensemble), "already holds a trained run")
    refused(call("gradients", files.run, ensemble, "--check"), f"checking gradients {single}")
    shutil.copytree(ensemble, here / "group" / "seed-1")
    refused(call(*files.training, "--run", "group", "--seeds", 1), "--seeds needs a single run")
    assert tree(ensemble) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda members: members[:1], "is damaged (members: there are 1)"),
        (lambda members: [*members, members[0]], "3/"),
        (lambda members: [{}, {}], "is damaged"),
        (lambda members: 5, "is damaged"),
        (lambda members: [{"settings": {"model": 7}}], "is damaged"),
    ],
)
def test_a_manifest_whose_members_are_damaged_is_refused(ensemble, tmp_path, change, said):
    damaged = shutil.copytree(ensemble, tmp_path / "damaged")
    manifest = json.loads((damaged / "manifest.json").read_text())
    changed = {**manifest, "members": change(manifest["members"])}
    (damaged / "manifest.json").write_text(json.dumps(changed))
    refused(call("predict", damaged, "1"), damaged, said)
