"""Times the training of two models that differ in some settings, in turns.

    python benchmarks/training.py --set model.units=512 --other model.cell=mingru --other model.layers=4
    python benchmarks/training.py --task translate --other training.precision=mixed_bfloat16

Prints one JSON object: the weights of both, medians of tokens/s (of all sides of an example), and the quartiles of how
many times as fast the other is (see turns.py). Nothing is written to disk.
"""

import itertools
import json

import click
from turns import WINDOW, in_turns

from seqtasks import corpora
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.training.fitting import Fitting


@click.command()
@click.option("--task", default="language-model", show_default=True, help="Task of both.")
@click.option("--config", help="Name of a recipe, or a YAML file; by default the task's, of a language model char-lm.")
@click.option("--corpus", help="A named corpus, or a folder or file of your own.")
@click.option("--set", "both", multiple=True, metavar="KEY=VALUE", help="Change a setting of both; may be repeated.")
@click.option("--other", multiple=True, metavar="KEY=VALUE", help="Change a setting of the other; may be repeated.")
@click.option("--windows", default=8, show_default=True, help=f"Windows of {WINDOW} batches, after one to warm up.")
def benchmark(task, config, corpus, both, other, windows):
    """Time training with two settings."""
    config = config or ("char-lm" if task == "language-model" else None)
    first, second = (fitted(task, config, corpus, overrides) for overrides in (both, (*both, *other)))
    plan = list(itertools.islice(itertools.cycle(first.examples.plan(0)), WINDOW * (windows + 1)))
    found = in_turns(
        plan,
        tokens=lambda chosen: int(first.examples.lengths[chosen].sum()),
        ours=lambda plan: steps(second, plan),
        theirs=lambda plan: steps(first, plan),
    )
    weights = [fitting.task.model.count_params() for fitting in (first, second)]
    click.echo(json.dumps({"weights": weights, **found}))


def fitted(name, config, corpus, overrides):
    """Returns what takes training steps of a task with these settings."""
    settings = resolve(schema_of(name), config=config, overrides=overrides, corpus__name=corpus)
    data = corpora.load_configured(settings.corpus)
    task = make_task(settings, data)
    return Fitting(task, task.examples(data.split("train")))


def steps(fitting, plan):
    """Takes a step with each batch of a plan."""
    for number, chosen in enumerate(plan):
        fitting.step(number, [chosen], 1e-3)


if __name__ == "__main__":
    benchmark()
