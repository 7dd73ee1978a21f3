"""Any dataset of tensorflow-datasets with the parts of a row: two texts, a text and a class, words and tags, a text."""

import logging

from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.kinds.labelled import as_one_class
from seqtasks.corpora.kinds.lines import lines_of
from seqtasks.corpora.kinds.tagged import checked, in_iob2
from seqtasks.corpora.sources.features import chosen
from seqtasks.corpora.sources.split_names import split_name
from seqtasks.errors import CorpusError, did_you_mean

_log = logging.getLogger("seqtasks")


def read(name, kind, *, complete, faults, **columns):
    """Returns the Corpus `tfds:NAME[/CONFIG][:VERSION]`, prepared first if it is not there yet.

    `columns` (see `corpus.KINDS`) name features: texts (targets may be a sequence of them), for a label a text or a
    class, for words and tags sequences; left out, see `features.chosen`. Classes become their names, tags iob2.
    Examples with an empty part or no class are left out, and logged, and so is a split that has no others. Of running
    text none is: each example is a line or several, blank ones too. `complete` adds missing splits, and `faults` takes
    what else is wrong with examples (see `files.read`).

    Raises CorpusError for a dataset that is unknown, cannot be prepared or has no such features.
    """
    builder = _prepared(name)
    info = builder.info
    parts = chosen(name, kind, info, columns)
    splits = {}
    for split in info.splits:
        examples = _examples(builder, split, list(parts.values()), in_order=kind == "text")
        rows = lines_of(text for (text,) in examples) if kind == "text" else _rows(examples, split, kind, parts)
        if rows or kind == "parallel":
            splits[split_name(split)] = rows
    if kind == "labelled":
        splits = as_one_class(splits)
    if kind == "tagged":
        splits = _tagged(name, splits, faults)
    try:
        splits = complete(splits)
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


def _examples(builder, split, parts, *, in_order):
    """Yields the values of the `parts` of each example of a split, texts in UTF-8; `in_order`, file after file."""
    import tensorflow_datasets as tfds

    def picked(example):
        for part in parts:
            found = example
            for key in part.path:
                found = found[key]
            yield found

    config = tfds.ReadConfig(interleave_cycle_length=1) if in_order else None
    examples = builder.as_dataset(split=split, read_config=config).map(lambda example: tuple(picked(example)))
    # One example at a time takes several times as long.
    for batch in examples.ragged_batch(1024):
        columns = [side.to_list() if hasattr(side, "to_list") else side.numpy().tolist() for side in batch]
        yield from zip(*columns, strict=True)


def _rows(examples, split, kind, parts):
    rows, left_out = [], 0
    for values in examples:
        one, other = (_strings(value, part.names) for value, part in zip(values, parts.values(), strict=True))
        if one and other and all(text.strip() for text in one + other):
            rows.append(_row(kind, one, other))
        else:
            left_out += 1
    if left_out:
        _log.warning("%s: %s of %s examples left out, as a part is empty", split, left_out, left_out + len(rows))
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


def _tagged(name, splits, faults):
    sentences = {}
    for split, rows in splits.items():
        sentences[split] = []
        for number, row in enumerate(rows, start=1):
            here = f"{name}: row {number:,} of {split}"
            if len(row["words"]) != len(row["tags"]):
                said = f"{len(row['words'])} words, but {len(row['tags'])} tags; each word needs one"
                faults.add(here, f"{here}: {said}")
            elif sentence := checked(*row.values(), lambda place, here=here: f"{here}: word {place + 1}", faults):
                sentences[split].append(sentence)
    return in_iob2(sentences, faults)


def _line(error):
    return " ".join(str(error).split())[:300] or type(error).__name__
