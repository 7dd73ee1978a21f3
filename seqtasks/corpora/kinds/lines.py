"""Running text: its lines as rows, and what is done to a text before it is cut into lines."""

import re
from array import array
from collections.abc import Sequence

from seqtasks.corpora.placed import PlacedRows


class LineRows(PlacedRows):
    """The lines of a text as rows, `{"text": line}`, each made when it is asked for.

    A list of such rows takes about eight times the bytes of the text; this takes the text in UTF-8 and eight bytes a
    line. A line ends at `\\n` and nowhere else, so `LineRows("")` has one row, which is blank. A slice shares the
    text, but one with a step is a list; equal is any sequence of equal rows.
    """

    def __init__(self, text):
        """Takes a text as a string, or in UTF-8."""
        self._utf8 = text.encode("utf-8") if isinstance(text, str) else text
        self._starts = array("Q", [0])
        self._starts.extend(end.end() for end in re.finditer(b"\n", self._utf8))
        self._starts.append(len(self._utf8) + 1)
        self._places = range(len(self._starts) - 1)

    @property
    def text(self):
        """The lines, joined by line ends."""
        return self._between(self._places[0], self._places[-1] + 1) if self._places else ""

    @property
    def is_blank(self):
        """Whether no line has text in it."""
        return not any(row["text"].strip() for row in self)

    def __eq__(self, other):
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None

    def __repr__(self):
        return f"<{len(self):,} lines>"

    def _row(self, place):
        return {"text": self._between(place, place + 1)}

    def _between(self, first, end):
        return str(self._utf8[self._starts[first] : self._starts[end] - 1], "utf-8")


def lines_of(texts):
    """Returns the LineRows of texts (in UTF-8), one behind the other; of none it is one blank line.

    Of each text, a `\\r` before a line end goes, and the line end behind its last line, as it begins no other.
    """
    return LineRows(b"\n".join(text.replace(b"\r\n", b"\n").removesuffix(b"\n") for text in texts))
