"""Answers a split, writes the predictions, and scores them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqtasks.errors import CorpusError
from seqtasks.evaluation.predictions import fingerprint_of, one_line, search_of
from seqtasks.evaluation.rows import EvaluationRows
from seqtasks.pictures import notebook
from seqtasks.pictures.charts.confusion import save_confusion
from seqtasks.runs.folder import RunFolder
from seqtasks.runs.model_card import write_model_card
from seqtasks.scores import Score, format_score, mean_and_deviation, spread
from seqtasks.tasks.scorer import Scorer
from seqtasks.writing import write_atomically


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate`; `predictions` is the file that was scored, one answer on each line.

    `baselines` are scores of simpler models: [(name, Score), ...]. `slices` are scores of parts of the examples, or of
    their words: [{"by": quantity, "score": name, "parts": {label: {"examples", "value"}}}, ...]. `classes` are scores
    by class, rows of scores.precision_table, empty without classes; the confusion matrix is kept in the run as
    scores/<split>-confusion.png and .tsv, and so are further pictures of the answers, such as
    scores/<split>-forecasts.png and .svg.
    """

    task: str
    run: str
    split: str
    examples: int
    examples_per_s: float
    scores: list[Score]
    baselines: list[tuple[str, Score]]
    slices: list[dict[str, Any]]
    classes: list[dict[str, Any]]
    predictions: Path

    def as_dict(self) -> dict[str, Any]:
        """Returns the object that --json prints, with the same keys for every task."""
        return {
            "task": self.task,
            "run": self.run,
            "split": self.split,
            "examples": self.examples,
            "examples_per_s": round(self.examples_per_s, 1),
            "scores": [score.as_dict() for score in self.scores],
            "baselines": [{"of": name, **score.as_dict()} for name, score in self.baselines],
            "slices": self.slices,
            "classes": self.classes,
        }

    def _repr_html_(self) -> str:
        """Returns tables of all scores as a notebook shows them."""
        named = [(score.name, score.as_dict()) for score in self.scores]
        named += [(f"{score.name} of a {name}", score.as_dict()) for name, score in self.baselines]
        speed = f"{self.examples:,} of {self.split}, {self.examples_per_s:,.0f} a second"
        parts = [notebook.paragraph(f"{self.run}, {self.task}: {speed}"), notebook.scores(named)]
        for sliced in self.slices:
            name = sliced["score"]
            rows = [
                (label, format_score(name, part["value"]), f"{part['examples']:,}")
                for label, part in sliced["parts"].items()
            ]
            parts.append(notebook.table((sliced["by"], name, "examples"), rows))
        if self.classes:
            names = ("class", "precision", "recall", "f1", "support", "predicted")
            parts.append(notebook.table(names, [[_as_text(row[name]) for name in names] for row in self.classes]))
        return notebook.block(*parts, notebook.note(f"predictions: {self.predictions}"))


@dataclass(frozen=True)
class GroupEvaluation:
    """The results of `evaluate` for each run of a group."""

    group: str
    runs: list[Evaluation]

    def summary(self) -> list[dict[str, Any]]:
        """Returns [{"name", "mean", "deviation" (n - 1, None for one run), "runs", "signature"}, ...], by score."""
        summary = []
        for scores in zip(*(run.scores for run in self.runs), strict=True):
            mean, deviation = mean_and_deviation([score.value for score in scores])
            facts = {"name": scores[0].name, "mean": mean, "deviation": deviation, "runs": len(scores)}
            # What each run has chosen for itself, such as the weight of a mixture, differs.
            parts = zip(*(score.signature.split("|") for score in scores), strict=True)
            summary.append({**facts, "signature": "|".join(" or ".join(dict.fromkeys(part)) for part in parts)})
        return summary

    def as_dict(self) -> dict[str, Any]:
        """Returns the object that --json prints."""
        return {"group": self.group, "scores": self.summary(), "runs": [run.as_dict() for run in self.runs]}

    def _repr_html_(self) -> str:
        """Returns tables of means and of each run as a notebook shows them."""
        rows = [
            (row["name"], spread(row["name"], row["mean"], row["deviation"], row["runs"]), row["signature"])
            for row in self.summary()
        ]
        means = notebook.table(("score", "mean and deviation", "how it is computed"), rows)
        runs = (notebook.folded(run.run, notebook.Markup(run._repr_html_())) for run in self.runs)
        return notebook.block(notebook.paragraph(self.group), means, *runs)


def evaluate(
    run: RunFolder,
    examples: EvaluationRows,
    *,
    task: Any = None,
    dynamic: bool = False,
    progress: Callable | None = None,
) -> Evaluation:
    """Answers rows, writes the predictions, and scores them.

    Args:
        run: a RunFolder.
        examples: from `evaluation_rows`.
        task: the run's task if it is already loaded.
        dynamic: also score a language model that goes on learning from what it is scored on; see `must_adapt`.
        progress: called first with the total of examples, then after each batch with the number done in it; with
            `dynamic` then with another total.

    Returns:
        Evaluation. It is also kept in the run, as scores/<name>.json and predictions/<name>.txt, and in its model card.
    """
    if dynamic:
        must_adapt(run, examples)
    task, name, rows = task or run.load_task(), examples.name, examples.rows
    # Traces the graph before the clock starts.
    task.answer_rows(rows[:1])
    if progress:
        progress(total=len(rows))
    began = time.monotonic()
    scorer, answers = task.scorer, task.answer_rows(rows, progress=progress)
    speed = len(rows) / (time.monotonic() - began)
    lines = [scorer.line(answer) for answer in answers]
    path = run.file("predictions", f"{name}.txt")
    write_atomically(path, "".join(one_line(line) + "\n" for line in lines).encode())
    more, baselines = task.beside(examples, answers, dynamic=dynamic, progress=progress)
    how = f"{task.decoding}|n:{len(rows)}"
    scores = [*scorer.score(lines, rows), *more]
    scores = [replace(score, signature=f"{score.signature}|{how}") for score in scores]
    parts = {**scorer.slices(rows), **task.text.slices(rows)}
    slices = [*slice_scores(scorer, parts, lines, rows), *task.more_slices(rows, lines)]
    classes, confusion = scorer.breakdown(lines, rows)
    if confusion:
        for suffix in ("png", "tsv"):
            save_confusion(run.file("scores", f"{name}-confusion.{suffix}"), *confusion)
    for kind, save in task.pictures(examples, answers).items():
        for suffix in ("png", "svg"):
            save(run.file("scores", f"{name}-{kind}.{suffix}"))
    result = Evaluation(task.name, str(run.path), name, len(rows), speed, scores, baselines, slices, classes, path)
    record = {**result.as_dict(), "text_fingerprint": task.text.fingerprint, "weights": task.weights_fingerprint}
    run.write_json(f"scores/{name}.json", {**record, "search": search_of(run), "rows": fingerprint_of(rows)})
    write_model_card(run)
    return result


def _as_text(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def must_adapt(run: RunFolder, examples: EvaluationRows) -> None:
    """Raises RunError for a run that has no dynamic evaluation, CorpusError if dev, to choose its rate on, is gone."""
    run.must_write("dynamic evaluation")
    run.must_be_single("dynamic evaluation")
    if examples.dev is None:
        raise CorpusError(
            f"dynamic evaluation chooses its learning rate on dev, but corpus {run.settings.corpus.name}, which "
            f"'{run.path}' was trained on, is gone or has changed; put it back, or leave --dynamic out"
        )


def slice_scores(
    scorer: Scorer, slices: Mapping[str, Mapping[str, Sequence[int]]], answers: Sequence[str], rows: Sequence
) -> list[dict[str, Any]]:
    """Returns the main score of each part of slices, {quantity: {label: row numbers}}; see Evaluation."""
    scored = []
    for by, parts in slices.items():
        values = {}
        for label, numbers in parts.items():
            score = scorer.score([answers[i] for i in numbers], [rows[i] for i in numbers], interval=False)[0]
            values[label] = {"examples": len(numbers), "value": score.value}
        scored.append({"by": by, "score": scorer.main_score, "parts": values})
    return scored
