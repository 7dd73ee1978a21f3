"""The answers of the forecast task: the next vectors."""

from dataclasses import dataclass

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.series.line import as_lines, near, steps_of
from seqtasks.tasks import answer
from seqtasks.tasks.answer import Answer, decoded

# Steps of a row's input, up to the row itself.
_RECENT = 50
# By which numbers may differ that are computed in another order.
_ROUNDING = 1e-4


@dataclass(frozen=True)
class Forecast(Answer):
    """The next vectors of the values, steps by blanks, values by commas; of a line that is too long the end is read.

    `unknown` is the share of its steps with something that is no number, or no known word.
    """

    unread, tolerated = "beginning", 0

    def _of_unknown(self):
        share = f"{100 * self.unknown:.0f} % of its steps"
        return f"{share} have another number of fields, or something unknown in them"


class Reader(answer.Reader):
    """Reads forecasts. An input is a line of the steps up to now, and perhaps of what is known of the next ones."""

    argument = "series"
    answer_type = Forecast
    odd_inputs = (*answer.Reader.odd_inputs, "1", "1,2,3,4,5,6", "nan,nan", "1e400", "0.5 " * 300)

    def checked(self, inputs):
        """Returns inputs as a list of lines; an array (steps, channels), of what has no words, becomes its line."""
        return super().checked(as_lines(inputs))

    def input_of(self, row):
        rows = row.recent(_RECENT) if hasattr(row, "recent") else [row]
        return " ".join(step_of(one) for one in rows)

    def same(self, one, other):
        return near(one, other, _ROUNDING)

    def length(self, one):
        return len(steps_of(one))

    def answers(self, inputs, found, **_):
        columns = zip(found["forecasts"], found["cut"], found["unknown"], strict=True)
        return [
            Forecast(decoded(text), 0.0, ((decoded(text), 0.0),), bool(cut), float(unknown))
            for text, cut, unknown in columns
        ]

    def explanation(self, one, found):
        rows = [row for row in map(decoded, found["steps"][0]) if row]
        columns, channels = (tuple(map(decoded, found[name][0])) for name in ("pieces", "channels"))
        return AttentionTable(
            kind="saliency",
            columns=columns,
            rows=tuple(rows),
            weights=found["weights"][0][: len(rows)],
            source=one,
            prediction=decoded(found["forecasts"][0]),
            layout="series",
            channels=channels,
            spans=((0, len(columns)),) * len(rows),
        )


def step_of(row):
    """Returns a row of a table as a step of a line."""
    words = ("_".join(cell.replace(",", " ").split()) for cell in row["future"])
    return ",".join((*(cell or "nan" for cell in (*row["values"], *row["inputs"])), *words))
