"""Answering and explaining, the same way for runs and exports; imports no TensorFlow."""

from collections.abc import Callable, Sequence
from typing import Any

from seqtasks.batches.planning import answer_in_batches
from seqtasks.decoding.tree import Node
from seqtasks.errors import UsageError
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks.answer import Answer, Choice, Reader


class Predictor:
    """Answers and explains inputs by functions of a graph.

    Attributes:
        reader: the Reader of the task.
    """

    def __init__(self, function: Callable[..., Callable[[Sequence], dict]], reader: Reader, *, batch_size: int):
        """Takes `function(name, **options)`, which returns a function of inputs to arrays by name.

        The name is predict, explain or check; see Task.function for the arrays. `batch_size` is the largest number of
        inputs in a batch.
        """
        self._function, self.reader, self.batch_size = function, reader, batch_size

    def answers(self, inputs: Sequence, *, progress: Callable | None = None, **options: Any) -> list[Answer]:
        """Returns an Answer for each input, in order; no answer depends on the other inputs.

        Args:
            inputs: list of inputs of the reader; a blank one gets a blank answer.
            progress: called with the number of inputs done after each batch.
            options: see the reader's `options`.
        """
        predict = self._function("predict", **options)

        def answer(batch: Sequence) -> list[Answer]:
            return self.reader.answers(batch, self._found(predict, batch), **options)

        lengths = [self.reader.length(one) for one in inputs]
        return answer_in_batches(inputs, lengths, self.batch_size, answer, progress=progress)

    def explain(self, one: Any, **options: Any) -> AttentionTable:
        """Returns the AttentionTable of the answer to one input; raises UsageError if the model has none.

        `options` are those of the reader that explanations have: `prefix`.
        """
        if self.reader.unexplained:
            raise UsageError(self.reader.unexplained)
        return self.reader.explanation(one, self._found(self._function("explain", **options), [one]))

    def explained(self, one: Any, **options: Any) -> tuple[Answer, AttentionTable]:
        """Returns the Answer to one input and its AttentionTable, of one search.

        Only for a run whose task has a search, and an explanation; `options` are those of `answers`.
        """
        found = self._found(self._function("explained", **options), [one])
        (answer,) = self.reader.answers([one], found, **options)
        return answer, self.reader.explanation(one, found)

    def choices(self, one: Any, **options: Any) -> list[Choice]:
        """Returns a Choice for each piece of the answer, or of the input of a task that writes on from it.

        Only for a run whose task writes text piece by piece; `options` are those of `explain`.
        """
        found = self._found(self._function("choices", **options), [one])
        return self.reader.choices(found)

    def tree(self, one: Any, **options: Any) -> list[Node]:
        """Returns the Nodes of the search for the answer to one input, in the order of its steps.

        Only for a run whose task has a search; `options` are those of `answers`.
        """
        return self.reader.tree(self._found(self._function("tree", **options), [one]))

    def check(self, one: Any) -> Answer:
        """Returns a blank Answer with cut and unknown of one input, without answering it."""
        return self.reader.blank(self._found(self._function("check"), [one]))

    def _found(self, function: Callable[[Sequence], dict], batch: Sequence) -> dict:
        """Returns what a function of the graph finds; raises UsageError that names the input which it cannot read."""
        try:
            return function(batch)
        except Exception as error:
            # By its name, as TensorFlow is not imported here.
            if not self.reader.broken or type(error).__name__ != "InvalidArgumentError":
                raise
            if len(batch) == 1:
                raise UsageError(f"{self.reader.shown(batch[0])}: {self.reader.broken}") from error
            for one in batch:
                self._found(function, [one])
            raise
