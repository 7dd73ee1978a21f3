"""Files of tables in time order as columns of cells: CSV, TSV, JSON objects a line, and arrays of npz."""

import csv
import io
import json
import zipfile
from array import array

from seqtasks.corpora.kinds.tables.rows import Cells
from seqtasks.corpora.sources.columns import check_delimiter, wrong_width
from seqtasks.corpora.sources.reading import read_bytes, read_json_lines, read_utf8
from seqtasks.corpora.sources.split_names import plain_name
from seqtasks.errors import CorpusError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (".csv", ".tsv", ".jsonl", ".npz")


def read(path, faults):
    """Returns the Cells of a file; what is wrong with a row is added to the `faults`, and the row left out.

    Raises CorpusError for a file that is no such table.
    """
    suffix = "." + plain_name(path.name).rpartition(".")[2]
    if suffix == ".npz":
        return _of_arrays(path)
    if suffix == ".jsonl":
        return _of_records(path, faults)
    return of_text(read_utf8(path).decode("utf-8"), path, faults, delimiter=_DELIMITERS[suffix])


def of_text(text, path, faults, *, delimiter=","):
    """Returns the Cells of a table with a first line of names, given as a string."""
    if not text.strip():
        raise CorpusError(f"{path} is empty; its first line must name the columns")
    check_delimiter(path, text.split("\n", 20)[:20], delimiter, names={"\t": ".tsv", ",": ".csv"})
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(reader)]
        _check_names(names, path)
        rows, lines = [], array("I")
        for fields in reader:
            here = f"{path}:{reader.line_num}"
            if not fields:
                continue
            if len(fields) != len(names):
                faults.add(here, f"{here}: {wrong_width(fields, names, 'separated')}")
            else:
                rows.append([field.strip() for field in fields])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise CorpusError(f"{path}:{reader.line_num}: {error}; mend the line") from None
    return _cells(names, rows, path, lines)


def _of_records(path, faults):
    names, rows, lines = None, [], array("I")
    for number, record in read_json_lines(path, ["time", "and those of the columns"], faults):
        names, here = names or list(record), f"{path}:{number}"
        wrong = next((name for name in record if isinstance(record[name], dict | list)), None)
        if unknown := [name for name in record if name not in names]:
            faults.add(here, f"{here}: the key '{unknown[0]}' is not in the first line; give every column there")
        elif wrong is not None:
            faults.add(here, f"{here}: '{wrong}' is {json.dumps(record[wrong])[:40]}; it must be a number or text")
        else:
            rows.append(["" if record.get(name) is None else str(record[name]).strip() for name in names])
            lines.append(number)
    if not names:
        faults.refuse()
    _check_names(names or [], path)
    return _cells(names, rows, path, lines)


def _of_arrays(path):
    """An array (rows,) is a column of its name, and one (rows, channels) several, `name_1`, `name_2` and so on."""
    import numpy as np

    try:
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise CorpusError(f"{path} is no npz file of numbers and texts: {error}") from None
    columns = {}
    for name, values in arrays.items():
        if values.ndim not in (1, 2):
            raise CorpusError(f"{path}: '{name}' has {values.ndim} axes; it must have rows, or rows and channels")
        parts = {name: values} if values.ndim == 1 else {f"{name}_{i + 1}": one for i, one in enumerate(values.T)}
        columns |= {part: [str(one) for one in column.tolist()] for part, column in parts.items()}
        if values.dtype.kind == "M":
            columns[name] = np.datetime_as_string(values).tolist()
    sizes = {name: len(column) for name, column in columns.items()}
    _check_names(list(columns), path)
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
        raise CorpusError(f"{path}: its arrays have different numbers of rows: {told}")
    count = next(iter(sizes.values()))
    return Cells(columns, [str(path)], array("I", bytes(4 * count)), array("I", range(1, count + 1)))


def _cells(names, rows, path, lines):
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {n: [] for n in names}
    return Cells(columns, [str(path)], array("I", bytes(4 * len(rows))), lines)


def _check_names(names, path):
    if not names:
        raise CorpusError(f"{path} is empty; it must have columns of numbers")
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise CorpusError(f"{path}:1: two columns are called '{twice}'; give each its own name")
