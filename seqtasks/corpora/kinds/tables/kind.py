"""Tables in time order: CSV, TSV, JSON objects a line or npz, with columns to be forecast."""

import hashlib
import json
import logging
import re
from dataclasses import dataclass, replace

from seqtasks.corpora.faults import collecting
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.corpora.kinds.tables import reading, times
from seqtasks.corpora.kinds.tables.rows import Roles, TableRows, joined, number_of
from seqtasks.errors import CorpusError, did_you_mean, listing

_log = logging.getLogger("seqtasks")

_INFINITE = re.compile(r"[+-]?(inf|infinity|\d+(\.\d*)?e\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class TableReport:
    """One split of a table: its rows, {column: (missing, mean, deviation, least, largest)}, and its gaps in words."""

    rows: int
    columns: dict[str, tuple[int, float, float, float, float]]
    first: str
    last: str
    gaps: str | None


class Table(Kind):
    """Rows `{"time", "values", "inputs", "future"}` of `rows.TableRows`, in the order of their time."""

    name = "table"
    what = "a table in time order"
    parts = {"time": str, "values": tuple, "inputs": tuple, "future": tuple}
    columns = {
        "time": Column(("time", "date", "datetime", "timestamp")),
        "values": Column(("values",)),
        "inputs": Column(("inputs",)),
        "future": Column(("future",)),
    }
    held_out = {"dev": 0.1, "test": 0.15}
    forms = ".csv, .tsv: a first line of names; .jsonl: an object a line; .npz: an array a column"
    suffixes = reading.SUFFIXES
    by_place = True
    shares_of = "rows"
    free_columns = True
    of_datasets = False
    inputs, outputs = "rows", "forecasts"
    packs = False

    def input(self, row):
        return " ".join([row["time"], ",".join((*row["values"], *row["inputs"], *row["future"]))]).strip()

    def answers(self, row):
        return row["values"], row["inputs"], row["future"]

    def texts(self, row):
        return {"time": (self.input(row),)}

    def faults_of(self, row, place):
        return []

    def shown(self, row):
        return self.input(row)

    # Files

    def read_file(self, path, *, time=None, values=None, inputs=None, future=None, faults=None, known=()):
        """Returns the TableRows of a file; see `Kind.read_file`.

        Columns are given by name, or by number from 1. Without `values` they are all columns of numbers that are not
        named otherwise. Of `future`, weekday, hour and month are made of the time where there are no such columns. A
        cell of a number may be empty, or nan. Where there is a time, it must go forward; gaps are logged.
        """
        with collecting(faults) as faults:
            found = self.checked(reading.read(path, faults), faults, time, values, inputs, future)
        if not len(found):
            faults.refuse()
            raise CorpusError(f"{path} has no rows; it must have one for each step of time")
        told = gaps_of(found)
        if told:
            _log.warning("%s: %s", path, told)
        return found

    def checked(self, cells, faults, time, values, inputs, future, season=None):
        """Returns the TableRows of Cells with the given columns, without rows that are `faults`."""
        roles = _roles(cells, time, values, inputs, future)
        if missing := [name for name in roles.future if name not in cells.columns]:
            _add_calendar(cells, roles, missing)
        kept = _sound(cells, roles, faults)
        if len(kept) < len(cells):
            for columns in (cells.columns, cells.derived):
                columns.update({name: [cells_[row] for row in kept] for name, cells_ in columns.items()})
            for places in ("files", "lines"):
                old = getattr(cells, places)
                setattr(cells, places, type(old)(old.typecode, (old[row] for row in kept)))
        return TableRows(cells, replace(roles, season=season))

    def joined(self, parts):
        return joined(parts)

    def cut(self, rows, shares):
        """Returns TableRows by split, dev and test cut off the end; raises CorpusError where one is left empty."""
        splits = rows.cut(shares)
        for name, part in splits.items():
            if part.is_blank:
                raise CorpusError(
                    f"no row is left for {name} of a table of {len(rows):,}; give more rows, other shares with "
                    "corpus.dev and corpus.test, or the splits as files"
                )
        return splits

    def check_splits(self, name, splits, faults):
        for split, rows in splits.items():
            used, wanted = rows.roles.used, next(iter(splits.values())).roles.used
            if used != wanted:
                raise CorpusError(
                    f"{name}: the columns of {split} are {listing(used)}, not {listing(wanted)}, those of "
                    f"{next(iter(splits))}; give corpus.values, corpus.inputs and corpus.future"
                )
        return splits

    def fingerprint(self, splits):
        """Returns the sha256 (hex) of every column of each split, whatever they are used for."""
        digest = hashlib.sha256()
        for name, rows in splits.items():
            columns = {column: rows.words(column) for column in rows.cells.columns}
            digest.update(json.dumps([name, columns], sort_keys=True).encode("ascii"))
        return digest.hexdigest()

    # Reports

    def count(self, rows, *, limit=None, count_pieces=None):
        import numpy as np

        columns = {}
        for name in (*rows.roles.values, *rows.roles.inputs):
            numbers = rows.numbers(name)
            known = numbers[~np.isnan(numbers)]
            figures = (known.mean(), known.std(), known.min(), known.max()) if len(known) else (np.nan,) * 4
            columns[name] = (int(np.isnan(numbers).sum()), *map(float, figures))
        when = rows.words(rows.roles.time) if rows.roles.time else ["", ""]
        return TableReport(len(rows), columns, when[0], when[-1], gaps_of(rows))

    def facts(self, counted, limit):
        when = f", {counted.first} to {counted.last}" if counted.first else ""
        found = [("", f"{counted.rows:,} rows{when}")]
        for name, (missing, mean, deviation, least, largest) in counted.columns.items():
            empty = f", {missing:,} missing" if missing else ""
            found.append((name, f"mean {mean:.4g}, deviation {deviation:.4g}, {least:.4g} to {largest:.4g}{empty}"))
        return found

    def problems(self, name, rows, counted):
        found = [f"{name}: {counted.gaps}"] if counted.gaps else []
        for column, (missing, _, deviation, *_) in counted.columns.items():
            if missing == counted.rows:
                found.append(f"{name}: {column} has no number")
            elif not deviation:
                found.append(f"{name}: {column} is constant")
        return found


def gaps_of(rows):
    """Returns in words where the time of TableRows has gaps; None where it has none, or there is no time."""
    if not rows.roles.time or len(rows) < 3:
        return None
    cells = rows.words(rows.roles.time)
    usual, found = times.gaps([times.seconds(cell) for cell in cells])
    if not found:
        return None
    row, longest = max(found, key=lambda gap: gap[1])
    dates = not _is(float, cells[0])
    usual, longest = (times.span(step, dates=dates) for step in (usual, longest))
    places = ", ".join(rows.place(row) for row, _ in found[:3])
    more = ", ..." if len(found) > 3 else ""
    return (
        f"{len(found):,} of {len(rows) - 1:,} steps of {rows.roles.time} are longer than {usual}, the commonest "
        f"({places}{more}); the longest is {longest}, before {rows.place(row)}"
    )


def _roles(cells, time, values, inputs, future):
    """Returns the Roles of the columns that settings name, by name or number, or those found."""
    names = list(cells.columns)
    if time is None:
        usual = [name for name in names if name.casefold() in Table.columns["time"].usual and cells.columns[name]]
        time = next((name for name in usual if _is(times.seconds, cells.columns[name][0])), None)
    else:
        time = _named(time, names, "time", cells)
    inputs, values = (
        None if given is None else tuple(_named(name, names, setting, cells) for name in _as_list(given))
        for given, setting in ((inputs, "inputs"), (values, "values"))
    )
    made = [*names, *(times.CALENDAR if time else ())]
    future = tuple(_named(name, made, "future", cells) for name in _as_list(future or ()))
    if values is None:
        others = {time, *(inputs or ()), *future}
        rest = [name for name in names if name not in others]
        values = tuple(name for name in rest if _mostly_numbers(cells.columns[name]))
    used = [*values, *(inputs or ()), *future]
    if not values:
        raise CorpusError(
            f"{cells.paths[0]}: no column to forecast; give corpus.values, names of columns with numbers, of "
            f"{listing(names)}"
        )
    if twice := next((name for number, name in enumerate(used) if name in used[:number]), None):
        raise CorpusError(
            f"{cells.paths[0]}: {twice} stands twice in corpus.values, corpus.inputs and corpus.future; name it once"
        )
    return Roles(time, values, inputs or (), future)


def _mostly_numbers(column):
    """Returns whether a column is meant to hold numbers, though some of its cells may be faulty."""
    return sum(_is(float, cell) for cell in column) * 2 >= len(column)


def _as_list(names):
    return [names] if isinstance(names, str | int) else list(names)


def _named(name, names, setting, cells):
    """Returns the name of the column that a setting names; raises CorpusError where there is none."""
    if name in names:
        return name
    if isinstance(name, int) and 1 <= name <= len(cells.columns):
        return names[name - 1]
    raise CorpusError(
        f"{cells.paths[0]}: no column {name}, as corpus.{setting} says; there are {listing(names)}."
        f"{did_you_mean(str(name), names)}"
    )


def _sound(cells, roles, faults):
    """Returns the numbers of the rows that nothing is wrong with; adds what is wrong to the `faults`."""
    kept, last, last_cell = [], None, ""
    for row in range(len(cells)):
        here, wrong = cells.place(row), []
        for name in (*roles.values, *roles.inputs):
            cell = cells.column(name)[row]
            if not _is(number_of, cell):
                what = "not finite" if _INFINITE.fullmatch(cell) else "no number"
                wrong.append(f"{here}: '{cell}' in {name} is {what}; leave it empty where it is missing")
        if roles.time:
            cell = cells.columns[roles.time][row]
            if not _is(times.seconds, cell):
                wrong.append(
                    f"{here}: '{cell}' in {roles.time} is no time; write it as 2024-01-31 13:00 or as a number"
                )
            elif last is not None and times.seconds(cell) <= last:
                wrong.append(f"{here}: time goes backwards, {cell} stands behind {last_cell}; sort the rows")
            else:
                last, last_cell = times.seconds(cell), cell
        if wrong:
            faults.add(here, *wrong)
        else:
            kept.append(row)
    return kept


def _add_calendar(cells, roles, names):
    """Adds columns that are made of the time, to be known beforehand."""
    column = cells.columns[roles.time]
    for name in names:
        if not all(_is(times.date_of, cell) for cell in column[:1]):
            raise CorpusError(
                f"{cells.paths[0]}: {name} cannot be told from {roles.time}, whose times are no dates; leave it out of "
                "corpus.future"
            )
        cells.derived[name] = [times.CALENDAR[name](times.date_of(c)) if _is(times.date_of, c) else "" for c in column]


def _is(function, cell):
    """Returns whether a function takes a cell without ValueError."""
    try:
        function(cell)
    except ValueError:
        return False
    return True
