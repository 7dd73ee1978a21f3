"""Checks the gradients of a run of any task by finite differences, in double precision, without dropout."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from seqtasks import corpora

TOLERANCE = 1e-6
# Number of examples in the loss, and of rows of the train split that they are chosen from.
_EXAMPLES, _ROWS = 3, 2000
# Widths of the differences: the first is best for smooth losses, smaller ones avoid the kinks of a maximum.
_WIDTHS = (1e-4, 1e-5, 1e-6)


@dataclass(frozen=True)
class Checked:
    """The computed gradient of one weight compared with finite differences, at some of its entries.

    Attributes:
        name: path of the weight.
        shape: shape of the weight.
        entries: number of entries checked: half of them with the largest gradients, half chosen at random.
        size: norm of the gradient by differences at these entries.
        error: norm of the difference between the two gradients, divided by the sum of their norms; 0 if both are 0.
    """

    name: str
    shape: tuple
    entries: int
    size: float
    error: float

    @property
    def holds(self):
        return self.error <= TOLERANCE


@contextmanager
def double_precision():
    """Sets the precision of everything built and computed in this context to float64."""
    import keras

    before = keras.config.dtype_policy().name, keras.config.floatx()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before[1])
        keras.config.set_dtype_policy(before[0])


def check_gradients(run, *, entries=20, progress=None):
    """Compares the gradient of the summed loss with central differences of fourth order, weight by weight.

    Each entry is moved by +-h and +-2h: (8 (L(h) - L(-h)) - (L(2h) - L(-2h))) / 12h, for the best of three h, as a wide
    step may cross the kinks of a maximum or a relu.

    Args:
        run: a RunFolder.
        entries: number of entries of each weight to move.
        progress: called first with the total number of weights, then with 1 after each weight.

    Returns:
        A list of Checked. Raises CorpusError if the run's corpus cannot be read.
    """
    import tensorflow as tf

    run.must_be_single("checking gradients")
    rows = corpora.load_configured(run.settings.corpus, run=run.path).split("train")[:_ROWS]
    with double_precision():
        task = run.load_task()
        batch = _short_batch(task, rows)
        weights = task.model.trainable_variables
        loss = tf.function(lambda: task.loss(batch).total, autograph=False)
        with tf.GradientTape() as tape:
            total = loss()
        gradients = [tf.convert_to_tensor(gradient).numpy() for gradient in tape.gradient(total, weights)]
        if progress:
            progress(total=len(weights))
        found = []
        for weight, gradient in zip(weights, gradients, strict=True):
            found.append(_checked(weight, gradient, lambda: float(loss()), entries))
            if progress:
                progress(1)
    return found


def _short_batch(task, rows):
    """Returns a batch of a few rather short examples, so that each loss is computed quickly."""
    examples = task.examples(rows)
    order = np.argsort(examples.lengths[np.arange(len(examples))].sum(axis=1), kind="stable")
    first = min(len(order) // 4, max(0, len(order) - _EXAMPLES))
    return examples.batch(order[first : first + _EXAMPLES])


def _checked(weight, gradient, loss, entries):
    places = _places(gradient, entries)
    analytic = gradient.ravel()[places]
    errors, sizes = [], []
    for width in _WIDTHS:
        numeric = np.array([_difference(weight, place, loss, width) for place in places])
        sizes.append(float(np.linalg.norm(numeric)))
        norms = sizes[-1] + np.linalg.norm(analytic)
        errors.append(float(np.linalg.norm(numeric - analytic) / norms) if norms else 0.0)
        if errors[-1] <= TOLERANCE:
            break
    best = int(np.argmin(errors))
    return Checked(weight.path, tuple(weight.shape), len(places), sizes[best], errors[best])


def _places(gradient, entries):
    """Returns the places in the flat gradient of its largest entries and of as many random others."""
    order = np.argsort(-np.abs(gradient.ravel()), kind="stable")
    largest, rest = order[: entries // 2], order[entries // 2 :]
    others = np.random.default_rng(1).permutation(rest)[: entries - len(largest)]
    return np.concatenate([largest, others])


def _difference(weight, place, loss, width):
    kept = weight.numpy()
    values = []
    for offset in (-2, -1, 1, 2):
        moved = kept.copy()
        moved.reshape(-1)[place] += offset * width
        weight.assign(moved)
        values.append(loss())
    weight.assign(kept)
    return (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * width)
