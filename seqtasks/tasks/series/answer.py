"""The answers of the series task: the label of a series, or of each of its steps."""

from dataclasses import dataclass

import numpy as np

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.series.line import as_lines, steps_of
from seqtasks.tasks import answer
from seqtasks.tasks.answer import Answer, class_answers, decoded

_SHOWN = 3


@dataclass(frozen=True)
class Labels(Answer):
    """An Answer whose text is the label of a series and whose scores are probabilities, or has one for each step.

    The score of labels of steps is their mean log probability.

    Attributes:
        labels, probabilities: of each step; empty where the series has one label.
    """

    labels: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()

    @property
    def graded(self):
        return not self.labels

    def _of_unknown(self):
        share = f"{100 * self.unknown:.0f} % of its steps"
        return f"{share} have a value that is no number, or another number of channels"

    def details(self):
        if not self.labels:
            return {}
        return {"labels": list(self.labels), "probabilities": [round(one, 4) for one in self.probabilities]}


class Reader(answer.Reader):
    """Reads labels and probabilities of a series, or of its steps, as the arrays have them.

    Of labels of steps there is but one answer, however many are asked for.
    """

    argument = "series"
    options = ("best",)
    answer_type = Labels
    odd_inputs = (*answer.Reader.odd_inputs, "nan", "1,2 , 3,4,5 -1e-3 inf", "0.5 " * 300)

    def checked(self, inputs):
        """Returns inputs as a list of lines; an array (steps, channels) becomes its line."""
        return super().checked(as_lines(inputs))

    def shown(self, one):
        steps = steps_of(one)
        return " ".join([*steps[:_SHOWN], *(["..."] if len(steps) > _SHOWN else [])])

    def to_probe(self, one):
        probe = super().to_probe(one)
        return probe if probe == one else probe.rpartition(" ")[0]

    def input_of(self, row):
        return row["series"]

    def answers(self, inputs, found, *, best=1, **_):
        if len(inputs) and np.ndim(found["labels"]) == 2:
            names = ("labels", "probabilities", "cut", "unknown")
            return [_of_steps(*row) for row in zip(*(found[name] for name in names), strict=True)]
        return class_answers(Labels, found, best=best)

    def explanation(self, one, found):
        (answer,) = self.answers([one], found)
        pieces, rows = ([decoded(name) for name in found[key][0] if decoded(name)] for key in ("pieces", "runs"))
        first = [int(one) for one in found["first"][0][: len(rows)]]
        return AttentionTable(
            kind=decoded(found["kind"][0]),
            columns=tuple(pieces),
            rows=tuple(rows),
            weights=np.asarray(found["weights"][0])[: len(rows), : len(pieces)],
            source=one,
            prediction=answer.text,
            layout="series",
            channels=tuple(map(decoded, found["channels"][0])),
            spans=tuple(zip(first, [*first[1:], len(pieces)], strict=True)) if rows else (),
        )


def _of_steps(labels, probabilities, cut, unknown):
    names = [decoded(label) for label in labels]
    names = names[: names.index("")] if "" in names else names
    shares = [float(share) for share in probabilities[: len(names)]]
    score = float(np.mean(np.log(np.maximum(shares, 1e-30)))) if names else 0.0
    text = " ".join(names)
    return Labels(text, score, ((text, score),), bool(cut), float(unknown), tuple(names), tuple(shares))
