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
            if getattr(tensor, "np_dtype", None) in (object, str) and tensor.shape in ((), (None,)):
                texts[key or name] = (name,) if key is None else (name, key)
    return texts


def _sides(name, texts, source, target, supervised):
    if source or target:
        asked = source, target
    elif isinstance(supervised, tuple) and len(supervised) == 2 and all(key in list(texts) for key in supervised):
        asked = supervised
    else:
        asked = "source", "targets" if "targets" in texts else "target"
    for setting, received, feature in zip(("source", "target"), (source, target), asked, strict=True):
        if feature not in texts:
            raise CorpusError(
                f"{name}: corpus.{setting} must name one of its texts, which are {one_of(sorted(texts)) or 'none'}; "
                f"received {received or 'nothing'}.{did_you_mean(received, texts)}"
            )
    if asked[0] == asked[1]:
        raise CorpusError(f"{name}: corpus.source and corpus.target are both {asked[0]}; they must differ")
    return asked


def _rows(builder, split, paths):
    def sides(example):
        for path in paths:
            side = example
            for key in path:
                side = side[key]
            yield side

    rows, examples = [], 0
    # One example at a time takes several times as long.
    for batch in builder.as_dataset(split=split).map(lambda example: tuple(sides(example))).ragged_batch(1024):
        sources, targets = (side.to_list() if hasattr(side, "to_list") else side.numpy().tolist() for side in batch)
        examples += len(sources)
        for source, target in zip(map(_decoded, sources), map(_decoded, targets), strict=True):
            if len(source) == 1 and target and all(text.strip() for text in source + target):
                rows.append({"source": source[0], "targets": target})
    if len(rows) < examples:
        _log.warning("%s: %s of %s examples left out, as a side is empty", split, examples - len(rows), examples)
    return rows


def _decoded(side):
    return tuple(text.decode("utf-8") for text in ([side] if isinstance(side, bytes) else side))


def _line(error):
    return " ".join(str(error).split())[:300] or type(error).__name__
