"""Which features of a TensorFlow dataset make the rows of a corpus."""

from dataclasses import dataclass

from seqtasks.corpora.corpus import KINDS
from seqtasks.errors import CorpusError, did_you_mean, one_of

# What features are called, where neither the settings nor the dataset's `supervised_keys` say it.
_USUAL = {
    "source": ("source",),
    "target": ("targets", "target"),
    "text": ("text", "sentence", "review"),
    "label": ("label", "sentiment", "class"),
    "words": ("words", "tokens"),
    "tags": ("tags", "ner"),
}
_WHAT = {"label": "texts and classes", "words": "sequences of texts", "tags": "sequences of texts and classes"}


@dataclass(frozen=True)
class Feature:
    """A text or class of an example: the keys that lead to it, whether it is a sequence, the names of the classes."""

    path: tuple[str, ...]
    is_sequence: bool
    names: list[str] | None


def features_of(features, path=(), *, is_sequence=False):
    """Returns the texts and classes of an example by their last key, as Feature."""
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
        elif getattr(inner, "np_dtype", None) in (object, str) and inner.shape in ((), (None,)):
            found[key] = Feature(here, within or inner.shape == (None,), None)
    return found


def chosen(name, kind, info, columns):
    """Returns the features that make a row of a kind from examples of the dataset with that `info`, by name.

    They are the `columns` that the settings name; where they name none, the `supervised_keys`, else features with usual
    names, else, but for parallel text, the only one that fits. Raises CorpusError where there are no such features.
    """
    features, supervised, fitting = features_of(info.features), info.supervised_keys, {}
    for setting in columns:
        fitting[setting] = {
            key: feature
            for key, feature in features.items()
            if (feature.names is None or setting in ("label", "tags"))
            and (setting == "target" or feature.is_sequence == (kind == "tagged"))
        }
    if any(columns.values()) and kind == "parallel":
        asked = dict(columns)
    elif (
        isinstance(supervised, tuple)
        and len(supervised) == len(columns)
        and all(key in fitting[setting] for setting, key in zip(columns, supervised, strict=True))
    ):
        asked = {setting: given or key for (setting, given), key in zip(columns.items(), supervised, strict=True)}
    else:
        asked = {setting: given or _usual(setting, fitting[setting]) for setting, given in columns.items()}
    for setting, feature in asked.items():
        if feature not in fitting[setting]:
            received = columns[setting]
            raise CorpusError(
                f"{name}: corpus.{setting} must name one of its {_WHAT.get(setting, 'texts')}, which are "
                f"{one_of(sorted(fitting[setting])) or 'none'}; received {received or 'nothing'}."
                + did_you_mean(received, fitting[setting])
            )
    if len(set(asked.values())) < len(asked):
        one, other = KINDS[kind].columns
        raise CorpusError(f"{name}: corpus.{one} and corpus.{other} are both {asked[one]}; they must differ")
    return {feature: fitting[setting][feature] for setting, feature in asked.items()}


def _usual(setting, fitting):
    names = [key for key in _USUAL[setting] if key in fitting]
    if setting not in ("source", "target") and not names:
        names = [key for key, feature in fitting.items() if feature.names or setting in ("text", "words")]
        return names[0] if len(names) == 1 else None
    return names[0] if names else None
