"""The scores of the code task."""

from seqtasks.grammar.languages import LANGUAGES
from seqtasks.scores import programs
from seqtasks.tasks.scorer import SearchScorer, by_length

# Bounds of the numbers of words of sentences that are scored separately.
_LENGTHS = (5, 10, 15, 20, 30)


class Scorer(SearchScorer):
    """Scores programs by their trees."""

    file = "code.json"
    main_score = "exact"

    def __init__(self, settings, known):
        super().__init__(settings, known)
        self.language = known["language"]
        if self.language not in LANGUAGES:
            raise ValueError(f"the language is {self.language!r}; allowed: {' or '.join(LANGUAGES)}")

    def metrics(self, rows):
        return programs.metrics([row["targets"] for row in rows], self.language)

    def reference(self, row):
        return row["targets"][0]

    def slices(self, rows):
        return {"words in the sentence": by_length([len(row["source"].split()) for row in rows], _LENGTHS)}
