"""The answers of the sentiment task: classes, best first."""

from dataclasses import dataclass

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import Answer, class_answers, decoded


@dataclass(frozen=True)
class Classification(Answer):
    """An Answer whose text is a class and whose scores are probabilities."""

    graded = True


class Reader(answer.Reader):
    """Reads labels and probabilities; the score of an Answer is the probability of its class."""

    options = ("best",)
    answer_type = Classification

    def input_of(self, row):
        return row["text"]

    def answers(self, inputs, found, *, best=1, **_):
        return class_answers(Classification, found, best=best)

    def explanation(self, one, found):
        label = decoded(found["labels"][0])
        return AttentionTable(
            kind=decoded(found["kind"][0]),
            columns=tuple(map(decoded, found["pieces"][0])),
            rows=(label,),
            weights=found["weights"][0],
            source=one,
            prediction=label,
            layout="text",
        )
