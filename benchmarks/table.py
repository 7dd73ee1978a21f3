"""Makes a table of trainings, one row each, and goes on where it was cut off: what is trained is kept, and scored anew.

    python benchmarks/table.py benchmarks/tables/translate.yaml --folder runs/table

A table is a list of rows:

    - name: with attention        # what the row is called
      task: translate
      config: translate           # the rest may be left out
      corpus: tatoeba_es_en
      set: [training.epochs=2]
      seeds: 3
      split: test

Prints Markdown: the mean over seeds with its deviation, weights, time to train one seed, and the command of the row.
"""

import shlex
from pathlib import Path

import click
import yaml

import seqtasks
from seqtasks.cli.progress import TrainingProgress, clock
from seqtasks.evaluation import GroupEvaluation
from seqtasks.runs.groups import open_runs
from seqtasks.scores import format_score

_KEYS = {"name", "task", "config", "corpus", "set", "seeds", "split"}


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--folder", required=True, type=click.Path(path_type=Path), help="Where the runs are kept.")
def main(table, folder):
    """Train, score and print TABLE, a YAML file of rows."""
    names = None
    for number, row in enumerate(yaml.safe_load(table.read_text(encoding="utf-8")), start=1):
        if unknown := set(row) - _KEYS:
            raise click.UsageError(f"{table}: row {number}: unknown {', '.join(unknown)}; allowed: {', '.join(_KEYS)}")
        scores, runs = cell(row, folder / row["name"].replace(" ", "-"))
        previous, names = names, [score["name"] for score in scores]
        if names != previous:
            # Rows of another task make another table.
            click.echo("\n" if number > 1 else "", nl=False)
            click.echo("| | " + " | ".join(names) + " | weights | training | command |")
            click.echo("|---" * (len(names) + 4) + "|")
        values = [
            " ± ".join(
                format_score(score["name"], score[key]) for key in ("mean", "deviation") if score[key] is not None
            )
            for score in scores
        ]
        seconds = sum(run.manifest["training_seconds"] for run in runs) / len(runs)
        facts = [f"{runs[0].manifest['parameters']:,}", clock(seconds), f"`{command(row)}`"]
        click.echo("| " + " | ".join([row["name"], *values, *facts]) + " |")


def cell(row, folder):
    """Trains and scores a row, but for what is there already; returns the summary of its scores and its runs."""
    progress = TrainingProgress()
    seqtasks.train(
        row["task"],
        config=row.get("config"),
        corpus=row.get("corpus"),
        overrides=row.get("set", ()),
        seeds=row.get("seeds", 1),
        run=folder,
        on_event=progress,
    )
    progress.close()
    runs = open_runs(folder)
    split = row.get("split", "test")
    found = [seqtasks.load(run.path).evaluate(split=split) for run in runs]
    return GroupEvaluation(str(folder), found).summary(), runs


def command(row):
    """Returns the command that trains what the row shows."""
    words = ["seqtasks", "train", "--task", row["task"]]
    for option in ("config", "corpus"):
        words += [f"--{option}", row[option]] if option in row else []
    for override in row.get("set", ()):
        words += ["--set", override]
    return shlex.join([*words, "--seeds", str(row["seeds"])] if row.get("seeds", 1) > 1 else words)


if __name__ == "__main__":
    main()
