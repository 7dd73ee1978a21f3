"""Teaches a network of four letters "hello", one update of its weights, and draws the scores before and after.

python docs/hello.py hello.png
"""

import sys

import click
import numpy as np

from seqtasks.corpora import Corpus
from seqtasks.pictures.canvas import DEEP, INK, QUIET, encode, new_figure, ruled, style
from seqtasks.pictures.fonts import BASE
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.training.fitting import Fitting

LETTERS = "helo"


def scores_before_and_after():
    """Returns the scores (4 letters read, 4 next letters) before and after one step of gradient descent."""
    overrides = ["training.chunk=4", "training.optimizer=sgd", "model.initialization_scale=0.1"]
    settings = resolve(schema_of("language-model"), config="min-char-rnn", overrides=overrides)
    rows = [{"text": "hello"}]
    task = make_task(settings, Corpus("hello", {"train": rows}, (), "", "", kind="text"))
    examples = task.examples(rows)
    given, _, _ = examples.batch([0])
    letters = task.text.stream([{"text": LETTERS}])

    def scores():
        logits, _ = task.model(given)
        return logits[0].numpy()[:, letters]

    before = scores()
    Fitting(task, examples).step(0, [np.array([0])], 0.1)
    return before, scores()


def draw(path, before, after):
    """Draws the scores, a panel for each letter that is read; what is wanted next is blue."""
    with style(families=[BASE]):
        figure = new_figure(8.0, 2.8)
        figure.subplots_adjust(left=0.06, right=0.98, top=0.82, bottom=0.12, wspace=0.25)
        panels = figure.subplots(1, 4, sharey=True)
        for step, axes in enumerate(panels):
            places, wanted = np.arange(4), LETTERS.index("ello"[step])
            axes.bar(places - 0.2, before[step], width=0.36, color=QUIET, alpha=0.35)
            axes.bar(places + 0.2, after[step], width=0.36, color=[DEEP if p == wanted else QUIET for p in places])
            axes.set_title(f"read “{'hello'[: step + 1]}”", fontsize=11, color=INK, loc="left")
            axes.set_xticks(places, list(LETTERS))
            axes.axhline(0, color=QUIET, linewidth=0.8)
            ruled(axes)
        with open(path, "wb") as picture:
            picture.write(encode(figure, ".png"))


if __name__ == "__main__":
    before, after = scores_before_and_after()
    click.echo("read  " + "".join(f"{letter:>17}" for letter in LETTERS))
    for letter, old, new in zip("hell", before, after, strict=True):
        click.echo(f"{letter:<6}" + "".join(f"{a:>8.3f} -> {b:>5.3f}" for a, b in zip(old, new, strict=True)))
    if sys.argv[1:]:
        draw(sys.argv[1], before, after)
