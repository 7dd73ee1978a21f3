"""The answers of the translate task: translations, best first."""

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import best_of, decoded, ranked_answers


class Reader(answer.Reader):
    """Reads translations and their scores, one or several for each source."""

    options = ("beam", "best", "prefix")

    def input_of(self, row):
        return row["source"]

    def answers(self, inputs, found, **_):
        return ranked_answers(found, len(inputs), "translations")

    def explanation(self, one, found):
        return AttentionTable(
            kind="attention",
            columns=tuple(map(decoded, found["source_pieces"][0])),
            rows=tuple(map(decoded, found["target_pieces"][0])),
            weights=found["attention"][0],
            source=one,
            prediction=best_of(found["translations"][0]),
        )
