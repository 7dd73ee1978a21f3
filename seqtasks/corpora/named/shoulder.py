"""Shoulder exercises as a watch on the wrist measures them (SPAR), of persons who are whole in one split."""

import io
import pickle

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.splitting import carve
from seqtasks.errors import CorpusError
from seqtasks.series.line import line_of

LICENCE = "BSD-3-Clause (seglearn); SPAR by D. Burns, University of Toronto"
ORIGIN = (
    "SPAR, first version: 140 recordings of 7 exercises by 10 persons at 50 Hz, as seglearn/data/watch_dataset.npy in "
    "the wheel seglearn 1.2.5, of which four measurements are one step, cut into stretches of four seconds"
)

_WATCH = "seglearn/data/watch_dataset.npy"
ARCHIVE = Archive(
    package="seglearn",
    version="1.2.5",
    sha256="ec6b952c85c9627050102854b372d85951563d3b990df677d7c55547e87413dd",
    members={_WATCH: "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"},
    licence=LICENCE,
)
_NAMES = {
    "PEN": "pendulum",
    "ABD": "abduction",
    "FEL": "forward elevation",
    "IR": "internal rotation",
    "ER": "external rotation",
    "TRAP": "trapezius extension",
    "ROW": "row",
}
# Measurements of which a step is the mean; steps of a stretch, which is four seconds, and from the beginning of one to
# that of the next: those of train overlap by half.
_MEASURED, _LONG, _TRAIN_HOP = 4, 50, 25
# Maximum number of recordings in dev and in test: those of two persons.
_HELD_OUT = 28


def read(name, *, seed, dev, test):
    """Returns the Corpus of stretches of 50 steps, labelled with their exercise, in groups by person.

    `dev` and `test` recordings, 28 at most, are those of whole persons. Raises what `archives.fetch` raises.
    """
    kind = KINDS["vectors"]
    sizes = {"dev": min(dev, _HELD_OUT), "test": min(test, _HELD_OUT)}
    splits = carve(list(_recordings(fetch(ARCHIVE) / _WATCH)), sizes, kind=kind, seed=seed)
    stretches = {
        split: [one for row in rows for one in _stretches(row, _TRAIN_HOP if split == "train" else _LONG)]
        for split, rows in splits.items()
    }
    return Corpus(name, stretches, (), licence=LICENCE, origin=ORIGIN, kind=kind.name)


def _stretches(row, hop):
    """Yields the whole stretches of a recording."""
    steps = row["series"].split()
    for first in range(0, len(steps) - _LONG + 1, hop):
        yield {**row, "series": " ".join(steps[first : first + _LONG])}


def _recordings(path):
    found = _unpickled(path)
    channels, names = (tuple(map(str, found[key])) for key in ("X_labels", "y_labels"))
    for values, label, person in zip(found["X"], found["y"].tolist(), found["subject"].tolist(), strict=True):
        yield {
            "series": line_of(_means(values)),
            "labels": (_NAMES[names[label]],),
            "group": f"person {person}",
            "channels": channels,
        }


def _means(values):
    """Returns the means of every four of values (measurements, channels), without those that are left at the end."""
    whole = len(values) // _MEASURED
    return values[: whole * _MEASURED].reshape(whole, _MEASURED, -1).mean(axis=1)


def _unpickled(path):
    """Returns the dict in a file of numpy's older form, which holds a pickle; of it, arrays alone are unpickled."""
    import numpy as np

    content = io.BytesIO(path.read_bytes())
    try:
        np.lib.format.read_magic(content)
        np.lib.format.read_array_header_1_0(content)
        return _Arrays(content, encoding="latin1").load().item()
    except (ValueError, pickle.UnpicklingError, EOFError) as error:
        raise CorpusError(f"{path} is no table of arrays: {error}") from None


class _Arrays(pickle.Unpickler):
    """Unpickles arrays, and refuses everything else."""

    ALLOWED = {
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
    }

    def find_class(self, module, name):
        # As numpy called it before its second version.
        module = module.replace("numpy.core", "numpy._core")
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed there")
        return super().find_class(module, name)
