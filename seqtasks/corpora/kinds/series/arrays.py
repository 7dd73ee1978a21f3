"""Series in arrays of numpy, `.npz`: the steps of all one after the other with lengths, or as many steps in each."""

import io
import zipfile

import numpy as np

from seqtasks.corpora.kinds.series.places import Place, name_of
from seqtasks.corpora.sources.reading import read_bytes
from seqtasks.errors import CorpusError
from seqtasks.series.line import line_of

_LENGTHS = "lengths"


def read_arrays(path, columns, faults):
    """Yields fields, labels, more and place of each series, see `forms.read`.

    The array of `steps` is (all steps, channels) with `lengths` (series,), or (series, steps, channels), where lengths
    may tell how many steps are real; of one channel the last axis may be left out. Labels are (series,), or as many as
    the steps, in their form. Nothing is unpickled. Raises CorpusError for other arrays.
    """
    if columns["series"] is not None:
        raise CorpusError(f"{path} has lengths of series; leave corpus.series out")
    arrays = _arrays(path)
    steps, label, group = (
        name_of(setting, columns[setting], list(arrays), path, needed=setting != "group")
        for setting in ("steps", "label", "group")
    )
    values, real = _flat(_numbers(arrays[steps], steps, path), arrays.get(_LENGTHS), steps, path)
    count, labels = len(real), arrays[label]
    if labels.shape == real.shape:
        labels = labels[real]
    if labels.shape not in ((count,), (len(values),)):
        raise CorpusError(
            f"{path}: {label} is {_shape(arrays[label])} for {count:,} series of {len(values):,} steps; give a label "
            "for each series, or one for each step"
        )
    groups = arrays[group] if group else None
    if groups is not None and groups.shape != (count,):
        raise CorpusError(f"{path}: {group} is {_shape(groups)} for {count:,} series; give one for each series")
    ends = np.cumsum(real.sum(axis=1))[:-1]
    labels = labels[:, np.newaxis] if len(labels) == count else np.split(labels, ends)
    for number, (own, names) in enumerate(zip(np.split(values, ends), labels, strict=True)):
        more = {"group": str(groups[number])} if group else {}
        fields = [step.split(",") for step in line_of(own).split()]
        yield fields, tuple(map(str, names.tolist())), more, Place(f"{path}: series {number + 1:,}")


def _arrays(path):
    try:
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (ValueError, OSError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise CorpusError(f"{path} is no .npz file of plain arrays ({error}); write it with numpy.savez") from None


def _numbers(values, name, path):
    if values.dtype.kind not in "fiub" or not 1 <= values.ndim <= 3:
        raise CorpusError(f"{path}: {name} is {_shape(values)} of {values.dtype}; it must be numbers of steps")
    return values.astype(np.float64)


def _flat(values, lengths, name, path):
    """Returns the steps of all series one after the other, (steps, channels), and which are real, (series, longest)."""
    if lengths is None:
        if values.ndim < 2:
            raise CorpusError(
                f"{path}: {name} is {_shape(values)}; give an array '{_LENGTHS}' with that of each series"
            )
        values = values if values.ndim == 3 else values[..., np.newaxis]
        lengths = np.full(len(values), values.shape[1])
    elif values.ndim == 1:
        values = values[:, np.newaxis]
    fits = lengths.ndim == 1 and lengths.dtype.kind in "iu" and lengths.size and lengths.min() >= 1
    if values.ndim == 3:
        fits = fits and len(lengths) == len(values) and lengths.max() <= values.shape[1]
    else:
        fits = fits and lengths.sum() == len(values)
    if not fits:
        raise CorpusError(
            f"{path}: {_LENGTHS} must be whole numbers from 1, one for each series, which add up to the steps of {name}"
        )
    real = np.arange(values.shape[1] if values.ndim == 3 else lengths.max()) < lengths[:, np.newaxis]
    return values[real] if values.ndim == 3 else values, real


def _shape(array):
    return " x ".join(map(str, array.shape)) or "a single value"
