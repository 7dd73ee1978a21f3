"""Scores of how well a text is foretold, from what a model says of each line.

A prediction is "NATS PIECES CHARACTERS": the sum of -log p over the pieces of a line, its end among them, and how many
pieces and characters that sum is over. Pieces that the model never says, as the train split has none like them, are in
none of the three.
"""

import math

from seqtasks.scores import Metric, significance
from seqtasks.version import __version__


def line_scores(nats, pieces, characters):
    """Returns what is known of a line as a prediction."""
    return f"{nats:.6f} {pieces} {characters}"


def language_scores(predictions, characters, *, unit, interval=True):
    """Scores predictions; lower is better.

    Args:
        predictions: list of str, one a line.
        characters: how many characters the lines have, their ends among them; those that are not scored are told.
        unit: "word" counts by word, where punctuation marks and the ends of lines are words; else by character.
        interval: also estimate a bootstrap interval, over 1,000 resamples of lines.

    Returns:
        [nats_per_word, perplexity], the latter a word's, or [nats_per_character, bits_per_character, perplexity], a
        character's. Raises ValueError where there are no lines.
    """
    scored = sum(int(line.split()[2]) for line in predictions)
    metrics = _metrics(unit, f"|unscored:{characters - scored}")
    return [significance.score(metric, predictions, interval=interval) for metric in metrics]


def compare_models(systems, *, unit):
    """Paired tests of {name: predictions}, the first the baseline; see significance.compare."""
    return significance.compare(systems, _metrics(unit))


def compare_groups(systems, *, unit):
    """Compares {name: list, by seed, of predictions}; see significance.compare_groups."""
    return significance.compare_groups(systems, _metrics(unit))


def _metrics(unit, more=""):
    """Metrics of statistics (lines, 2): nats, and how many units they are over."""
    column = 1 if unit == "word" else 2

    def statistics(predictions):
        lines = (line.split() for line in predictions)
        return [(float(line[0]), float(line[column])) for line in lines]

    def nats(totals):
        return totals[0] / max(1.0, totals[1])

    def metric(name, value):
        return Metric(name, f"version:{__version__}{more}", statistics, value)

    bits = [] if unit == "word" else [metric("bits_per_character", lambda totals: nats(totals) / math.log(2))]
    perplexity = metric("perplexity", lambda totals: math.exp(min(700.0, nats(totals))))
    return [metric(f"nats_per_{unit}", nats), *bits, perplexity]
