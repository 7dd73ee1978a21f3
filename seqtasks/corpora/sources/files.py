"""Your own files: a folder with a file, or its shards, for each split, or one file to be split; of any kind."""

import logging
from pathlib import Path

from seqtasks.corpora.sources.split_names import by_split, in_order, in_order_of_shards, plain_name
from seqtasks.errors import CorpusError, FaultsError

_log = logging.getLogger("seqtasks")


def read(path, kind, *, faults, **columns):
    """Returns the rows in `path` by split.

    Args:
        path: a folder, which holds a file for each split that it has, or its shards, named after it (see
            `split_names`), unless the kind reads it otherwise; or a file, which is train. Each may be gzipped.
        kind: a Kind.
        faults: the Faults that what is wrong with examples is added to, and refused unless they are skipped.
        columns: a value, or None, for each of the columns of the kind.

    Raises:
        CorpusError: something cannot be read, with `file:line`.
    """
    if path.is_dir():
        splits = kind.read_folder(path, faults=faults, **columns)
    else:
        splits = rows_by_split({"train": [path]}, kind, faults=faults, **columns)
    faults.refuse()
    return splits


def rows_by_split(files, kind, *, faults, known=(), **columns):
    """Returns the rows of `{split: [path, ...]}` by split, one file behind the other, as `Kind.read_files` has them.

    Raises CorpusError with `file:line`.
    """
    paths = {(split, number): path for split, of_split in files.items() for number, path in enumerate(of_split)}
    for path in paths.values():
        if not path.exists():
            raise CorpusError(f"{path} is not there; check the spelling and the folder")
        if not _has_suffix(path.name, kind):
            *some, last = kind.suffixes
            allowed = f"{', '.join(some)} or {last}" if some else last
            raise CorpusError(
                f"{path} is neither a folder nor a {allowed} file (each may end in .gz), as {kind.what} must be"
            )
    rows = kind.read_files(paths, faults=faults, known=known, **columns)
    if faults.messages and not all(map(len, rows.values())):
        # Of a file in which every example is faulty, nothing can be skipped.
        faults.refuse()
        raise FaultsError(faults.messages)
    parts = {split: [rows[split, number] for number in range(len(of_split))] for split, of_split in files.items()}
    return {split: found[0] if len(found) == 1 else kind.joined(found) for split, found in parts.items()}


def files_by_split(folder, kind):
    """Returns the files of a kind in a folder, {split: [path, ...]}, shards in order; logs what is left out.

    Raises CorpusError where there is none.
    """
    found, others = by_split(folder, lambda name: (name, "") if _has_suffix(name, kind) else None)
    files = {split: found[split, ""] for split in in_order({split for split, _ in found})}
    for file, why in others.items():
        _log.info("%s is left out: %s", file, why or f"it is no form of {kind.what}")
    if not files:
        allowed = f", with one of the endings {', '.join(kind.suffixes)}" if kind.suffixes else ""
        raise CorpusError(f"{folder} has no file of {kind.what} for a split; name them train, dev and test{allowed}")
    return {split: in_order_of_shards(paths) for split, paths in files.items()}


def _has_suffix(name, kind):
    return kind.suffixes is None or Path(plain_name(name)).suffix in kind.suffixes
