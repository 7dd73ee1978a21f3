"""Series in a long table, `.csv`: a step on each line, and a column that tells which series it is of."""

from seqtasks.corpora.kinds.series.places import Place, name_of
from seqtasks.corpora.sources.columns import quoted_rows, wrong_width
from seqtasks.errors import CorpusError, did_you_mean, listing


def read_table(path, columns, faults):
    """Yields fields, labels, more and place of each series, in the order of their first steps; see `forms.read`.

    The first line names the columns. Those of `steps`, a list, are the channels; by default all that are nothing else.
    Where every series has one label on all its lines, it is that of the whole. Raises CorpusError with `file:line`.
    """
    lines = quoted_rows(path)
    _, first = next(lines)
    names = [name.strip() for name in first]
    label, series, group = (
        name_of(setting, columns[setting], names, f"{path}:1", needed=setting != "group")
        for setting in ("label", "series", "group")
    )
    channels = _channels(columns["steps"], [name for name in names if name not in (label, series, group)], f"{path}:1")
    places = {name: names.index(name) for name in (label, series, group, *channels) if name}
    found = {}
    for number, fields in lines:
        if len(fields) != len(names):
            if fields:
                here = f"{path}:{number}"
                faults.add(here, f"{here}: {wrong_width(fields, names, 'comma-separated')}")
            continue
        values = {name: fields[place].strip() for name, place in places.items()}
        found.setdefault(values[series], []).append((number, values))
    if not found:
        raise CorpusError(f"{path} has no steps below its header; there must be at least one")
    # A label for each step, unless every series has only one.
    alike = all(len({values[label] for _, values in steps}) == 1 for steps in found.values())
    for steps in found.values():
        labels = tuple(values[label] for _, values in steps)
        more = {"channels": tuple(channels)}
        if group:
            more["group"] = steps[0][1][group]
        fields = [[values[name] for name in channels] for _, values in steps]
        place = Place("", tuple(f"{path}:{number}" for number, _ in steps))
        yield fields, labels[:1] if alike else labels, more, place


def _channels(given, names, where):
    """Returns the names of the channels among `names`."""
    channels = [given] if isinstance(given, str) else given
    for name in channels or ():
        if name not in names:
            raise CorpusError(
                f"{where}: corpus.steps has '{name}', but the other columns are {listing(names)}."
                + did_you_mean(name, names)
            )
    if not (channels or names):
        raise CorpusError(f"{where}: no column is left for the values of a step")
    return list(channels or names)
