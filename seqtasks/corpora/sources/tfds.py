"""Any dataset of tensorflow-datasets that has features for the parts of a row."""

from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.sources.features import chosen
from seqtasks.corpora.sources.split_names import split_name
from seqtasks.errors import CorpusError, did_you_mean
from seqtasks.series.line import line_of


def read(name, kind, *, complete, faults, **columns):
    """Returns the Corpus `tfds:NAME[/CONFIG][:VERSION]` of a Kind, prepared first if it is not there yet.

    The `columns` of the kind name features; left out, see `features.chosen`. Classes become their names. Examples with
    an empty part or no class are left out, and logged (see `Kind.rows_of_examples`). `complete` is a function of the
    splits that adds missing ones, and `faults` takes what else is wrong with examples (see `files.read`).

    Raises CorpusError for a dataset that is unknown, cannot be prepared or has no such features.
    """
    builder = _prepared(name)
    info = builder.info
    features = chosen(name, kind, info, columns)
    splits = {
        split_name(split): kind.rows_of_examples(_examples(builder, split, features, in_order=kind.by_place), split)
        for split in info.splits
    }
    splits = kind.from_dataset(name, splits, faults)
    try:
        splits = complete(splits)
    except CorpusError as error:
        raise CorpusError(f"{name}: {error}") from None
    languages = kind.languages(dict(zip(columns, features, strict=True)))
    licence = (info.redistribution_info and info.redistribution_info.license) or "not stated"
    origin = f"TensorFlow dataset {info.full_name} {info.homepage}".strip()
    told = {"licence": licence, "origin": origin, "kind": kind.name, "language": kind.language}
    return Corpus(name, splits, languages, **told)


def _prepared(name):
    import tensorflow_datasets as tfds

    short = name.removeprefix("tfds:")
    try:
        builder = tfds.builder(short)
    except tfds.core.DatasetNotFoundError:
        near = did_you_mean(short.partition("/")[0], tfds.list_builders(with_community_datasets=False))
        raise CorpusError(f"tensorflow-datasets has no '{short}'; its catalogue lists what there is.{near}") from None
    except (ValueError, ImportError) as error:
        raise CorpusError(f"{name} cannot be used: {_line(error)}") from error
    try:
        builder.download_and_prepare()
    except Exception as error:  # a dataset is somebody's program and may raise anything
        raise CorpusError(
            f"{name} cannot be prepared in {builder.data_dir}: {_line(error)}; check the network and the free space, "
            "or prepare it elsewhere and set TFDS_DATA_DIR"
        ) from error
    return builder


def _examples(builder, split, features, *, in_order):
    """Yields the strings of the features of each example of a split, a tuple for each; `in_order`, file after file."""
    import tensorflow_datasets as tfds

    def picked(example):
        for feature in features.values():
            found = example
            for key in feature.path:
                found = found[key]
            yield found

    config = tfds.ReadConfig(interleave_cycle_length=1) if in_order else None
    # Images stay as they are encoded.
    decoders = {
        key: tfds.decode.SkipDecoding() for key, *rest in (f.path for f in features.values() if f.is_image) if not rest
    }
    examples = builder.as_dataset(split=split, read_config=config, decoders=decoders or None).map(
        lambda example: tuple(picked(example))
    )
    kinds = list(features.values())
    # One example at a time takes several times as long.
    for batch in examples.ragged_batch(1024):
        columns = [side.to_list() if hasattr(side, "to_list") else side.numpy().tolist() for side in batch]
        for values in zip(*columns, strict=True):
            yield tuple(map(_strings, values, kinds))


def _strings(value, feature):
    """Returns the texts, images or names of classes (-1 is none, and left out) of a value or a list of them.

    Of vectors, a list of steps, it is their line.
    """
    if feature.is_numbers:
        return (line_of([step if isinstance(step, list) else [step] for step in value]),) if value else ()
    values, names = value if isinstance(value, list) else [value], feature.names
    if feature.is_image:
        return tuple(values)
    if names is None:
        return tuple(text.decode("utf-8") for text in values)
    return tuple(names[number] for number in values if number >= 0)


def _line(error):
    return " ".join(str(error).split())[:300] or type(error).__name__
