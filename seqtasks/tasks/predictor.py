"""One way to answer, for a run and for an export alike; no TensorFlow of its own."""

from collections.abc import Callable, Sequence
from typing import Any

from seqtasks.batches.planning import answer_in_batches
from seqtasks.errors import UsageError
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks.answer import Answer, Reader


class Predictor:
    """Answers and explains inputs by functions of a graph.

    Attributes:
        reader: the Reader of the task.
    """

    def __init__(self, ask: Callable[..., dict], reader: Reader, *, batch_size: int):
        """Takes a function `ask(name, inputs, **options)` to arrays by name, for the names predict, explain and check.

        What each gives is described at the task's `function`. `batch_size` is the number of inputs in a batch at most.
        """
        self._ask, self.reader, self.batch_size = ask, reader, batch_size

    def answers(self, inputs: Sequence, *, progress: Callable | None = None, **options: Any) -> list[Answer]:
        """Returns an Answer for each input, in their order; none depends on the inputs beside it.

        Args:
            inputs: list of what the reader takes; a blank one gets a blank answer.
            progress: called with the number of inputs done after each batch.
            options: see the reader's `options`.
        """

        def answer(batch: Sequence) -> list[Answer]:
            return self.reader.answers(batch, self._ask("predict", batch, **options), **options)

        lengths = [self.reader.length(one) for one in inputs]
        return answer_in_batches(inputs, lengths, self.batch_size, answer, progress=progress)

    def explain(self, one: Any) -> AttentionTable:
        """Returns the AttentionTable of the answer to one input; raises UsageError where the model has none to show."""
        if self.reader.unexplained:
            raise UsageError(self.reader.unexplained)
        return self.reader.explanation(one, self._ask("explain", [one]))

    def check(self, one: Any) -> Answer:
        """Returns a blank Answer that tells how an input is read, without answering it: what is cut, what unknown."""
        return self.reader.blank(self._ask("check", [one]))
