"""Every verb on a captioner, through the real command line, and the images that it refuses."""

import base64
import json
import shutil

import numpy as np
import pytest
from commands import call, refused, tree
from drawing import COLORS, encoded, noise, square
from together import without_checks

import seqtasks
from seqtasks.errors import UsageError
from seqtasks.play.players import Player

_TINY = ["images.size=32", "model.channels=8", "model.units=16", "model.embedding=8", "model.attention_units=4"]
_TINY += ["search.max_length=8", "training.epochs=2", "training.warmup=0", "training.learning_rate=0.02"]
_TINY += ["corpus.dev=8", "corpus.test=8"]
_SETTINGS = [part for setting in _TINY for part in ("--set", setting)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A corpus of 80 images of squares whose boxes are known."""
    folder, records = tmp_path_factory.mktemp("squares"), []
    for number in range(80):
        color, left, top = list(COLORS)[number % 4], 16 * (number // 4 % 2), number // 8 % 16
        (folder / f"{number}.png").write_bytes(encoded(square(color, left, top)))
        box = [left / 32, top / 32, (left + 14) / 32, (top + 14) / 32]
        side = "right" if left else "left"
        records.append(
            {
                "image": f"{number}.png",
                "captions": [f"a {color} square on the {side}", f"one {color} square"],
                "things": {f"{color} square": [box]},
            }
        )
    (folder / "mine.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    run = tmp_path_factory.mktemp("caption") / "run"
    done = call("train", "--task", "caption", "--corpus", folder / "mine.jsonl", "--run", run, *_SETTINGS)
    assert done.code == 0, done.err
    return run


@pytest.fixture(scope="module")
def exported(run):
    with without_checks():
        done = call("export", run, "--output", run.parent / "exported")
    assert done.code == 0, done.err
    return run.parent / "exported"


def test_a_captioner_is_evaluated_with_all_its_scores_and_baselines(run, folder, by_graphs):
    done = call("evaluate", run, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    names = [score["name"] for score in found["scores"]]
    assert names[:5] == ["object F1", "hallucinated", "number", "relation", "CIDEr-D"]
    assert {"BLEU-4", "ROUGE-L", "exact", "distinct", "copied", "pointing", "attention correctness", "movement"} <= set(
        names
    )
    assert all(np.isfinite(score["value"]) for score in found["scores"])
    assert {row["of"] for row in found["baselines"]} == {
        "captioner without its image",
        "commonest caption",
        "nearest image's caption",
    }
    assert [part["by"] for part in found["slices"]] == ["number of things"]
    assert "test object F1" in call("show", run).out
    own = call("evaluate", run, "--input", folder / "mine.jsonl")
    assert own.code == 0, own.err
    assert "80 of mine.jsonl" in own.out


@pytest.mark.slow
def test_captions_begin_with_the_prefix_and_one_that_cannot_be_written_is_refused(run, exported, folder):
    images, begins = [folder / "0.png", folder / "1.png"], "one blue"
    model = seqtasks.load(run)
    answers = call("predict", run, *images, "--prefix", begins).lines
    assert answers == model.predict(images, prefix=begins) and all(answer.startswith(begins) for answer in answers)
    (free,) = model.answers(images[:1], best=1)
    (forced,) = model.answers(images[:1], best=5, prefix=free.text)
    assert dict(forced.alternatives)[free.text] == pytest.approx(free.score, abs=1e-5)
    table = model.explain(images[0], prefix=begins)
    assert table.prediction == answers[0] and len(table.rows) == len(table.weights) > 2
    refused(call("predict", run, images[0], "--prefix", "one qqq"), "'one qqq' has pieces that are not in the vocab")
    refused(call("predict", exported, images[0], "--prefix", begins), "choosing --prefix needs the run")


@pytest.mark.slow
def test_the_page_gets_captions_of_images_and_pieces_to_choose(run, folder):
    player, path = Player(seqtasks.load(run)), folder / "0.png"
    image = base64.b64encode(path.read_bytes()).decode()
    found = player.answer(image, "one blue")
    assert found["text"] == found["table"]["prediction"] == player.model.predict(path, prefix="one blue")
    assert found["table"]["image"] and len(found["table"]["columns"]) == len(found["table"]["weights"][0])
    assert [place["piece"] for place in player.choices(image, "one blue")][:2] == ["▁one", "▁blue"]
    assert player.answer(player.examples[0])["text"]
    json.dumps([found, player.described()], allow_nan=False)
    for given, said in (
        ("?", "not in base64"),
        ("", "it is empty"),
        (base64.b64encode(b"no image").decode(), "not JPEG"),
    ):
        with pytest.raises(UsageError, match=said):
            player.answer(given)


def test_images_are_given_as_arguments_files_and_pipes(run, exported, folder, tmp_path):
    paths = [folder / "0.png", folder / "1.png", folder / "6.png"]
    answers = call("predict", run, *paths)
    assert answers.code == 0, answers.err
    assert len(answers.lines) == 3 and all(answers.lines)
    listed = tmp_path / "paths.txt"
    listed.write_text("".join(f"{path}\n" for path in paths))
    assert call("predict", run, "--input", listed).out == answers.out
    assert call("predict", exported, stdin=listed.read_bytes()).out == answers.out
    blank = call("predict", run, stdin=f"{paths[0]}\n\n{paths[1]}\n".encode())
    assert blank.lines == [answers.lines[0], "", answers.lines[1]]
    first = json.loads(call("predict", run, paths[0], "--json", "--n-best", "2").out)
    assert first["input"] == str(paths[0])
    assert first["answer"] == answers.lines[0] == first["alternatives"][0]["answer"]


@pytest.mark.slow
def test_python_takes_paths_and_bytes(run, exported, folder):
    path = folder / "5.png"
    for model in (seqtasks.load(run), seqtasks.load(exported)):
        wanted = model.predict(path)
        assert isinstance(wanted, str)
        assert model.predict(str(path)) == model.predict(path.read_bytes()) == wanted
        assert model.predict([path, b""]) == [wanted, ""]
        assert model.explain(path).prediction == wanted


@pytest.mark.parametrize("suffix", [".png", ".svg", ".html", ".json"])
def test_an_explanation_is_drawn(run, exported, folder, tmp_path, suffix):
    output = tmp_path / f"why{suffix}"
    assert call("explain", run, folder / "0.png", "--output", output).out == f"{output}\n"
    content = output.read_bytes()
    if suffix == ".html":
        assert call("explain", exported, folder / "0.png", "--output", output).code == 0
        assert len(output.read_bytes()) == pytest.approx(len(content), rel=0.05)


def test_an_explanation_is_shown_in_the_terminal(run, folder):
    done = call("explain", run, folder / "0.png")
    assert done.code == 0
    assert "</s>" in done.out and "█" in done.out


def spoilt(content):
    """Returns an image with other bytes in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes(16) + content[middle + 16 :]


def bad_images(folder):
    """Makes images that cannot be read: {name: what is said}."""
    photo = encoded(noise(80, 80), "JPEG")
    contents = {
        "text.png": (b"hello there", "not JPEG, PNG, GIF or BMP (it begins with 'hello there'); convert it"),
        "photo.webp": (b"RIFF\x10\0\0\0WEBPVP8 ", "(it is WebP); convert it to PNG or JPEG"),
        "drawing.svg": (b"<svg/>", "(it is SVG); convert it"),
        "cut.jpg": (
            photo[: len(photo) // 2],
            f"broken image data: they end too early, after {len(photo) // 2:,} bytes",
        ),
        "cut.png": (
            encoded(noise(80, 80))[:90],
            "broken image data: they end too early, after 90 bytes; copy the file",
        ),
        "spoilt.png": (spoilt(encoded(noise(80, 80))), "spoilt.png: broken image data; copy or convert the image anew"),
        "empty.gif": (b"", "(it is empty)"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    return {name: said for name, (_, said) in contents.items()}


def test_images_that_cannot_be_read_are_refused_by_name(run, exported, folder, tmp_path):
    sound = folder / "0.png"
    for name, said in bad_images(tmp_path).items():
        refused(call("predict", run, sound, tmp_path / name), tmp_path / name, said)
        refused(call("explain", run, tmp_path / name), tmp_path / name, said)
    refused(call("predict", exported, tmp_path / "cut.jpg"), "cut.jpg: broken image data")
    refused(call("predict", run, tmp_path), "text 1:", "is a folder; give the path of an image")
    refused(call("predict", exported, "a text"), "text 1: no file 'a text'; check the spelling and the folder")
    listed, output = tmp_path / "paths.txt", tmp_path / "captions.txt"
    listed.write_text(f"{sound}\nno.png\n")
    refused(call("predict", run, "--input", listed, "--output", output), f"{listed}:2: no file 'no.png'")
    assert not output.exists()


def test_settings_that_do_not_fit_are_refused(folder, here):
    train = ["train", "--task", "caption", "--corpus", folder / "mine.jsonl"]
    refused(call(*train, "--set", "images.size=20"), "images.size: received 20", "a multiple of 8")
    refused(call(*train, "--set", "images.size=36"), "images.size: received 36", "multiple of 8")
    refused(call(*train, "--set", "images.flip=true"), "images.flip", "say left and right")
    refused(call(*train, "--set", "model.activation=relu"), "model.activation 'relu' is for the vanilla cell")
    recalled = "set model.cnn to efficientnet-lite0, model.image to first_step, model.word_detector to false"
    refused(call(*train, "--set", "model.recall=true"), "model.recall", recalled)
    lite = ("--set", "model.cnn=efficientnet-lite0", "--set")
    refused(call(*train, *lite, "images.size=80"), "images.size 80 is no size for model.cnn efficientnet-lite0", "224")
    refused(call(*train, *lite, "images.size=64"), "set training.augment to 0 and images.flip to false")
    assert tree(here) == {}


def test_a_broken_image_in_a_corpus_is_named(folder, here, tmp_path):
    corpus = tmp_path / "corpus"
    shutil.copytree(folder, corpus)
    whole = (corpus / "3.png").read_bytes()
    for content, said in (
        (whole[:60], "mine.jsonl:4: image '3.png': broken"),
        (spoilt(whole), "3.png: broken image data"),
    ):
        (corpus / "3.png").write_bytes(content)
        broken = call("train", "--task", "caption", "--corpus", corpus / "mine.jsonl", *_SETTINGS)
        refused(broken, said)
        assert tree(here) == {}
    (corpus / "3.png").unlink()
    missing = call("train", "--task", "caption", "--corpus", corpus / "mine.jsonl", *_SETTINGS)
    refused(missing, "mine.jsonl:4: no image '3.png' in")
