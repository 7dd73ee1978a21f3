"""Series in the form of aeon and sktime, `.ts`: a header of lines with @, then a series with its class on each line.

The channels ("dimensions") of a series stand one after the other, divided by colons, the values of each by commas; "?"
is a value that is missing.
"""

from seqtasks.corpora.kinds.series.places import Place
from seqtasks.corpora.sources.reading import read_lines
from seqtasks.errors import CorpusError, listing

_REFUSED = {
    "timestamps": "its series have time stamps; write their values alone",
    "targetlabel": "it is for regression (@targetLabel); series need classes",
}


def read_ts(path, columns, faults):
    """Yields fields, labels, more and place of each series, see `forms.read`.

    Raises CorpusError with `file:line` for a header that cannot be read, or that says of the file what is not read.
    """
    for setting, value in columns.items():
        if value is not None:
            raise CorpusError(f"{path} has no columns; leave corpus.{setting} out")
    header, lines, series = {}, iter(enumerate(read_lines(path), start=1)), 0
    for number, line in lines:
        if (line := line.strip()) and not line.startswith("#"):
            if not line.startswith("@"):
                raise CorpusError(f"{path}:{number}: a line of the header must begin with @, up to @data")
            name, *values = line[1:].split()
            if name.lower() == "data":
                break
            header[name.lower()] = values
    _check(path, header)
    for number, line in lines:
        if line.strip() and not line.startswith("#"):
            series += 1
            here = f"{path}:{number}"
            *dimensions, label = line.strip().split(":")
            if wrong := _faults(header, dimensions, label.strip()):
                faults.add(here, f"{here}: {wrong}")
            else:
                channels = [[_plain(one) for one in dimension.split(",")] for dimension in dimensions]
                yield list(map(list, zip(*channels, strict=True))), (label.strip(),), {}, Place(here)
    if not series:
        raise CorpusError(f"{path} has no series after @data; there must be at least one")


def _check(path, header):
    for name, why in _REFUSED.items():
        if header.get(name, ["false"])[0].lower() == "true":
            raise CorpusError(f"{path}: {why}")
    if header.get("classlabel", ["false"])[0].lower() != "true":
        raise CorpusError(f"{path}: the header has no '@classLabel true', so its series have no classes")


def _plain(value):
    return "nan" if value.strip() == "?" else value.strip()


def _faults(header, dimensions, label):
    """Returns what is wrong with a line, given the header; None if nothing is."""
    wanted, classes = header.get("dimensions", []), header["classlabel"][1:]
    wanted = ["1"] if header.get("univariate", [""])[0].lower() == "true" else wanted
    if not dimensions:
        return "no colon; a series and its class are divided by one"
    if wanted and str(len(dimensions)) != wanted[0]:
        return f"{len(dimensions)} dimensions, but the header says {wanted[0]}"
    if classes and label not in classes:
        return f"the class '{label}' is not among those of @classLabel, {listing(classes)}"
    lengths = {dimension.count(",") + 1 for dimension in dimensions}
    if len(lengths) > 1:
        return f"dimensions of {' and '.join(map(str, sorted(lengths)))} values; all must be as long"
    length = header.get("serieslength", [])
    if header.get("equallength", [""])[0].lower() == "true" and length and str(*lengths) != length[0]:
        return f"{lengths.pop()} steps, but @seriesLength says {length[0]}"
    return None
