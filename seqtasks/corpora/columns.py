"""Which column of a table holds what: by number from 1, or by the name that the first line gives it."""

from seqtasks.errors import CorpusError, did_you_mean, one_of


def distinct(path, names, settings):
    """Returns the `names` as strings; raises CorpusError if the two are the same column. `settings` name them."""
    one, other = map(str, names)
    if one == other:
        raise CorpusError(f"{path}: corpus.{settings[0]} and corpus.{settings[1]} are both {one}; they must differ")
    return one, other


def column(name, first, settings, *, header, place):
    """Returns the index of the column `name`, a number from 1 or, in a `header`, one of the `first` line's fields.

    Raises CorpusError with `place` where there is none.
    """
    if not name.isdecimal() and name in first:
        return first.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(first):
        return int(name) - 1
    names = f" or one of {one_of(first)}" if header else ""
    raise CorpusError(
        f"{place}: no column {name}; give corpus.{settings[0]} and corpus.{settings[1]} as numbers from 1 to "
        f"{len(first)}{names}.{did_you_mean(name, first) if header else ''}"
    )


def wrong_width(fields, first, separated):
    """Returns what is wrong with a line of `fields` that are not as many as those of the `first` line."""
    return f"{len(fields)} {separated} columns, but the first line has {len(first)}"
