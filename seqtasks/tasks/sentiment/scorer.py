"""The scores of the sentiment task: accuracy and macro F1."""

from seqtasks.scores import classification
from seqtasks.tasks import scorer
from seqtasks.tasks.scorer import by_length

# Bounds, in words, of the text lengths that are scored separately.
_LENGTHS = (10, 20, 40, 100, 200, 400)


class Scorer(scorer.Scorer):
    """Scores classes."""

    file = "classes.json"
    main_score = "accuracy"

    @property
    def decoding(self):
        return f"classes:{len(self.known['classes'])}"

    def metrics(self, rows):
        return classification.metrics([row["label"] for row in rows])

    def reference(self, row):
        return row["label"]

    def slices(self, rows):
        return {"words": by_length([len(row["text"].split()) for row in rows], _LENGTHS)}

    def breakdown(self, lines, rows):
        labels = [row["label"] for row in rows]
        return classification.class_table(lines, labels), classification.confusion(lines, labels)
