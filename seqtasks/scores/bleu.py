"""BLEU and chrF of sacrebleu (Post, 2018): the one place that reaches into what sacrebleu keeps to itself.

What is private there may change with any release, so setup.cfg takes the releases that this was tried with.
"""

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, _bootstrap_resample, estimate_ci

__all__ = ["PairedTest", "metrics", "resampled", "score", "statistics", "value"]


def metrics(tokenizer, *, references=None, remarks=False):
    """Returns {"BLEU": metric, "chrF": metric}.

    Args:
        tokenizer: how BLEU finds words, as sacrebleu calls it.
        references: streams of references that every system is scored against, where they are known beforehand.
        remarks: let sacrebleu say where texts look as if they were tokenized.
    """
    return {
        "BLEU": BLEU(tokenize=tokenizer, references=references, force=not remarks),
        "chrF": CHRF(references=references),
    }


def statistics(metric, predictions, streams):
    """Returns what a metric adds up over the lines, a list of numbers for each; streams are None if it knows them."""
    return metric._extract_corpus_statistics(predictions, streams)


def value(metric, totals):
    """Returns the score, 0-100, that sums of statistics make."""
    return float(metric._compute_score_from_stats(list(totals)).score)


def score(metric, found):
    """Returns the score, 0-100, that statistics of lines make."""
    return float(metric._aggregate_and_compute(found).score)


def resampled(metric, found, resamples):
    """Returns the mean score of bootstrap resamples of statistics, and half of its interval.

    The signature of the metric tells of them. Not by corpus_score, whose mean fails where only some resamples score 0.
    """
    metric.n_bootstrap = resamples
    metric.seed, scores = _bootstrap_resample(found, metric, resamples)
    return estimate_ci([one.score for one in scores])
