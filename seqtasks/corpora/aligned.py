"""Your own parallel text in a folder of aligned files."""

from seqtasks.corpora.corpus import in_order, split_name
from seqtasks.corpora.reading import faults, read_lines, refuse
from seqtasks.errors import CorpusError, did_you_mean, one_of


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
    splits = {}
    for name in in_order({split for split, suffix in files if suffix in (source, target)}):
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
        problems += faults([text], f"{source}:{number}", "one side") + faults([other], f"{target}:{number}", "one side")
        rows.append({"source": text, "targets": (other,)})
    refuse(problems)
    return rows
