"""BLEU and chrF of sacrebleu (Post, 2018): the only module that uses sacrebleu's private functions.

They may change with any release, so setup.cfg allows only the releases that this was tested with.
"""

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, _bootstrap_resample, estimate_ci

__all__ = ["PairedTest", "by_order", "metrics", "resampled", "score", "statistics", "value"]


def metrics(tokenizer, *, references=None, remarks=False):
    """Returns {"BLEU": metric, "chrF": metric}.

    Args:
        tokenizer: sacrebleu's name of the tokenizer for BLEU.
        references: streams of references that every system is scored against, if they are known beforehand.
        remarks: let sacrebleu warn about texts that look tokenized.
    """
    return {
        "BLEU": BLEU(tokenize=tokenizer, references=references, force=not remarks),
        "chrF": CHRF(references=references),
    }


def by_order(tokenizer, *, references, orders):
    """Returns {"BLEU-n": metric} in lower case for each of the orders n; the arguments are those of `metrics`."""
    return {
        f"BLEU-{order}": BLEU(
            tokenize=tokenizer, lowercase=True, max_ngram_order=order, references=references, force=True
        )
        for order in orders
    }


def statistics(metric, predictions, streams):
    """Returns the statistics that a metric sums over lines, a list of numbers for each; streams None: its own."""
    return metric._extract_corpus_statistics(predictions, streams)


def value(metric, totals):
    """Returns the score, 0-100, from sums of statistics."""
    return float(metric._compute_score_from_stats(list(totals)).score)


def score(metric, found):
    """Returns the score, 0-100, from the statistics of lines."""
    return float(metric._aggregate_and_compute(found).score)


def resampled(metric, found, resamples):
    """Returns the mean score of bootstrap resamples of statistics, and half the width of its interval.

    The metric's signature then includes them. corpus_score is not used, as its mean fails if some resamples score 0.
    """
    metric.n_bootstrap = resamples
    metric.seed, scores = _bootstrap_resample(found, metric, resamples)
    return estimate_ci([one.score for one in scores])
