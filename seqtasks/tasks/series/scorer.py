"""The scores of the series task: accuracy and macro F1 of labels, for steps also of runs of equal labels."""

from functools import cached_property

from seqtasks.scores import classification, labeling
from seqtasks.tasks import scorer
from seqtasks.tasks.scorer import by_length

# Bounds, in steps, of the series that are scored separately.
_LENGTHS = (10, 20, 50, 100, 200, 500, 1000)
# What stands for the label of a step that was not read.
UNREAD = "-"


class Scorer(scorer.Scorer):
    """Scores labels: a line is that of a series, or those of its steps with spaces in between."""

    file = "labels.json"

    @cached_property
    def of_steps(self):
        """Whether each step has a label."""
        return self.settings.model.output == "steps"

    @property
    def main_score(self):
        return "frame_accuracy" if self.of_steps else "accuracy"

    @property
    def decoding(self):
        how = "crf" if self.settings.model.crf else "softmax"
        return f"output:{self.settings.model.output}|{how}|labels:{len(self.known['labels'])}"

    def metrics(self, rows):
        if self.of_steps:
            return labeling.step_metrics([self._labels(row) for row in rows])
        return classification.metrics([row["labels"][0] for row in rows])

    def parsed(self, lines):
        return [tuple(line.split()) for line in lines] if self.of_steps else lines

    def reference(self, row):
        return " ".join(self._labels(row)) if self.of_steps else row["labels"][0]

    def slices(self, rows):
        return {"steps": by_length([len(row["series"].split()) for row in rows], _LENGTHS)}

    def breakdown(self, lines, rows):
        answers, wanted = self.parsed(lines), [row["labels"][0] for row in rows]
        if self.of_steps:
            answers = [label for labels in answers for label in labels]
            wanted = [label for row in rows for label in self._labels(row)]
        return classification.class_table(answers, wanted), classification.confusion(answers, wanted)

    @staticmethod
    def _labels(row):
        """Returns the label of each step; the label of the series is that of all its steps."""
        labels = row["labels"]
        return labels if len(labels) > 1 else labels * len(row["series"].split())
