"""Scores of how well a model predicts a text, from its probability of each line.

A prediction is "NATS PIECES CHARACTERS": the sum of -log p over the pieces of a line, its end among them, and how many
pieces and characters that sum is over. Pieces that the model never predicts, as the train split has none like them, are
in none of the three.
"""

import math

from seqtasks.scores import Metric, significance
from seqtasks.version import __version__


def line_scores(nats, pieces, characters):
    """Returns the prediction of a line."""
    return f"{nats:.6f} {pieces} {characters}"


def language_scores(predictions, characters, *, unit, interval=True):
    """Scores predictions; lower is better.

    Args:
        predictions: list of str, one a line.
        characters: how many characters the lines have, their ends counted; the signature says how many are not scored.
        unit: "word" counts by word, where punctuation marks and the ends of lines are words; else by character.
        interval: also estimate a bootstrap interval, over 1,000 resamples of lines.

    Returns:
        [nats_per_word, perplexity], the latter a word's, or [nats_per_character, bits_per_character, perplexity], a
        character's. Raises ValueError where there are no lines.
    """
    scored = sum(int(line.split()[2]) for line in predictions)
    found = metrics(unit, f"|unscored:{characters - scored}")
    return [significance.score(metric, predictions, interval=interval) for metric in found]


def metrics(unit, more=""):
    """Returns the scores of predictions as Metrics; `unit` is "word", else a character, `more` goes into the signature.

    Their statistics are (lines, 2): nats, and how many units they are over.
    """
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
