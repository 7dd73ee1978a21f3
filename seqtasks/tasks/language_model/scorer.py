"""The scores of the language-model task: nats, bits and perplexity."""

import re
import unicodedata

from seqtasks.scores import language
from seqtasks.tasks import scorer
from seqtasks.tasks.scorer import by_length

# Bounds, in characters, of the line lengths that are scored separately.
_LENGTHS = (10, 20, 40, 80)
# The characters that text.pieces turns into a space.
_SPACE = re.compile("[\\s\x00-\x1f\x7f-\x9f\ufeff\u200b\u2060\u2581\u2585]+")


class Scorer(scorer.Scorer):
    """Scores the probability of each line; see scores/language.py."""

    file = "counts.json"
    lower_is_better = True

    def __init__(self, settings, known):
        super().__init__(settings, known)
        self.unit = "word" if settings.text.kind == "words" else "character"
        self.main_score = f"nats_per_{self.unit}"

    @staticmethod
    def counted(settings):
        text = settings.text
        what = f"words of a vocabulary of {text.size:,}" if text.kind == "words" else "characters"
        return f"{what} in {text.normalization}{', lower case' if text.lowercase else ''}"

    @property
    def decoding(self):
        return "state:line" if self.settings.training.chunk is None else "state:carried"

    def metrics(self, rows):
        return language.metrics(self.unit)

    def score(self, lines, rows, *, interval=True, **options):
        """Scores lines against rows; `options` are those of `language_scores`."""
        characters = sum(characters_of(rows, self.settings.text))
        return language.language_scores(lines, characters, unit=self.unit, interval=interval, **options)

    def reference(self, row):
        return row["text"]

    def slices(self, rows):
        lengths = characters_of(rows, self.settings.text)
        return {"characters in the line, its end counted": by_length(lengths, _LENGTHS)}


def characters_of(rows, settings):
    """Returns the number of characters of each row after normalization, its line end included, a list of ints.

    `settings` is the section `text`.
    """
    lengths = []
    for row in rows:
        text = row["text"]
        if settings.kind != "characters":
            text = re.sub("[\x00-\x1f]", " ", text)
        text = unicodedata.normalize(settings.normalization.upper(), text)
        text = text.lower() if settings.lowercase else text
        lengths.append(1 + len(text if settings.kind == "characters" else _SPACE.sub(" ", text).strip(" ")))
    return lengths
