"""The caption task keeps the promises of every task."""

import numpy as np
import pytest
import tensorflow as tf
from contract import DEFAULTS, Case, ModelContract, TaskContract
from drawing import COLORS, encoded, noise, square
from together import check_writing
from trees import check_tree

import seqtasks
from seqtasks.layers.vision.efficientnet import EfficientNetLite0
from seqtasks.tasks.caption.answer import Reader

_TINY = (
    "images.size=32",
    "text.max_length=12",
    "model.channels=8",
    "model.units=6",
    "model.embedding=5",
    "model.attention_units=4",
    "training.epochs=1",
    "training.batch_size=28",
    "training.learning_rate=0.02",
    "training.warmup=0",
    "training.augment=1",
    "search.beam=3",
    "search.max_length=8",
    "corpus.dev=7",
    "corpus.test=7",
)
_SIDES = ("at the left", "right")
_ODD = (
    b"",
    encoded(noise(1, 1)),
    encoded(noise(3, 900)),
    encoded(noise(40, 20), "JPEG"),
    encoded(noise(20, 40), "GIF"),
    encoded(noise(16, 16), "BMP"),
)


def squares(folder):
    """Writes 70 images of squares and their captions as a folder to learn from."""
    lines = ["image,caption"]
    draw = np.random.default_rng(3)
    for number in range(70):
        color, side = list(COLORS)[number % len(COLORS)], number % 2
        pixels = square(color, 16 * side + int(draw.integers(4)), int(draw.integers(18)))
        (folder / f"{number}.png").write_bytes(encoded(pixels))
        lines += [f"{number}.png,a {color} square {_SIDES[side]}", f"{number}.png,{color}"]
    (folder / "captions.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


class CaptionContract:
    """What is special to a captioner."""

    overrides = _TINY

    @pytest.fixture(scope="class")
    def case(self, tmp_path_factory):
        inputs = (encoded(square("red", 2, 5)), encoded(square("blue", 18, 9)), encoded(square("green", 17, 0), "JPEG"))
        return Case(
            task="caption",
            corpus=squares(tmp_path_factory.mktemp("squares")),
            overrides=self.overrides,
            inputs=inputs,
            explained=("", "target_pieces", "attention"),
            cuts=False,
            joined=lambda columns: inputs[0],
            steps=(1,),
            disturbed=("search.beam=1", "search.max_length=3"),
            odd=_ODD,
            blank=1,
        )

    def test_an_explanation_gives_padding_no_weight(self, trained, case):
        found = trained.task.signatures()["explain"].function(tf.constant([*case.inputs, b""]))
        rows, weights = found["target_pieces"].numpy(), found["attention"].numpy()
        np.testing.assert_allclose(weights.sum(axis=-1), rows != b"", atol=1e-5)

    def test_an_explanation_has_the_image_as_it_was_read(self, trained, case):
        table = trained.run.explain(case.inputs[0])
        np.testing.assert_array_equal(table.image, square("red", 2, 5))
        assert (table.grid, table.layout, len(table.columns)) == ((4, 4), "image", 16)


class TestCaption(CaptionContract, TaskContract):
    def test_an_epoch_has_one_caption_of_each_image_and_another_one_the_next_time(self, trained):
        examples = trained.task.examples(trained.corpus.split("train"))
        images = len(trained.corpus.split("train"))
        epochs = [np.concatenate(examples.plan(epoch)) for epoch in range(3)]
        for chosen in epochs:
            assert sorted(chosen // 2) == list(range(images))
        assert not set(epochs[0]) & set(epochs[1])
        assert set(epochs[0]) == set(epochs[2])

    def test_an_image_not_read_has_a_blank_caption_in_the_graph(self, trained):
        found = trained.task.function("predict")(tf.constant([b"no image", _ODD[1]]))
        assert found["captions"].numpy()[0] == b""
        assert found["read"].numpy().tolist() == [False, True]
        assert found["unknown"].numpy().tolist() == [1, 0]

    def test_an_ensemble_writes_by_the_mean_log_probability_of_each_step(self, together, case, eagerly):
        task = together.tasks[0]
        pixels, _ = task._read(tf.constant([case.inputs[0]]))
        check_writing(together, case.inputs[0], pixels, limit=8, decode=task.text.captions.decode)

    @pytest.mark.slow
    def test_the_tree_of_a_search_leads_to_its_answers(self, trained, case, eagerly):
        check_tree(trained.task, case.inputs[1:2])

    def test_odd_inputs_of_an_export_are_images_and_none(self):
        assert Reader.odd_inputs[0] == b""
        assert sum(one.startswith(b"\x89PNG") for one in Reader.odd_inputs) == 3


@pytest.mark.slow
class TestFirstStep(CaptionContract, ModelContract):
    """The image enters once; saliency takes the place of attention. Words are read by the output layer's matrix."""

    overrides = (
        *(setting for setting in _TINY if "attention" not in setting),
        "model.image=first_step",
        "model.cell=gru",
        "model.tied=true",
        "training.augment=0",
    )

    def test_saliency_is_labelled_so(self, trained, case):
        assert trained.run.explain(case.inputs[0]).kind == "saliency"

    def test_the_state_of_a_search_gives_what_teacher_forcing_does(self, trained, case):
        task, model = trained.task, trained.task.model
        pixels, _ = task._read(tf.constant([case.inputs[0]]))
        memory, state = model.encode(pixels)
        written = tf.constant([[5, 6, 7, 3]])
        wanted = model.teacher_forced(memory, state, written).numpy()
        memory, ids = model.search_memory(memory), tf.constant([2])
        for step in range(4):
            logits, state, _ = model.step(ids, state, memory)
            np.testing.assert_allclose(logits.numpy(), wanted[step], atol=1e-5)
            ids = written[:, step]
        assert not np.any(state[-1].numpy())


@pytest.fixture
def pretrained(monkeypatch, eagerly):
    """Takes made-up weights for those of ImageNet, of a network with fewer blocks."""
    groups = ((3, 4, 1, 4, 1), (3, 4, 2, 8, 2), (5, 1, 2, 8, 1))
    monkeypatch.setattr("seqtasks.layers.vision.efficientnet._GROUPS", groups)
    monkeypatch.setattr("seqtasks.corpora.sources.pretrained.read", made_up)


def made_up(name):
    """Returns weights of EfficientNet-Lite0 drawn at random, by their published names."""
    network, draw, arrays = EfficientNetLite0(), np.random.default_rng(5), {}
    network.build()

    def add(layer, convolution, normalization):
        height, width, inputs, outputs = layer.kernel.shape
        shape = (inputs, outputs, height, width) if layer.depthwise else (outputs, inputs, height, width)
        arrays[f"{convolution}.weight"] = draw.normal(0, (height * width * shape[1]) ** -0.5, shape).astype(np.float32)
        for part, value in (("running_mean", 0), ("running_var", 1), ("weight", 1), ("bias", 0.1)):
            arrays[f"{normalization}.{part}"] = np.full(layer.filters, value, np.float32)

    add(network.stem, "_conv_stem", "_bn0")
    for number, block in enumerate(network.blocks):
        if block.expand:
            add(block.expand, f"_blocks.{number}._expand_conv", f"_blocks.{number}._bn0")
        add(block.filter, f"_blocks.{number}._depthwise_conv", f"_blocks.{number}._bn1")
        add(block.project, f"_blocks.{number}._project_conv", f"_blocks.{number}._bn2")
    add(network.head, "_conv_head", "_bn1")
    return arrays


@pytest.mark.slow
def test_training_images_are_recalled(tmp_path, pretrained, unchecked):
    settings = [
        *_TINY,
        "model.cnn=efficientnet-lite0",
        "images.size=64",
        "training.augment=0",
        "model.image=first_step",
    ]
    settings += ["model.recall=true", "model.word_detector=false"]
    # These are of attention.
    settings = [line for line in settings if "attention_units" not in line]
    folder = squares(tmp_path)
    run = seqtasks.train("caption", corpus=folder, overrides=settings, run=tmp_path / "run", config=DEFAULTS)
    image = (folder / "3.png").read_bytes()
    again = seqtasks.load(run.path)
    assert again.predict(image) == run.predict(image)
    recall = again.model.recall
    assert recall.images == 56
    np.testing.assert_allclose(np.linalg.norm(recall.keys, axis=1), 1, atol=1e-4)
    table = again.explain(image)
    assert (table.grid, table.kind) == ((2, 2), "saliency")
    exported = seqtasks.load(run.export(tmp_path / "model"))
    assert exported.predict(image) == run.predict(image)
    np.testing.assert_allclose(exported.explain(image).weights, table.weights, atol=1e-4)
    longer = seqtasks.train("caption", run=tmp_path / "run", resume=True, overrides=["training.epochs=2"])
    np.testing.assert_array_equal(longer.model.recall.keys, recall.keys)


@pytest.mark.slow
def test_a_pretrained_network_is_kept_with_the_run_and_not_trained(tmp_path, pretrained, monkeypatch):
    settings = [*_TINY, "model.cnn=efficientnet-lite0", "images.size=64", "training.augment=0", "model.channels=4"]
    folder = squares(tmp_path)
    run = seqtasks.train("caption", corpus=folder, overrides=settings, run=tmp_path / "run", config=DEFAULTS)
    monkeypatch.setattr("seqtasks.corpora.sources.pretrained.read", None)
    image = (folder / "3.png").read_bytes()
    again = seqtasks.load(run.path)
    assert again.predict(image) == run.predict(image)
    stem = again.model.encoder.network.stem
    np.testing.assert_allclose(
        stem.kernel, made_up("")["_conv_stem.weight"].transpose(2, 3, 1, 0) / np.sqrt(1.001), rtol=1e-5
    )
    table = again.explain(image)
    assert (table.grid, table.kind) == ((2, 2), "attention")
    # What it finds is computed once; from it or from pixels the cells are the same.
    pixels, _ = again.task._read(tf.constant([image]))
    np.testing.assert_allclose(
        again.model.cells(again.task._given(tf.constant([image]))), again.model.cells(pixels), rtol=1e-2, atol=1e-3
    )
