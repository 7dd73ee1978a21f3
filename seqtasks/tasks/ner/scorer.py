"""The scores of the ner task: F1 of entities, or token accuracy if tags mark no entities."""

from seqtasks.scores import classification, labeling
from seqtasks.tasks import scorer
from seqtasks.tasks.scorer import by_length
from seqtasks.text.tags import entities

# Bounds, in words, of the sentence lengths that are scored separately.
_LENGTHS = (5, 10, 20, 30, 50)


class Scorer(scorer.Scorer):
    """Scores a tag for each word; a line is the tags of a sentence with spaces in between."""

    file = "tags.json"

    def __init__(self, settings, known):
        super().__init__(settings, known)
        self.scheme, self.seen = str(known["scheme"]), set(known["seen"])
        self.main_score = "token_accuracy" if self.scheme == "none" else "entity_f1"

    @property
    def decoding(self):
        return f"output:{self.settings.model.output}"

    def metrics(self, rows):
        return labeling.metrics([row["tags"] for row in rows], scheme=self.scheme)

    def parsed(self, lines):
        return [tuple(line.split()) for line in lines]

    def line(self, answer):
        return " ".join(answer.tags)

    def reference(self, row):
        return " ".join(row["tags"])

    def slices(self, rows):
        found = {"words": by_length([len(row["words"]) for row in rows], _LENGTHS)}
        if self.scheme != "none":
            parts = {"seen in training": [], "unseen": []}
            for number, row in enumerate(rows):
                if names := set(names_in(row, self.scheme)):
                    parts["seen in training" if names <= self.seen else "unseen"].append(number)
            found["entities"] = {label: part for label, part in parts.items() if part}
        return found

    def breakdown(self, lines, rows):
        answers, wanted = self.parsed(lines), [row["tags"] for row in rows]
        if self.scheme == "none":
            flat = [[tag for tags in sequences for tag in tags] for sequences in (answers, wanted)]
            return classification.class_table(*flat), classification.confusion(*flat)
        return labeling.type_table(answers, wanted), labeling.type_confusion(answers, wanted)


def names_in(row, scheme):
    """Returns the entities of a row as "type words", none if tags mark no entities."""
    found = entities(row["tags"]) if scheme != "none" else ()
    return [f"{kind} {' '.join(row['words'][first:end])}" for kind, first, end in found]
