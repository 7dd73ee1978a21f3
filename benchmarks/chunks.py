"""Measures what truncated backpropagation through time costs as its chunk grows, up to the whole of each stream.

    python benchmarks/chunks.py --config char-lm --corpus input.txt

Each chunk length has a process of its own, which reads the same text in the same number of streams. Prints Markdown:
time per piece, the median of its steps after the first two, and the most memory that the process took. Nothing is
written to disk.
"""

import multiprocessing
import resource
import statistics
import time

import click

# Streams are 1,600 pieces long, so the last of these is backpropagation through all of their time.
CHUNKS = (25, 50, 100, 200, 400, 800, 1600)
STEPS = 12


@click.command()
@click.option("--config", help="Name of a recipe, or a YAML file; by default the task's own.")
@click.option("--corpus", help="A named corpus, or a folder or file of your own.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
def main(config, corpus, overrides):
    """Measure chunks of several lengths."""
    click.echo("| chunk | microseconds a piece | memory, MB |")
    click.echo("|---|---|---|")
    for chunk in CHUNKS:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            seconds, most = process.apply(measure, (config, corpus, [*overrides, f"training.chunk={chunk}"]))
        click.echo(f"| {chunk:,} | {1e6 * seconds:.0f} | {most / 1e6:,.0f} |")


def measure(config, corpus, overrides):
    """Returns the seconds a piece takes in training, and the bytes of memory at most."""
    from seqtasks import corpora
    from seqtasks.settings import resolve
    from seqtasks.tasks import make_task, schema_of
    from seqtasks.training.fitting import Fitting

    settings = resolve(schema_of("language-model"), config=config, overrides=overrides, corpus__name=corpus)
    data = corpora.load_configured(settings.corpus)
    task = make_task(settings, data)
    rows, rate = settings.training.batch_size, settings.training.learning_rate
    examples = task.examples([{"text": "\n".join(row["text"] for row in data.split("train"))[: rows * CHUNKS[-1]]}])
    plan, fitting, times = examples.plan(0), Fitting(task, examples), []
    while len(times) < STEPS + 2:
        for chosen in plan:
            began = time.perf_counter()
            fitting.step(len(times), [chosen], rate)
            times.append((time.perf_counter() - began) / int(examples.lengths[chosen].sum()))
    return statistics.median(times[2:]), 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
