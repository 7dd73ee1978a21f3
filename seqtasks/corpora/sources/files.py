"""Your own text: a folder with a file, or a pair of files, for each split, or one file to be split."""

import logging
from functools import partial
from pathlib import Path

from seqtasks.corpora.corpus import KINDS, Corpus
from seqtasks.corpora.kinds import aligned, labelled, running, tables, tagged
from seqtasks.corpora.kinds.lines import LineRows
from seqtasks.corpora.sources.split_names import by_split, in_order, in_order_of_shards, plain_name
from seqtasks.errors import CorpusError, FaultsError

_log = logging.getLogger("seqtasks")

# Tagged and running text has too many suffixes to be told by them.
_SUFFIXES = {
    "parallel": (".tsv", ".jsonl"),
    "labelled": (".tsv", ".csv", ".jsonl", ".txt"),
    "tagged": None,
    "text": None,
}


def read(path, kind, *, complete, faults, **columns):
    """Returns the Corpus in `path`, of a kind and with the columns of `corpus.KINDS`, those not told being None.

    A folder holds aligned files where it is parallel (see `aligned.read_folder`), else a file for each split that it
    has, or its shards, named after it (see `split_names`) and read as `read_files` has it. A file alone is split, and
    so is a folder of running text where no file is named after train, as one text. Everything may be gzipped.
    `complete` is a function of the splits by name that adds missing ones (`splitting.complete` or `cutting.complete`).
    What is wrong with examples is added to the `faults`, and refused unless they are skipped.

    Raises CorpusError for whatever cannot be read, with `file:line`.
    """
    path = Path(path).expanduser()
    if path.is_dir() and kind == "parallel":
        splits = aligned.read_folder(path, columns["source"], target=columns["target"], faults=faults)
    else:
        splits = read_files(_files(path, kind) if path.is_dir() else {"train": [path]}, kind, faults=faults, **columns)
    faults.refuse()
    try:
        splits = complete(splits)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None
    languages = tuple(_language(columns[side], side) for side in columns) if kind == "parallel" else ()
    return Corpus(str(path), splits, languages, licence="not stated", origin=str(path), kind=kind)


def read_files(files, kind, *, faults, known=(), **columns):
    """Returns the rows of `{split: [path, ...]}` by split, one file behind the other.

    See `tables.read_tsv` and `tables.read_jsonl` for parallel text, `labelled.read_labelled`, `tagged.read_tagged` and
    `running.read_text`, each with the `faults` that it adds to. Labels and tags must be `known`, where any are. Raises
    CorpusError with `file:line`.
    """
    parts = {(split, number): path for split, paths in files.items() for number, path in enumerate(paths)}
    for path in parts.values():
        if not path.exists():
            raise CorpusError(f"{path} is not there; check the spelling and the folder")
        if _suffix(path.name, kind) is None:
            *some, last = _SUFFIXES[kind]
            allowed = f"{', '.join(some)} or {last}"
            raise CorpusError(
                f"{path} is neither a folder nor a {allowed} file (each may end in .gz), as {KINDS[kind].what} must be"
            )
    if kind == "parallel":
        readers = {".tsv": tables.read_tsv, ".jsonl": tables.read_jsonl}
        rows = {part: readers[_suffix(path.name, kind)](path, faults=faults, **columns) for part, path in parts.items()}
    elif kind == "tagged":
        rows = tagged.read_tagged(parts, faults=faults, known=known, **columns)
    elif kind == "labelled":
        read_one = partial(labelled.read_labelled, faults=faults, known=known, **columns)
        rows = {part: read_one(path) for part, path in parts.items()}
        rows = rows if known else labelled.as_one_class(rows)
    else:
        rows = {part: running.read_text(path, faults=faults, **columns) for part, path in parts.items()}
    if faults.messages and not all(map(len, rows.values())):
        # Of a file in which every example is faulty, nothing can be skipped.
        faults.refuse()
        raise FaultsError(faults.messages)
    return {split: _joined([rows[split, number] for number in range(len(paths))]) for split, paths in files.items()}


def _joined(parts):
    """Returns the rows of several files as those of one."""
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, LineRows) for part in parts):
        return LineRows("\n".join(part.text for part in parts))
    return [row for part in parts for row in part]


def has_columns(path, kind):
    """Tells whether a file has columns or keys to choose from, or is text as it stands or with labels in front."""
    return {"labelled": _suffix(path.name, kind) != ".txt", "text": _suffix(path.name, kind) == ".jsonl"}.get(
        kind, True
    )


def _suffix(name, kind):
    suffix = Path(plain_name(name)).suffix
    return suffix if _SUFFIXES[kind] is None or suffix in _SUFFIXES[kind] else None


def _files(folder, kind):
    """Returns the files of a folder by split; of running text the folder itself, where no name tells of train."""
    found, others = by_split(folder, lambda name: None if _suffix(name, kind) is None else (name, ""))
    files = {split: found[split, ""] for split in in_order({split for split, _ in found})}
    if "train" not in files and kind == "text":
        return {"train": [folder]}
    for file, why in others.items():
        _log.info("%s is left out: %s", file, why or f"it is no form of {KINDS[kind].what}")
    if not files:
        allowed = f", that ends in {', '.join(_SUFFIXES[kind])}" if _SUFFIXES[kind] else ""
        raise CorpusError(
            f"{folder} has no file of {KINDS[kind].what} for a split; name them train, dev and test{allowed}"
        )
    return {split: in_order_of_shards(paths) for split, paths in files.items()}


def _language(name, otherwise):
    return otherwise if name is None or str(name).isdecimal() else str(name)
