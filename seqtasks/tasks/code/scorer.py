"""The scores of the code task."""

from seqtasks.grammar.languages import LANGUAGES
from seqtasks.scores import programs
from seqtasks.tasks import scorer
from seqtasks.tasks.scorer import by_length

# Bounds of the numbers of words of sentences that are scored separately.
_LENGTHS = (5, 10, 15, 20, 30)


class Scorer(scorer.Scorer):
    """Scores programs by their trees."""

    file = "code.json"
    main_score = "exact"

    def __init__(self, settings, known):
        super().__init__(settings, known)
        self.language = known["language"]
        if self.language not in LANGUAGES:
            raise ValueError(f"the language is {self.language!r}; allowed: {' or '.join(LANGUAGES)}")

    @staticmethod
    def search(settings):
        return settings.search.model_dump()

    @property
    def decoding(self):
        search = self.settings.search
        return f"beam:{search.beam}|length_penalty:{search.length_penalty:g}"

    def metrics(self, rows):
        return programs.metrics([row["targets"] for row in rows], self.language)

    def reference(self, row):
        return row["targets"][0]

    def slices(self, rows):
        return {"words in the sentence": by_length([len(row["source"].split()) for row in rows], _LENGTHS)}
