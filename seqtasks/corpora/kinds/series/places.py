"""Where a series stands in a file, and the names of columns, keys and arrays."""

from dataclasses import dataclass

from seqtasks.errors import CorpusError, did_you_mean, listing


@dataclass(frozen=True)
class Place:
    """Where a series stands: `here`, such as `file:line`; with `lines`, each of its steps on a line of its own."""

    here: str
    lines: tuple[str, ...] = ()

    def __call__(self, step):
        """Returns the place of a step, by its number, or that of the series for None."""
        if self.lines:
            return self.lines[step or 0]
        return self.here if step is None else f"{self.here}: step {step + 1:,}"


# Usual names of what the settings name.
USUAL = {
    "steps": ("series", "steps", "x", "values"),
    "label": ("labels", "label", "class", "y"),
    "series": ("series", "series_id", "id", "case"),
    "group": ("group", "groups", "subject"),
}


def name_of(setting, given, names, where, *, needed=True):
    """Returns that of the `names` in a file which a setting names, or the first usual one; None where there is none.

    Raises CorpusError where what is given is not among them, or nothing usual is where it is `needed`.
    """
    if given is not None:
        if str(given) in names:
            return str(given)
        raise CorpusError(
            f"{where}: corpus.{setting} is '{given}', but there are {listing(names)}.{did_you_mean(str(given), names)}"
        )
    found = next((name for usual in USUAL[setting] for name in names if name.strip().lower() == usual), None)
    if found is None and needed:
        raise CorpusError(f"{where}: which is corpus.{setting}? There are {listing(names)}; give one of them")
    return found
