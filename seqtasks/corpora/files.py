"""Your own parallel text: a folder of aligned files, or one TSV or JSONL file."""

from pathlib import Path

from seqtasks.corpora.corpus import Corpus, split_name
from seqtasks.corpora.reading import read_lines, refuse
from seqtasks.corpora.splitting import complete
from seqtasks.corpora.tables import faults, read_jsonl, read_tsv
from seqtasks.errors import CorpusError, did_you_mean, one_of

_FIRST_SPLITS = ("train", "dev", "test")


def read(path, source=None, *, target=None, seed, dev, test):
    """Returns the Corpus in `path`.

    A folder holds `train.SOURCE` and `train.TARGET`, likewise `dev` (or `val`, `valid`, `validation`), `test` and any
    other split, where `source` and `target` give the two suffixes. A file is `.tsv` or `.jsonl`, and `source` and
    `target` name its columns or keys (see `read_tsv`, `read_jsonl`). Everything may be gzipped. Missing splits are
    carved with `seed`, of at most `dev` and `test` sources (see `splitting.complete`).

    Raises CorpusError for whatever cannot be read, with `file:line`.
    """
    path = Path(path).expanduser()
    plain = path.name.removesuffix(".gz")
    if path.is_dir():
        splits = read_folder(path, source, target=target)
    elif plain.endswith(".tsv"):
        splits = {"train": read_tsv(path, source, target=target)}
    elif plain.endswith(".jsonl"):
        splits = {"train": read_jsonl(path, source, target=target)}
    elif path.exists():
        raise CorpusError(f"{path} is neither a folder nor a .tsv or .jsonl file (either may end in .gz)")
    else:
        raise CorpusError(f"{path} is not there; check the spelling and the folder")
    try:
        splits = complete(splits, seed=seed, dev=dev, test=test)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None
    languages = _language(source, "source"), _language(target, "target")
    return Corpus(name=str(path), splits=splits, languages=languages, licence="not stated", origin=str(path))


def read_folder(folder, source, *, target):
    """Returns the splits in `folder`, one row a line, where `source` and `target` are the suffixes of aligned files.

    Raises CorpusError if the suffixes are not given or not there, a file has no partner, or lines do not pair up.
    """
    files = _files(folder)
    suffixes = sorted({suffix for _, suffix in files})
    if len(suffixes) < 2:
        raise CorpusError(
            f"{folder} has no pair of aligned files; it should hold train.SOURCE and train.TARGET, likewise dev and "
            f"test; the suffixes there are {one_of(suffixes) or 'none'}"
        )
    if not source or not target or source == target:
        raise CorpusError(
            f"{folder}: corpus.source and corpus.target must name two of the suffixes there, which are "
            f"{one_of(suffixes)}; received {source or 'nothing'} and {target or 'nothing'}"
        )
    for setting, suffix in (("source", source), ("target", target)):
        if suffix not in suffixes:
            raise CorpusError(
                f"{folder} has no file that ends in .{suffix}, as corpus.{setting} has it; the suffixes there are "
                f"{one_of(suffixes)}.{did_you_mean(suffix, suffixes)}"
            )
    names = {split for split, suffix in files if suffix in (source, target)}
    splits = {}
    for name in [*(name for name in _FIRST_SPLITS if name in names), *sorted(names - set(_FIRST_SPLITS))]:
        for here, there in ((source, target), (target, source)):
            if (name, there) not in files:
                raise CorpusError(
                    f"{files[name, here]} has no partner that ends in .{there}; add it or remove the file"
                )
        splits[name] = _aligned(files[name, source], files[name, target])
    return splits


def _files(folder):
    """Returns the files of a folder by `(split, suffix)`."""
    files = {}
    try:
        for file in sorted(folder.iterdir()):
            split, _, suffix = file.name.removesuffix(".gz").rpartition(".")
            key = split_name(split), suffix
            if not split or not file.is_file():
                continue
            if key in files:
                raise CorpusError(f"{files[key]} and {file} are the same split twice; keep one of them")
            files[key] = file
    except OSError as error:
        raise CorpusError(f"{folder} cannot be read: {error.strerror}; check its permissions") from None
    return files


def _aligned(source, target):
    sources, targets = read_lines(source), read_lines(target)
    problems = []
    if len(sources) != len(targets):
        longer, number = (source, len(targets)) if len(sources) > len(targets) else (target, len(sources))
        problems.append(
            f"{longer}:{number + 1}: this line has no partner: {source.name} has {len(sources):,} lines and "
            f"{target.name} has {len(targets):,}; line n of one must translate line n of the other"
        )
    rows = []
    for number, (text, other) in enumerate(zip(sources, targets, strict=False), start=1):
        problems += faults([text], f"{source}:{number}") + faults([other], f"{target}:{number}")
        rows.append({"source": text, "targets": (other,)})
    refuse(problems)
    return rows


def _language(name, otherwise):
    return otherwise if name is None or str(name).isdecimal() else str(name)
