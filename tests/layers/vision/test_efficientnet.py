"""EfficientNet-Lite0: normalisation folded into convolutions, and the published weights' known answer."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.corpora.sources import pretrained
from seqtasks.layers.vision.efficientnet import EfficientNetLite0, _Convolution


@pytest.mark.parametrize("depthwise", [False, True])
def test_a_normalisation_is_folded_into_the_convolution_before_it(depthwise):
    draw = np.random.default_rng(3)
    inputs = 4 if depthwise else 3
    layer = _Convolution(4, 3, depthwise=depthwise, active=False)
    layer.build((None, None, None, inputs))
    arrays = {"c.weight": draw.normal(size=(4, 1 if depthwise else inputs, 3, 3)).astype(np.float32)}
    for name in ("running_mean", "weight", "bias"):
        arrays[f"n.{name}"] = draw.normal(size=4).astype(np.float32)
    arrays["n.running_var"] = draw.uniform(0.5, 2, 4).astype(np.float32)
    layer.assign(arrays, "c", "n")
    images = draw.normal(size=(2, 5, 5, inputs)).astype(np.float32)
    # At the middle of the image, by hand.
    window = images[:, 1:4, 1:4]
    kernel = arrays["c.weight"].transpose(2, 3, 1, 0)
    wanted = np.einsum(
        "bhwc,hwc->bc" if depthwise else "bhwi,hwio->bo", window, kernel[:, :, 0] if depthwise else kernel
    )
    wanted = (wanted - arrays["n.running_mean"]) / np.sqrt(arrays["n.running_var"] + 1e-3)
    wanted = wanted * arrays["n.weight"] + arrays["n.bias"]
    np.testing.assert_allclose(layer(tf.constant(images))[:, 2, 2], wanted, rtol=1e-4, atol=1e-5)


def test_cells_have_a_thirty_second_of_the_side_and_nothing_is_trained():
    network = EfficientNetLite0()
    network.build()
    assert network(tf.zeros([0, 64, 64, 3])).shape == (0, 2, 2, 1280)
    assert network(tf.zeros([1, 96, 64, 3])).shape == (1, 3, 2, 1280)
    assert network.trainable_variables == []


@pytest.mark.slow
def test_the_published_weights_answer_as_the_published_network_does():
    """The reference is efficientnet-lite-pytorch 0.1.0 with PyTorch 2.14."""
    arrays, network = pretrained.read("efficientnet-lite0"), EfficientNetLite0()
    network.build()
    network.assign(arrays)
    down, across = np.mgrid[0:224, 0:224] / 223
    image = np.stack([across, down, across * down], axis=-1)[np.newaxis].astype(np.float32) * 2 - 1
    found = network(tf.constant(image)).numpy()
    assert (found.mean(), found.std()) == pytest.approx((0.0873989, 0.4497957), rel=1e-4)
    scores = found.mean(axis=(1, 2)) @ arrays["_fc.weight"].T + arrays["_fc.bias"]
    best = np.argsort(-scores[0])[:5]
    assert best.tolist() == [818, 782, 644, 604, 720]
    np.testing.assert_allclose(scores[0, best], [5.413513, 4.215428, 4.076914, 4.001068, 3.664944], atol=1e-4)
