"""The answers of the language-model task: continuations of prompts, and lines that were measured."""

from dataclasses import dataclass

import numpy as np

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import Answer, decoded


class Continuation(Answer):
    """The continuation of a prompt. Of a prompt that is too long the beginning is not read."""

    unread = "beginning"


@dataclass(frozen=True, eq=False)
class Measured(Answer):
    """A line as it is scored; `nats` (pieces,) are -log p of its pieces, 0 for those that are never predicted."""

    nats: np.ndarray


class Reader(answer.Reader):
    """Reads continuations; the score of an Answer is the mean log p of a piece."""

    options = ("length", "temperature", "top_k", "seed")
    answer_type = Continuation
    writes = True

    def input_of(self, row):
        return row["text"]

    def answers(self, inputs, found, **_):
        columns = found["continuations"], found["scores"], found["cut"], found["unknown"]
        return [
            Continuation(decoded(text), float(score), ((decoded(text), float(score)),), bool(cut), float(unknown))
            for text, score, cut, unknown in zip(*columns, strict=True)
        ]

    def explanation(self, one, found):
        return AttentionTable(
            kind="saliency",
            columns=tuple(map(decoded, found["pieces"][0])),
            rows=(decoded(found["next"][0][0]),),
            weights=found["weights"][0],
            source=one,
            prediction=decoded(found["continuations"][0]),
            layout="text",
        )
