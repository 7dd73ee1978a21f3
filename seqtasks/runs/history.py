"""The epochs of a training, and what a notebook shows of a run."""

from dataclasses import dataclass
from typing import Any

from seqtasks.pictures import notebook
from seqtasks.pictures.charts.training_curve import training_curve
from seqtasks.runs.facts import clock, facts_of, score_name, whole
from seqtasks.scores import format_score
from seqtasks.tasks import scorer_class


@dataclass(frozen=True)
class History:
    """The loss and the score on dev by epoch; a notebook shows their curve.

    Attributes:
        epochs: [{"epoch", "loss", "dev", "seconds", ...}, ...].
        score: the name of the score in "dev", "score" while training is unfinished.
        lower_is_better: whether a lower score is better.
    """

    epochs: list[dict[str, Any]]
    score: str
    lower_is_better: bool

    def _repr_html_(self) -> str:
        """Returns the curve and a table as a notebook shows them."""
        if not self.epochs:
            return notebook.note("No epoch was trained.")
        curve = training_curve(
            self.epochs, ".svg", score_name=f"dev {self.score}", higher_is_better=not self.lower_is_better
        )
        rows = [
            (
                record["epoch"],
                f"{record['loss']:.3f}",
                format_score(self.score, record["dev"]),
                clock(record["seconds"]),
            )
            for record in self.epochs
        ]
        numbers = notebook.table(("epoch", "loss", f"dev {self.score}", "time"), rows)
        drawn = notebook.picture(curve, f"loss and dev {self.score} by epoch; the numbers are in the table")
        return notebook.block(drawn, notebook.folded("numbers", numbers))


def history_of(run):
    """Returns the History of a RunFolder; that of an ensemble is empty."""
    name = score_name(run.manifest) or "score"
    return History(run.read_lines("log.jsonl"), name, scorer_class(run.task).lower_is_better)


def as_html(run):
    """Returns what a notebook shows of a RunFolder: what it is, its kept scores, its curve."""
    parts = [notebook.table((), facts_of(run))]
    with whole(run.file("scores")):
        for record, fresh in run.kept_scores():
            if fresh:
                split, own, others = record["split"], record["scores"], record.get("baselines", ())
                named = [(f"{split} {score['name']}", score) for score in own]
                named += [(f"{split} {score['name']} of a {score['of']}", score) for score in others]
                parts.append(notebook.scores(named))
    with whole(run.file("log.jsonl")):
        curve = history_of(run)
        parts += [notebook.Markup(curve._repr_html_())] if curve.epochs else []
    return notebook.block(*parts)
