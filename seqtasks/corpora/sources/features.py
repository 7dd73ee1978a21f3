"""Which features of a TensorFlow dataset make the rows of a corpus."""

from dataclasses import dataclass

from seqtasks.errors import CorpusError, did_you_mean, listing


@dataclass(frozen=True)
class Feature:
    """A text, class, image or series of vectors of an example.

    It has the keys that lead to it, whether it is a sequence, and the names of the classes.
    """

    path: tuple[str, ...]
    is_sequence: bool
    names: list[str] | None
    is_image: bool = False
    is_numbers: bool = False


def features_of(features, path=(), *, is_sequence=False):
    """Returns the texts, classes, images and vectors of an example by their last key, as Feature."""
    import tensorflow_datasets as tfds

    found = {}
    for key, feature in features.items():
        inside = isinstance(feature, tfds.features.Sequence)
        inner = feature.feature if inside else feature
        here, within = (*path, key), is_sequence or inside
        if isinstance(inner, tfds.features.FeaturesDict):
            found |= features_of(inner, here, is_sequence=within)
        elif isinstance(inner, tfds.features.ClassLabel):
            found[key] = Feature(here, within, inner.names)
        elif isinstance(inner, tfds.features.Image):
            found[key] = Feature(here, within, None, is_image=True)
        elif _are_vectors(inner, within):
            found[key] = Feature(here, within, None, is_numbers=True)
        elif getattr(inner, "np_dtype", None) in (object, str) and inner.shape in ((), (None,)):
            found[key] = Feature(here, within or inner.shape == (None,), None)
    return found


def _are_vectors(feature, is_sequence):
    """Tells whether a feature, in a sequence or not, is numbers (steps,) or vectors (steps, channels)."""
    import numpy as np

    kind, shape = np.dtype(getattr(feature, "np_dtype", None) or object).kind, getattr(feature, "shape", ())
    if kind not in "fiu" or None in shape[0 if is_sequence else 1 :]:
        return False
    return len(shape) + is_sequence in (1, 2) and (is_sequence or shape[0] is None)


def chosen(name, kind, info, columns):
    """Returns the features that make a row of a Kind from examples of the dataset with that `info`.

    They are the `columns` that the settings name; where they name none, the `supervised_keys`, else features with usual
    names, else, where the column is found `alone`, the only one that fits. Returns {feature: Feature} in the order of
    the kind's columns; raises CorpusError where there are no such features.
    """
    features, supervised = features_of(info.features), info.supervised_keys
    columns = {setting: given for setting, given in columns.items() if kind.columns[setting].of_rows}
    fitting = {
        setting: {key: feature for key, feature in features.items() if column.fits(feature)}
        for setting, column in kind.columns.items()
        if column.of_rows
    }
    if any(columns.values()) and kind.columns_together:
        asked = dict(columns)
    elif (
        isinstance(supervised, tuple)
        and len(supervised) == len(columns)
        and all(key in fitting[setting] for setting, key in zip(columns, supervised, strict=True))
    ):
        asked = {setting: given or key for (setting, given), key in zip(columns.items(), supervised, strict=True)}
    else:
        found = {
            setting: _usual(column, fitting[setting]) for setting, column in kind.columns.items() if column.of_rows
        }
        asked = {setting: given or found[setting] for setting, given in columns.items()}
    for setting, feature in asked.items():
        if feature not in fitting[setting]:
            received = columns[setting]
            raise CorpusError(
                f"{name}: corpus.{setting} must name one of its {kind.columns[setting].what}, which are "
                f"{listing(sorted(fitting[setting])) or 'none'}; received {received or 'nothing'}."
                + did_you_mean(received, fitting[setting])
            )
    if len(set(asked.values())) < len(asked):
        one, other = asked
        raise CorpusError(f"{name}: corpus.{one} and corpus.{other} are both {asked[one]}; they must differ")
    return {feature: fitting[setting][feature] for setting, feature in asked.items()}


def _usual(column, fitting):
    names = [key for key in column.usual if key in fitting]
    if names or not column.alone:
        return names[0] if names else None
    names = [key for key, feature in fitting.items() if feature.names or not column.classes]
    return names[0] if len(names) == 1 else None
