"""The scores of the fill task: nats a word, perplexity, accuracy, and accuracy among five."""

import math

from seqtasks.scores import Metric, rate, significance
from seqtasks.tasks import scorer
from seqtasks.tasks.scorer import by_length
from seqtasks.version import __version__

# Bounds, in words between blanks, of the sentence lengths that are scored separately.
_LENGTHS = (3, 5, 7, 10, 15)
_AMONG = 5
UNSCORED = "-"


def told(nats, rank, best):
    """Returns how a word is kept in a prediction: its -log p in a gap, its rank among all words, and the likeliest."""
    return f"{nats:.4f}:{rank}:{best}"


class Scorer(scorer.Scorer):
    """Scores each word of a sentence as if it alone were missing.

    A line has for each word of a sentence what `told` gives, or "-" if the word is unknown or beyond the length limit;
    then it counts in no score. Tests and intervals keep the words of a sentence together.
    """

    file = "counts.json"
    main_score = "nats_per_word"
    lower_is_better = True

    @staticmethod
    def counted(settings):
        text = settings.text
        case = ", lower case" if text.lowercase else ""
        return f"words of a vocabulary of {text.size:,} in {text.normalization}{case}"

    @property
    def decoding(self):
        return "gaps:one"

    def parsed(self, lines):
        """Returns for each line the list of (nats, rank) of its words that are scored, and the number of the others."""
        found = []
        for line in lines:
            words = [word.split(":", 2)[:2] for word in line.split(" ") if word not in ("", UNSCORED)]
            scored = [(float(nats), int(rank)) for nats, rank in words]
            found.append((scored, line.split(" ").count(UNSCORED)))
        return found

    def metrics(self, rows, more=""):
        def metric(name, value):
            return Metric(name, f"version:{__version__}{more}", _sums, value)

        def nats(totals):
            return totals[0] / max(1.0, totals[1])

        return [
            metric("nats_per_word", nats),
            metric("perplexity", lambda totals: math.exp(min(700.0, nats(totals)))),
            metric("accuracy", lambda totals: float(rate(totals[2], totals[1]))),
            metric("accuracy_among_five", lambda totals: float(rate(totals[3], totals[1]))),
        ]

    def score(self, lines, rows, *, interval=True):
        parsed = self.parsed(lines)
        more = f"|unscored:{sum(unscored for _, unscored in parsed)}"
        return [significance.score(one, parsed, interval=interval) for one in self.metrics(rows, more)]

    def reference(self, row):
        return row["text"]

    def slices(self, rows):
        return {"words in the sentence": by_length([max(1, len(row["text"].split())) for row in rows], _LENGTHS)}


def _sums(parsed):
    """Returns (lines, 4): nats, the number of words, and how many are the likeliest and among the five likeliest."""
    sums = []
    for words, _ in parsed:
        ranks = [rank for _, rank in words]
        right, among = (sum(rank <= most for rank in ranks) for most in (1, _AMONG))
        sums.append((sum(nats for nats, _ in words), len(words), right, among))
    return sums
