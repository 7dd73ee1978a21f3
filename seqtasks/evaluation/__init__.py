"""Evaluates runs: a predictions file in input order, scores with signatures, comparison of runs."""

from seqtasks.evaluation.comparing import Comparison, compare
from seqtasks.evaluation.evaluating import Evaluation, GroupEvaluation, evaluate, must_adapt
from seqtasks.evaluation.rows import evaluation_rows

__all__ = ["Comparison", "Evaluation", "GroupEvaluation", "compare", "evaluate", "evaluation_rows", "must_adapt"]
