"""The answers of the code task: programs, best first."""

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import best_of, decoded, ranked_answers


class Reader(answer.Reader):
    """Reads programs and their scores, one or several for each sentence."""

    options = ("beam", "best")
    odd_inputs = (
        *answer.Reader.odd_inputs,
        "print 'it\\'s' and \"\\x1\" or 'a\tb' for None",
        "doesn't ... 'x' " + "07 1.50 1e999 x" * 9,
    )

    def input_of(self, row):
        return row["source"]

    def answers(self, inputs, found, **_):
        return ranked_answers(found, len(inputs), "programs")

    def explanation(self, one, found):
        """Rows are the actions in the order of the text, nodes of a tree."""
        return AttentionTable(
            kind="attention",
            columns=tuple(map(decoded, found["source_pieces"][0])),
            rows=tuple(map(decoded, found["target_pieces"][0])),
            weights=found["attention"][0],
            source=one,
            prediction=best_of(found["programs"][0]),
            layout="tree",
            fathers=found["fathers"][0],
            copied=found["copied"][0],
        )
