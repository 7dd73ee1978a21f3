"""Trains a plain translator on the pairs of a corpus of code, and scores what it writes as programs are scored.

    python benchmarks/code_as_text.py phrases --folder runs/code-as-text
    python benchmarks/code_as_text.py django/ --folder runs/django-as-text

The translator, the recipe `translate`, reads and writes subwords and knows no grammar: programs are text to it, of one
line, with line ends written as a mark. Pairs and run are kept in the folder. Prints the scores of the test split.
"""

from pathlib import Path

import click

import seqtasks
from seqtasks import corpora
from seqtasks.cli.progress import TrainingProgress
from seqtasks.scores import significance
from seqtasks.scores.programs import metrics

# What stands for a line end, and how.
_MARK = "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}"
_LINE_END = f" {_MARK} "


@click.command()
@click.argument("corpus")
@click.option("--folder", required=True, type=click.Path(path_type=Path), help="Where pairs and run are kept.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
def main(corpus, folder, overrides):
    """Train and score a translator on CORPUS, named or a file or folder of pairs of a sentence and code."""
    data = corpora.load(corpus, kind="code")
    pairs = folder / "pairs"
    pairs.mkdir(parents=True, exist_ok=True)
    for split in ("train", "dev", "test"):
        rows = data.split(split)
        sides = {"sentence": [row["source"] for row in rows], "code": [row["targets"][0] for row in rows]}
        for side, texts in sides.items():
            (pairs / f"{split}.{side}").write_text("".join(f"{_line(text)}\n" for text in texts), encoding="utf-8")
    progress = TrainingProgress()
    overrides = ["corpus.source=sentence", "corpus.target=code", *overrides]
    run = seqtasks.train("translate", corpus=pairs, overrides=overrides, run=folder / "run", on_event=progress)
    progress.close()
    rows = data.split("test")
    written = run.predict([_line(row["source"]) for row in rows])
    written = [one.replace(_LINE_END, "\n").replace(_MARK, "\n") for one in written]
    for metric in metrics([row["targets"] for row in rows], data.language):
        score = significance.score(metric, written)
        click.echo(f"{score.name} {score.value:.1f} [{score.low:.1f}, {score.high:.1f}]  {score.signature}")


def _line(text):
    return text.strip().replace("\n", _LINE_END)


if __name__ == "__main__":
    main()
