"""Scores of how well a model predicts a text, from its probability of each line.

A prediction is "NATS PIECES CHARACTERS": the sum of -log p over the pieces of a line, its end included, and the numbers
of pieces and characters in that sum. Pieces that the model never predicts, because they are not in the train split,
count in none of the three.
"""

import math

from seqtasks.scores import Metric, significance
from seqtasks.version import __version__


def line_scores(nats, pieces, characters):
    """Returns the prediction of a line."""
    return f"{nats:.6f} {pieces} {characters}"


def language_scores(predictions, characters, *, unit, interval=True, suffix="", how=""):
    """Scores predictions; lower is better.

    Args:
        predictions: list of str, one for each line.
        characters: number of characters of the lines, their ends included; the signature has the number not scored.
        unit: "word" scores by word, where punctuation marks and line ends are words; else by character.
        interval: also estimate a bootstrap interval, over 1,000 resamples of lines.
        suffix: added to the names of the scores.
        how: added to their signatures.

    Returns:
        [nats_per_word, perplexity], perplexity by word, or [nats_per_character, bits_per_character, perplexity],
        perplexity by character. Raises ValueError if there are no lines.
    """
    scored = sum(int(line.split()[2]) for line in predictions)
    found = metrics(unit, f"|unscored:{characters - scored}{how}", suffix=suffix)
    return [significance.score(metric, predictions, interval=interval) for metric in found]


def metrics(unit, more="", *, suffix=""):
    """Returns the scores of predictions as Metrics, by word if `unit` is "word".

    `more` is added to their signatures, `suffix` to their names.

    Their statistics are (lines, 2): nats and the number of units.
    """
    column = 1 if unit == "word" else 2

    def statistics(predictions):
        lines = (line.split() for line in predictions)
        return [(float(line[0]), float(line[column])) for line in lines]

    def nats(totals):
        return totals[0] / max(1.0, totals[1])

    def metric(name, value):
        return Metric(f"{name}{suffix}", f"version:{__version__}{more}", statistics, value)

    bits = [] if unit == "word" else [metric("bits_per_character", lambda totals: nats(totals) / math.log(2))]
    perplexity = metric("perplexity", lambda totals: math.exp(min(700.0, nats(totals))))
    return [metric(f"nats_per_{unit}", nats), *bits, perplexity]
