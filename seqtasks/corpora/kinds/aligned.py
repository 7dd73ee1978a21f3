"""Your own parallel text in a folder of aligned files."""

import logging

from seqtasks.corpora.faults import collecting, text_faults
from seqtasks.corpora.sources.reading import read_lines
from seqtasks.corpora.sources.split_names import by_split, in_order, in_order_of_shards
from seqtasks.errors import CorpusError, did_you_mean, one_of

_log = logging.getLogger("seqtasks")


def read_folder(folder, source, *, target, faults=None):
    """Returns the splits in `folder`, one row a line, where `source` and `target` are the suffixes of aligned files.

    Raises CorpusError if the suffixes are not given or not there, a file has no partner, or lines do not pair up.
    """
    files, others = by_split(folder, _stem_and_suffix)
    for file, why in others.items():
        _log.info("%s is left out: %s", file, why or "it is no file")
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
    with collecting(faults) as faults:
        for name in in_order({split for split, suffix in files if suffix in (source, target)}):
            for here, there in ((source, target), (target, source)):
                if (name, there) not in files:
                    raise CorpusError(
                        f"{files[name, here][0]} has no partner that ends in .{there}; add it or remove the file"
                    )
            sides = (in_order_of_shards(files[name, suffix]) for suffix in (source, target))
            splits[name] = _joined(*sides, faults)
    return splits


def _stem_and_suffix(name):
    stem, _, suffix = name.rpartition(".")
    return stem, suffix


def _joined(sources, targets, faults):
    """Returns the rows of the shards of a split, one behind the other."""
    if len(sources) != len(targets):
        raise CorpusError(
            f"{sources[0]} has {len(sources)} shards and {targets[0]} {len(targets)}; shard n of one must translate "
            "shard n of the other"
        )
    return [row for source, target in zip(sources, targets, strict=True) for row in _aligned(source, target, faults)]


def _aligned(source, target, faults):
    """Yields the rows of a pair of files."""
    sources, targets = read_lines(source), read_lines(target)
    if len(sources) != len(targets):
        longer, number = (source, len(targets)) if len(sources) > len(targets) else (target, len(sources))
        raise CorpusError(
            f"{longer}:{number + 1}: this line has no partner: {source.name} has {len(sources):,} lines and "
            f"{target.name} has {len(targets):,}; line n of one must translate line n of the other"
        )
    for number, (text, other) in enumerate(zip(sources, targets, strict=True), start=1):
        here, there = f"{source}:{number}", f"{target}:{number}"
        if wrong := text_faults([text], here, "one side") + text_faults([other], there, "one side"):
            faults.add(here if wrong[0].startswith(f"{here}:") else there, *wrong)
        else:
            yield {"source": text, "targets": (other,)}
