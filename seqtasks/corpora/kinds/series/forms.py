"""Rows of series from the forms that files have, and what may be wrong with one."""

from seqtasks.corpora.kinds.series.objects import read_objects
from seqtasks.corpora.kinds.series.table import read_table
from seqtasks.corpora.kinds.series.ts import read_ts
from seqtasks.corpora.sources.split_names import plain_name
from seqtasks.series.line import number_in, steps_of


def _read_arrays(path, columns, faults):
    from seqtasks.corpora.kinds.series.arrays import read_arrays  # which imports numpy

    return read_arrays(path, columns, faults)


_READERS = {"ts": read_ts, "csv": read_table, "jsonl": read_objects, "npz": _read_arrays}


def read(path, columns, faults):
    """Yields (row, place) of each series in a file that nothing is wrong with; adds what is wrong to the `faults`.

    `columns` are {setting: value}; a reader yields for each series its steps, lists of fields, its labels, what else a
    row has, and where it stands, a function from the number of a step, or None, to `file:line`.
    """
    for fields, labels, more, place in _READERS[plain_name(path.name).rpartition(".")[2]](path, columns, faults):
        if wrong := faults_in(fields, labels, place, channels=more.get("channels")):
            faults.add(wrong[0][0], *(f"{where}: {fault}" for where, fault in wrong))
        else:
            steps = (",".join(one or "nan" for one in step) for step in fields)
            yield {"series": " ".join(steps), "labels": labels, **more}, place


def faults_of_row(row, place):
    """Returns what is wrong with a row, [(place, message), ...]."""
    fields = [step.split(",") for step in steps_of(row["series"])]
    return faults_in(fields, row["labels"], place, channels=row.get("channels"))


def faults_in(fields, labels, place, *, channels=None):
    """Returns what is wrong with the steps of a series, lists of fields, and its labels, [(place, message), ...]."""
    here, found = place(None), []
    if not fields:
        found.append((here, "the series has no step; give it at least one, or remove it"))
    elif len(labels) not in (1, len(fields)):
        steps = f"{len(fields)} step{'s' if len(fields) > 1 else ''}"
        found.append((here, f"{len(labels)} labels for {steps}; give one for the series, or one for each step"))
    if not all(label.strip() for label in labels):
        found.append((here, "unlabelled: a label is empty; fill it in or remove the series"))
    elif len(labels) > 1 and (blank := next((label for label in labels if len(label.split()) > 1), None)):
        found.append((here, f"the label '{blank}' of a step has a blank in it; write it as one word"))
    for number, step in enumerate(fields):
        if len(step) != len(fields[0]):
            first = f"{len(fields[0])} channel{'s' if len(fields[0]) > 1 else ''}"
            found.append((place(number), f"{len(step)} values, but the first step has {first}"))
            continue
        for channel, one in enumerate(step):
            if number_in(one) is None:
                name = channels[channel] if channels else f"channel {channel + 1}"
                what = f"'{one[:30]}' in {name} is no finite number; leave it empty, or write nan, where it is missing"
                found.append((place(number), what))
    return found
