"""The scores of the caption task."""

from seqtasks.scores import captions, scenes
from seqtasks.tasks.scorer import SearchScorer

_THINGS = ("1", "2", "3 or more")


class Scorer(SearchScorer):
    """Scores captions by CIDEr-D and others; where things are known in the images, first by object F1."""

    file = "captions.json"

    def __init__(self, settings, known):
        super().__init__(settings, known)
        self.nouns = tuple(known["things"])
        self.main_score = "object F1" if self.nouns else "CIDEr-D"

    def metrics(self, rows):
        found = captions.metrics([row["captions"] for row in rows], language=self.known["language"])
        if self.nouns:
            found = scenes.metrics([row.get("things", {}) for row in rows], self.nouns) + found
        return found

    def reference(self, row):
        return row["captions"][0]

    def slices(self, rows):
        slices = {}
        if self.nouns:
            counts = [sum(map(len, row.get("things", {}).values())) for row in rows]
            slices["number of things"] = {
                label: [i for i, count in enumerate(counts) if count == number or (number == 3 and count > 3)]
                for number, label in enumerate(_THINGS, start=1)
            }
        parts = dict.fromkeys(row["part"] for row in rows if row.get("part"))
        if len(parts) > 1:
            slices["part"] = {part: [i for i, row in enumerate(rows) if row.get("part") == part] for part in parts}
        return {by: {label: numbers for label, numbers in of.items() if numbers} for by, of in slices.items()}
