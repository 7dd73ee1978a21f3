"""Times the translate task: training, greedy and beam-5 decoding; prints one JSON object.

    python benchmarks/translate.py --config translate --updates 300

Trains the given number of updates from fresh weights and decodes the dev split with them. Train at least 2,000 before
comparing decoding speed: untrained models write answers of unnatural length. Nothing is written to disk.
"""

import json
import statistics
import time

import click
import tensorflow as tf

from seqtasks import corpora
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.training.fitting import Fitting
from seqtasks.training.optimizers import learning_rate

# Updates whose time is taken together: the rate of one batch depends on its length.
_WINDOW = 20


@click.command()
@click.option("--config", default="translate", show_default=True, help="Name of a recipe, or a YAML file.")
@click.option("--corpus", help="A named corpus, or a folder or file of your own.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--updates", default=120, show_default=True, help="Updates to train.")
def benchmark(config, corpus, overrides, updates):
    """Time training and decoding of a translate config."""
    settings = resolve(schema_of("translate"), config=config, overrides=overrides, corpus__name=corpus)
    data = corpora.load_configured(settings.corpus)
    task = make_task(settings, data)
    rates = train_rates(task, data, updates)
    found = {
        "updates": updates,
        "parameters": task.model.count_params(),
        "train_target_tokens_per_s": statistics.median(rates),
        "train_rates": rates,
    }
    sources = [task.reader.input_of(row) for row in data.split("dev")]
    found["sentences"] = len(sources)
    for name, beam in (("greedy", 1), ("beam5", 5)):
        found.update({f"{name}_{key}": value for key, value in decode_rates(task, sources, beam).items()})
    found["versions"] = {"tensorflow": tf.__version__}
    click.echo(json.dumps(found, default=round))


def train_rates(task, data, updates):
    """Trains; returns target tokens/s of each window of updates but the first, which traces the graph."""
    settings = task.settings
    examples = task.examples(data.split("train"))
    fitting, rates, done, epoch = Fitting(task, examples), [], 0, 0
    tokens, began = 0.0, time.monotonic()
    while done < updates:
        for chosen in examples.plan(epoch):
            rate = learning_rate(settings.training, done, updates)
            tokens += fitting.step(done, [chosen], rate).count
            done += 1
            if done % _WINDOW == 0:
                now = time.monotonic()
                rates.append(round(tokens / (now - began)))
                tokens, began = 0.0, now
            if done == updates:
                break
        epoch += 1
    return rates[1:]


def decode_rates(task, sources, beam):
    """Decodes three times; returns sentences/s and output tokens/s of the middle one, the end mark being a token."""
    times = []
    for _ in range(3):
        began = time.monotonic()
        answers = [answer.text for answer in task.predictor.answers(sources, beam=beam)]
        times.append(time.monotonic() - began)
    seconds = statistics.median(times)
    tokens = int(task.text.target.count(answers).sum()) + len(answers)
    return {"sentences_per_s": round(len(sources) / seconds), "output_tokens_per_s": round(tokens / seconds)}


if __name__ == "__main__":
    benchmark()
