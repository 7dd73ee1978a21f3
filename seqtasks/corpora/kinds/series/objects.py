"""Series as JSON objects, one on each line."""

import json
import math

from seqtasks.corpora.kinds.series.places import Place, name_of
from seqtasks.corpora.sources.reading import read_json_lines
from seqtasks.errors import CorpusError
from seqtasks.series.line import steps_of

_KEYS = ("series", "label")


def read_objects(path, columns, faults):
    """Yields fields, labels, more and place of each series, see `forms.read`.

    A series is a list with a list of numbers for each step, or a number where there is one channel, null where a value
    is missing; or a line. Its label is a string or number, or a list of them for the steps.
    """
    if columns["series"] is not None:
        raise CorpusError(f"{path} has a series in each object; leave corpus.series out")
    for number, record in read_json_lines(path, _KEYS, faults):
        here = f"{path}:{number}"
        try:
            steps, label, group = (
                name_of(setting, columns[setting], list(record), here, needed=setting != "group")
                for setting in ("steps", "label", "group")
            )
            fields, labels = _fields(record[steps], steps), _labels(record[label], label)
        except (CorpusError, ValueError) as error:
            faults.add(here, str(error) if isinstance(error, CorpusError) else f"{here}: {error}")
            continue
        more = {"group": str(record[group])} if group else {}
        yield fields, labels, more, Place(here)


def _fields(values, key):
    if isinstance(values, str):
        return [step.split(",") for step in steps_of(values)]
    if not isinstance(values, list):
        raise ValueError(f"'{key}' is {json.dumps(values)[:40]}; it must be a list of steps, or a line of them")
    steps = [step if isinstance(step, list) else [step] for step in values]
    return [[_field(one) for one in step] for step in steps]


def _field(value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "nan"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.7g}" if is_number else json.dumps(value)


def _labels(value, key):
    labels = value if isinstance(value, list) else [value]
    if not labels or not all(isinstance(label, str | int | float) for label in labels):
        raise ValueError(f"unlabelled: '{key}' is {json.dumps(value)[:40]}; it must be a label, or one for each step")
    return tuple(label.strip() if isinstance(label, str) else json.dumps(label) for label in labels)
