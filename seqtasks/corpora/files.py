"""Your own text: a folder with a file, or a pair of files, for each split, or one file to be split."""

import logging
from pathlib import Path

from seqtasks.corpora import aligned, labelled, running, tables, tagged
from seqtasks.corpora.corpus import KINDS, Corpus, in_order, split_of_file
from seqtasks.errors import CorpusError

_log = logging.getLogger("seqtasks")

# Tagged and running text has too many suffixes to be told by them.
_SUFFIXES = {
    "parallel": (".tsv", ".jsonl"),
    "labelled": (".tsv", ".csv", ".jsonl", ".txt"),
    "tagged": None,
    "text": None,
}


def read(path, kind, *, complete, **columns):
    """Returns the Corpus in `path`, of a kind and with the columns of `corpus.KINDS`, those not told being None.

    A folder holds aligned files where it is parallel (see `aligned.read_folder`), else a file for each split that it
    has, each named after its split (see `corpus.split_of_file`) and read as `read_files` has it. A file alone is split,
    and so is a folder of running text where no file is named after train, as one text. Everything may be gzipped.
    `complete` is a function of the splits by name that adds missing ones (`splitting.complete` or `cutting.complete`).

    Raises CorpusError for whatever cannot be read, with `file:line`.
    """
    path = Path(path).expanduser()
    if path.is_dir() and kind == "parallel":
        splits = aligned.read_folder(path, columns["source"], target=columns["target"])
    else:
        splits = read_files(_files(path, kind) if path.is_dir() else {"train": path}, kind, **columns)
    try:
        splits = complete(splits)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None
    languages = tuple(_language(columns[side], side) for side in columns) if kind == "parallel" else ()
    return Corpus(str(path), splits, languages, licence="not stated", origin=str(path), kind=kind)


def read_files(files, kind, **columns):
    """Returns the rows of `{split: path}` by split.

    See `tables.read_tsv` and `tables.read_jsonl` for parallel text, `labelled.read_labelled`, `tagged.read_tagged` and
    `running.read_text`. Raises CorpusError with `file:line`.
    """
    for path in files.values():
        if not path.exists():
            raise CorpusError(f"{path} is not there; check the spelling and the folder")
        if _suffix(path, kind) is None:
            *some, last = _SUFFIXES[kind]
            allowed = f"{', '.join(some)} or {last}"
            raise CorpusError(
                f"{path} is neither a folder nor a {allowed} file (each may end in .gz), as {KINDS[kind].what} must be"
            )
    if kind == "parallel":
        readers = {".tsv": tables.read_tsv, ".jsonl": tables.read_jsonl}
        return {split: readers[_suffix(path, kind)](path, **columns) for split, path in files.items()}
    if kind == "tagged":
        return tagged.read_tagged(files, **columns)
    read_one = labelled.read_labelled if kind == "labelled" else running.read_text
    return {split: read_one(path, **columns) for split, path in files.items()}


def _suffix(path, kind):
    suffix = Path(path.name.removesuffix(".gz")).suffix
    return suffix if _SUFFIXES[kind] is None or suffix in _SUFFIXES[kind] else None


def _files(folder, kind):
    """Returns the files of a folder by split; of running text the folder itself, where no name tells of train."""
    files, others = {}, []
    try:
        for file in sorted(folder.iterdir()):
            split = split_of_file(file.name)
            if split is None or _suffix(file, kind) is None or not file.is_file():
                others.append(file)
                continue
            files.setdefault(split, []).append(file)
    except OSError as error:
        raise CorpusError(f"{folder} cannot be read: {error.strerror}; check its permissions") from None
    if "train" not in files and kind == "text":
        return {"train": folder}
    for split, (first, *rest) in files.items():
        if rest:
            raise CorpusError(f"{first} and {rest[0]} are the same split twice; keep one of them")
        files[split] = first
    for file in others:
        _log.info("%s is left out: its name tells no split, or no form of %s", file, KINDS[kind].what)
    if not files:
        allowed = f", that ends in {', '.join(_SUFFIXES[kind])}" if _SUFFIXES[kind] else ""
        raise CorpusError(
            f"{folder} has no file of {KINDS[kind].what} for a split; name them train, dev and test{allowed}"
        )
    return {split: files[split] for split in in_order(files)}


def _language(name, otherwise):
    return otherwise if name is None or str(name).isdecimal() else str(name)
