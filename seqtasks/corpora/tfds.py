"""Any dataset of tensorflow-datasets that has a source text and a target text."""

import logging

from seqtasks.corpora.corpus import Corpus, split_name
from seqtasks.corpora.splitting import complete
from seqtasks.errors import CorpusError, did_you_mean, one_of

_log = logging.getLogger("seqtasks")


def read(name, source=None, *, target=None, seed, dev, test):
    """Returns the Corpus `tfds:NAME[/CONFIG][:VERSION]`, prepared first if it is not there yet.

    `source` and `target` name text features (the target may be a sequence of texts). Left out, they are the dataset's
    `supervised_keys`, else features called "source" and "target" or "targets". Examples with an empty side are left
    out, and logged. Missing splits are carved as `splitting.complete` has it.

    Raises CorpusError for a dataset that is unknown, cannot be prepared or has no such features.
    """
    builder = _prepared(name)
    texts = _texts(builder.info.features)
    sides = _sides(name, texts, source, target, builder.info.supervised_keys)
    splits = {
        split_name(split): _rows(builder, split, [texts[side] for side in sides]) for split in builder.info.splits
    }
    try:
        splits = complete(splits, seed=seed, dev=dev, test=test)
    except CorpusError as error:
        raise CorpusError(f"{name}: {error}") from None
    info = builder.info
    languages = sides[0], "target" if sides[1] == "targets" else sides[1]
    licence = (info.redistribution_info and info.redistribution_info.license) or "not stated"
    origin = f"TensorFlow dataset {info.full_name} {info.homepage}".strip()
    return Corpus(name=name, splits=splits, languages=languages, licence=licence, origin=origin)


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


def _texts(features):
    """Returns the path of keys to each text in an example, by the last key."""
    texts = {}
    for name, info in features.get_tensor_info().items():
        inner = info.items() if isinstance(info, dict) else [(None, info)]
        for key, tensor in inner:
            if getattr(tensor, "dtype", None) in (object, str) and tensor.shape in ((), (None,)):
                texts[key or name] = (name,) if key is None else (name, key)
    return texts


def _sides(name, texts, source, target, supervised):
    if source or target:
        asked = source, target
    elif isinstance(supervised, tuple) and len(supervised) == 2 and set(supervised) <= set(texts):
        asked = supervised
    else:
        asked = "source", "targets" if "targets" in texts else "target"
    for setting, feature in zip(("source", "target"), asked, strict=True):
        if feature not in texts:
            raise CorpusError(
                f"{name}: corpus.{setting} must name one of its texts, which are {one_of(sorted(texts)) or 'none'}; "
                f"received {feature if source or target else 'nothing'}.{did_you_mean(feature, texts)}"
            )
    if asked[0] == asked[1]:
        raise CorpusError(f"{name}: corpus.source and corpus.target are both {asked[0]}; they must differ")
    return asked


def _rows(builder, split, paths):
    import tensorflow_datasets as tfds

    rows, examples = [], 0
    for example in tfds.as_numpy(builder.as_dataset(split=split)):
        examples += 1
        sides = []
        for path in paths:
            value = example
            for key in path:
                value = value[key]
            texts = [value] if isinstance(value, bytes) else value
            sides.append([text.decode("utf-8") for text in texts])
        (text, *_), targets = sides
        if text.strip() and targets and all(target.strip() for target in targets):
            rows.append({"source": text, "targets": tuple(targets)})
    if len(rows) < examples:
        _log.warning("%s: %s of %s examples left out, as a side is empty", split, examples - len(rows), examples)
    return rows


def _line(error):
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
