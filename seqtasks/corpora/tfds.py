"""Any dataset of tensorflow-datasets with the two parts of a row: two texts, a text and a class, or words and tags."""

import logging

from seqtasks.corpora.corpus import Corpus, split_name
from seqtasks.corpora.features import chosen
from seqtasks.corpora.reading import refuse
from seqtasks.corpora.splitting import complete
from seqtasks.corpora.tagged import in_iob2, sentence_faults
from seqtasks.errors import CorpusError, did_you_mean

_log = logging.getLogger("seqtasks")


def read(name, kind, *, seed, dev, test, **columns):
    """Returns the Corpus `tfds:NAME[/CONFIG][:VERSION]`, prepared first if it is not there yet.

    `columns` (see `corpus.KINDS`) name features: texts (targets may be a sequence of them), for a label a text or a
    class, for words and tags sequences; left out, see `features.chosen`. Classes become their names, tags iob2.
    Examples with an empty part or no class are left out, and logged, and so is a split that has no others. Missing
    splits are carved as `splitting.complete` has it.

    Raises CorpusError for a dataset that is unknown, cannot be prepared or has no such features.
    """
    builder = _prepared(name)
    info = builder.info
    parts = chosen(name, kind, info, columns)
    splits = {}
    for split in info.splits:
        rows = _rows(builder, split, kind, list(parts.values()))
        if rows or kind == "parallel":
            splits[split_name(split)] = rows
    if kind == "tagged":
        splits = _tagged(name, splits)
    try:
        splits = complete(splits, seed=seed, dev=dev, test=test)
    except CorpusError as error:
        raise CorpusError(f"{name}: {error}") from None
    languages = tuple("target" if side == "targets" else side for side in parts) if kind == "parallel" else ()
    licence = (info.redistribution_info and info.redistribution_info.license) or "not stated"
    origin = f"TensorFlow dataset {info.full_name} {info.homepage}".strip()
    return Corpus(name=name, splits=splits, languages=languages, licence=licence, origin=origin, kind=kind)


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


def _rows(builder, split, kind, parts):
    def picked(example):
        for part in parts:
            found = example
            for key in part.path:
                found = found[key]
            yield found

    rows, examples = [], 0
    # One example at a time takes several times as long.
    for batch in builder.as_dataset(split=split).map(lambda example: tuple(picked(example))).ragged_batch(1024):
        columns = [side.to_list() if hasattr(side, "to_list") else side.numpy().tolist() for side in batch]
        examples += len(columns[0])
        for values in zip(*columns, strict=True):
            one, other = (_strings(value, part.names) for value, part in zip(values, parts, strict=True))
            if one and other and all(text.strip() for text in one + other):
                rows.append(_row(kind, one, other))
    if len(rows) < examples:
        _log.warning("%s: %s of %s examples left out, as a part is empty", split, examples - len(rows), examples)
    return rows


def _row(kind, one, other):
    if kind == "parallel":
        return {"source": one[0], "targets": other}
    return {"text": one[0], "label": other[0]} if kind == "labelled" else {"words": one, "tags": other}


def _strings(value, names):
    """Returns the texts, or the names of the classes (-1 is none, and left out), of a value or a list of them."""
    values = value if isinstance(value, list) else [value]
    if names is None:
        return tuple(text.decode("utf-8") for text in values)
    return tuple(names[number] for number in values if number >= 0)


def _tagged(name, splits):
    sentences, problems = {}, []
    for split, rows in splits.items():
        sentences[split] = []
        for number, row in enumerate(rows, start=1):
            here = f"{name}: row {number:,} of {split}"
            if len(row["words"]) != len(row["tags"]):
                problems.append(f"{here}: {len(row['words'])} words, but {len(row['tags'])} tags; each word needs one")
                continue
            sentence = row["words"], row["tags"], lambda place, here=here: f"{here}: word {place + 1}"
            problems += sentence_faults(*sentence)
            sentences[split].append(sentence)
    refuse(problems)
    return in_iob2(sentences)


def _line(error):
    return " ".join(str(error).split())[:300] or type(error).__name__
