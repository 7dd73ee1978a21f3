"""The scores of the translate task: BLEU and chrF."""

from seqtasks.scores import translation
from seqtasks.tasks.scorer import SearchScorer, by_length

# Bounds of the source lengths that are scored separately.
_LENGTHS = (5, 10, 15, 20, 30)


class Scorer(SearchScorer):
    """Scores translations by sacrebleu, with its own tests of significance."""

    file = "languages.json"
    main_score = "BLEU"

    def __init__(self, settings, known):
        super().__init__(settings, known)
        self.source, self.target = map(str, known)

    def metrics(self, rows):
        return translation.metrics(_references(rows), language=self.target)

    def score(self, lines, rows, *, interval=True):
        return translation.translation_scores(lines, _references(rows), language=self.target, interval=interval)

    def compare(self, systems, rows):
        return translation.compare_translations(systems, _references(rows), language=self.target)

    def reference(self, row):
        return row["targets"][0]

    def slices(self, rows):
        # If the name of the language is unknown, the majority of sentences decides.
        spaced = translation.spaces_words(self.source) and 2 * sum(" " in row["source"] for row in rows) >= len(rows)
        lengths = [len(row["source"].split() if spaced else row["source"]) for row in rows]
        return {f"{'words' if spaced else 'characters'} in the source": by_length(lengths, _LENGTHS)}


def _references(rows):
    return [row["targets"] for row in rows]
