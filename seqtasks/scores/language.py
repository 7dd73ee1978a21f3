"""Scores of how well a text is foretold, from what a model says of each line.

A prediction is "NATS PIECES UNSCORED": the sum of -log p over the pieces of a line, its end among them; their number;
and how many of them were left out of the sum, as the train split has none like them.
"""

import math

import numpy as np

import seqtasks
from seqtasks.scores import Metric, significance


def line_scores(nats, pieces, unscored):
    """Returns what is known of a line as a prediction."""
    return f"{nats:.6f} {pieces} {unscored}"


def language_scores(predictions, characters, *, unit, interval=True):
    """Scores predictions; lower is better.

    Args:
        predictions: list of str, one a line.
        characters: (lines,) ints, the characters of each line and its end.
        unit: "word" counts by word, the ends of lines among them; else it is by character.
        interval: also estimate a bootstrap interval, over 1,000 resamples of lines.

    Returns:
        [nats_per_word, perplexity] or [nats_per_character, bits_per_character, perplexity], the last a piece's. Raises
        ValueError where there are no lines.
    """
    return [
        significance.score(metric, predictions, interval=interval) for metric in _metrics(predictions, characters, unit)
    ]


def compare_models(systems, characters, *, unit):
    """Paired tests of {name: predictions}, the first the baseline; see significance.compare."""
    return significance.compare(systems, _metrics(next(iter(systems.values())), characters, unit))


def compare_groups(systems, characters, *, unit):
    """Compares {name: list, by seed, of predictions}; see significance.compare_groups."""
    return significance.compare_groups(systems, _metrics(next(iter(systems.values()))[0], characters, unit))


def _metrics(predictions, characters, unit):
    """Metrics of statistics (lines, 3): nats, pieces that were scored, characters."""
    unscored = sum(int(line.split()[2]) for line in predictions)
    signature = f"version:{seqtasks.__version__}|unscored:{unscored}"

    def statistics(predictions):
        found = np.array([[float(number) for number in line.split()] for line in predictions])
        return np.stack([found[:, 0], found[:, 1] - found[:, 2], np.asarray(characters, float)], axis=1)

    def per_piece(totals):
        return totals[0] / max(1.0, totals[1])

    def per_character(totals):
        return totals[0] / max(1.0, totals[2])

    perplexity = Metric("perplexity", signature, statistics, lambda totals: math.exp(min(700.0, per_piece(totals))))
    if unit == "word":
        return [Metric("nats_per_word", signature, statistics, per_piece), perplexity]
    return [
        Metric("nats_per_character", signature, statistics, per_character),
        Metric("bits_per_character", signature, statistics, lambda totals: per_character(totals) / math.log(2)),
        perplexity,
    ]
