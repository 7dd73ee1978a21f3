"""The answers of the translate task: translations, best first."""

import numpy as np

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import Answer, decoded

# If fewer answers are possible than there are beams, the search fills up with hypotheses of nearly zero probability.
_UNREACHED = -1e6


class Reader(answer.Reader):
    """Reads translations and their scores, one or several for each source."""

    options = ("beam", "best")

    def input_of(self, row):
        return row["source"]

    def answers(self, inputs, found, **_):
        count = len(inputs)
        columns = (np.reshape(np.asarray(found[name], object), [count, -1]) for name in ("translations", "scores"))
        answers = []
        for texts, scores, cut, unknown in zip(*columns, found["cut"], found["unknown"], strict=True):
            pairs = [(decoded(text), float(score)) for text, score in zip(texts, scores, strict=True)]
            reached = tuple(pair for pair in pairs if pair[1] > _UNREACHED)
            answers.append(Answer(*pairs[0], reached, bool(cut), float(unknown)))
        return answers

    def explanation(self, one, found):
        return AttentionTable(
            kind="attention",
            columns=tuple(map(decoded, found["source_pieces"][0])),
            rows=tuple(map(decoded, found["target_pieces"][0])),
            weights=found["attention"][0],
            source=one,
            prediction=decoded(found["translations"][0]),
        )
