"""The rows of a table in time order, and the columns of any stretch of them as arrays."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from seqtasks.corpora.placed import PlacedRows
from seqtasks.series.line import number_in


def number_of(cell):
    """Returns the number that a cell holds, NaN where it is missing; raises ValueError if it holds something else."""
    if (number := number_in(cell)) is None:
        raise ValueError(f"'{cell}' is no finite number")
    return number


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are for, by their names.

    Attributes:
        time: column with the time of a row, None if there is none.
        values: columns to be forecast.
        inputs: further columns with numbers that are known when they have happened.
        future: columns known beforehand, such as the weekday, with numbers or words.
        season: rows after which the values are alike, such as 24 of hours; None if nothing is known.
    """

    time: str | None = None
    values: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    future: tuple[str, ...] = ()
    season: int | None = None

    @property
    def used(self):
        """The names of the columns but that of the time, in the order of a step of a line."""
        return (*self.values, *self.inputs, *self.future)


@dataclass
class Cells:
    """A table as it was read: its columns, and where each row stands.

    Attributes:
        columns: {name: list of str}, of equal length, as they were written.
        paths: the files.
        files, lines: for each row the number of its file in `paths`, and its line there, from 1.
        derived: further columns, made of the time.
    """

    columns: dict[str, list[str]]
    paths: list[str]
    files: array
    lines: array
    derived: dict[str, list[str]] = field(default_factory=dict)
    _numbers: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.lines)

    def column(self, name):
        """Returns the cells of a column."""
        return self.derived[name] if name in self.derived else self.columns[name]

    def numbers(self, name):
        """Returns a column as float64 (rows,), NaN where a number is missing."""
        import numpy as np

        if name not in self._numbers:
            self._numbers[name] = np.array([number_of(cell) for cell in self.column(name)], float)
        return self._numbers[name]

    def place(self, row):
        """Returns the `file:line` of a row."""
        return f"{self.paths[self.files[row]]}:{self.lines[row]}"


class Row(dict):
    """A row of a table, which also knows the rows before it.

    Attributes:
        recent: function from a number to the TableRows of so many rows, or as many as there are, up to this one.
    """

    def __init__(self, parts, recent):
        super().__init__(parts)
        self.recent = recent


class TableRows(PlacedRows):
    """Rows `{"time": str, "values": (str, ...), "inputs": (str, ...), "future": (str, ...)}`, each made when asked for.

    A slice shares the cells, and still knows the rows before it.
    """

    def __init__(self, cells, roles):
        self.cells, self.roles, self._places = cells, roles, range(len(cells))

    @property
    def is_blank(self):
        """Whether there are no rows."""
        return not self._places

    def __repr__(self):
        return f"<{len(self):,} rows of {', '.join(self.roles.values)}>"

    def numbers(self, name):
        """Returns a column as float64 (rows,), NaN where a number is missing; raises ValueError for other cells."""
        return self.cells.numbers(name)[self._places.start : self._places.stop]

    def words(self, name):
        """Returns the cells of a column, a list of str."""
        return self.cells.column(name)[self._places.start : self._places.stop]

    def before(self, count):
        """Returns the TableRows of the `count` rows before these, or as many as there are."""
        first = self._places.start
        return self._at(range(max(0, first - count), first))

    def place(self, number):
        """Returns the `file:line` of a row."""
        return self.cells.place(self._places[number])

    def cut(self, shares):
        """Cuts dev and test off the end, in this order; returns TableRows by split, train first.

        `shares` says what share of the rows each is to have, as in `{"dev": 0.1, "test": 0.15}`. A split may be empty.
        """
        ends = [round(len(self) * (1 - sum(list(shares.values())[i:]))) for i in range(len(shares))]
        bounds = zip([0, *ends], [*ends, len(self)], strict=True)
        return {name: self[first:end] for name, (first, end) in zip(["train", *shares], bounds, strict=True)}

    def until(self, time):
        """Returns the number of rows whose time, as it is written, is before another; for ISO dates."""
        return bisect_left(self.words(self.roles.time), time)

    def _row(self, place):
        def parts(names):
            return tuple(self.cells.column(name)[place] for name in names)

        roles = self.roles
        found = {
            "time": self.cells.column(roles.time)[place] if roles.time else "",
            "values": parts(roles.values),
            "inputs": parts(roles.inputs),
            "future": parts(roles.future),
        }
        return Row(found, lambda count: self._at(range(max(0, place + 1 - count), place + 1)))


def joined(parts):
    """Returns the TableRows of several tables of equal columns as one; their roles are those of the first."""
    cells = [rows.cells for rows in parts]
    whole = Cells(
        {name: [cell for one in cells for cell in one.columns[name]] for name in cells[0].columns},
        [path for one in cells for path in one.paths],
        array("I"),
        array("I"),
        {name: [cell for one in cells for cell in one.derived[name]] for name in cells[0].derived},
    )
    paths = 0
    for one in cells:
        whole.files.extend(paths + file for file in one.files)
        whole.lines.extend(one.lines)
        paths += len(one.paths)
    return TableRows(whole, parts[0].roles)
