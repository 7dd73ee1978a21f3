"""Paired tests of systems on the same examples."""

from statistics import fmean
from typing import Any

from seqtasks.errors import RunError, UsageError
from seqtasks.evaluation.evaluating import evaluate, slice_scores
from seqtasks.evaluation.predictions import kept_answers
from seqtasks.evaluation.rows import evaluation_rows
from seqtasks.pictures import notebook
from seqtasks.pictures.charts.score_lines import save_score_lines
from seqtasks.scores import format_interval, format_score, spread
from seqtasks.tasks import scorer_class


class Comparison(list[dict[str, Any]]):
    """Rows of scores, one for each system and score, see `compare`; a notebook shows them as a table."""

    def _repr_html_(self) -> str:
        """Returns the table as a notebook shows it."""
        head = ("score", "system", "value", "95 % interval", "p (bootstrap)", "p (randomization)")
        signatures = dict.fromkeys((row["score"], row["signature"]) for row in self)
        return notebook.block(
            notebook.table(head, [_cells(row) for row in self]),
            *(notebook.note(f"{name}: {signature.replace('|', ' | ')}") for name, signature in signatures),
        )


def _cells(row):
    name, deviation = row["score"], row.get("deviation")
    value = spread(name, row["value"], deviation, row["runs"]) if "runs" in row else format_score(name, row["value"])
    chances = [row["bootstrap_p"], row.get("randomization_p")]
    first = "baseline" if chances[0] is None else f"{chances[0]:.4f}"
    second = "" if chances[1] is None else f"{chances[1]:.4f}"
    return name, row["system"], value, format_interval(name, row["low"], row["high"]), first, second


def compare(systems, *, split=None, progress=None, picture=None, loading=None):
    """Tests whether systems differ on the same examples; the first is the baseline.

    Predictions that `evaluate` wrote with a run's current weights are reused; missing ones are made.

    Args:
        systems: {name: list of RunFolder}, one run or the runs of a group.
        split: split of the first run's corpus; None is test.
        picture: path of a picture of the main score by slice, `.png` or `.svg`; None draws nothing.
        loading: called before a model, and so TensorFlow, is loaded, which happens only if predictions are missing.

    Returns:
        A Comparison: a list of rows as `scores.significance.compare` returns them, or
        `scores.significance.compare_groups` if a system is a group. Raises RunError for runs that cannot be compared.
    """
    refuse_unlike(systems)
    first = next(iter(systems.values()))[0]
    examples = evaluation_rows(first, split=split)
    rows, answers, split = examples.rows, {}, examples.name
    for system, runs in systems.items():
        answers[system] = []
        for run in runs:
            kept = kept_answers(run, split, rows)
            if kept is None:
                if loading:
                    loading()
                evaluate(run, examples, progress=progress)
                kept = kept_answers(run, split, rows)
            answers[system].append(kept)
    scorer = first.load_scorer()
    if picture:
        _draw(picture, scorer, answers, rows)
    if all(len(runs) == 1 for runs in systems.values()):
        return Comparison(scorer.compare({system: found[0] for system, found in answers.items()}, rows))
    return Comparison(scorer.compare_groups(answers, rows))


def _draw(picture, scorer, answers, rows):
    values, slices = {}, scorer.slices(rows)
    for system, of_runs in answers.items():
        found = [slice_scores(scorer, slices, one, rows)[0] for one in of_runs]
        parts = zip(*(one["parts"].values() for one in found), strict=True)
        values[system] = [fmean(part["value"] for part in of_seeds) for of_seeds in parts]
    sizes = {label: part["examples"] for label, part in found[0]["parts"].items()}
    save_score_lines(picture, sizes, values, score_name=scorer.main_score, slice_name=found[0]["by"])


def refuse_unlike(systems):
    """Raises RunError or UsageError if systems cannot be compared: other tasks or corpora, or the same run twice."""
    runs = [run for members in systems.values() for run in members]
    first = runs[0]
    names = [str(run.path.resolve()) for run in runs]
    if len(systems) < 2 or len(set(names)) < len(names):
        raise UsageError("compare needs at least two different runs; give the baseline first")
    for run in runs[1:]:
        if run.task != first.task:
            raise RunError(
                f"'{first.path}' is a run of {first.task} but '{run.path}' is a run of {run.task}; compare runs of the "
                "same task"
            )
        if run.manifest["corpus"]["fingerprint"] != first.manifest["corpus"]["fingerprint"]:
            raise RunError(
                f"'{first.path}' and '{run.path}' were trained on different corpora; compare runs of one corpus"
            )
        one, other = (scorer_class(first.task).counted(of.settings) for of in (first, run))
        if one != other:
            raise RunError(
                f"the scores of '{first.path}' count {one} but those of '{run.path}' count {other}; compare runs that "
                "count the same"
            )
