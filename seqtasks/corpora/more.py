"""More rows for train than the corpus has, such as those that a model made, without any that would leak."""

import logging
from pathlib import Path

from seqtasks.corpora.kinds.counts import number_of
from seqtasks.corpora.sources import files
from seqtasks.corpora.splitting import components
from seqtasks.errors import CorpusError

_log = logging.getLogger("seqtasks")


def with_more(splits, path, kind, *, faults, **columns):
    """Returns splits whose train has the rows of `path` behind its own.

    Rows that are connected with a row of another split are left out, and counted: those that have a sentence in common
    with it, or with a row of `path` that is left out, and so on (see `splitting.components`).

    Args:
        splits: {name: rows}, with train.
        path: a folder, of which only train is taken, or a file; see `files.read`.
        kind: a Kind that is not split by place.
        faults, columns: see `files.read`; a file that is no folder has its usual columns.

    Raises CorpusError for what cannot be read.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise CorpusError(f"corpus.more: {path} is not there; check the spelling and the folder")
    found = files.read(path, kind, faults=faults, **(columns if path.is_dir() else {}))
    if "train" not in found:
        raise CorpusError(f"corpus.more: {path} has no train split; name its files train")
    held_out = [row for name, rows in splits.items() if name != "train" for row in rows]
    more = list(found["train"])
    roots = components([*held_out, *more], kind)
    touched = set(roots[: len(held_out)])
    kept = [row for row, root in zip(more, roots[len(held_out) :], strict=True) if root not in touched]
    _log.info(
        "%s: %s more for train, %s left out as they are connected with a row of another split",
        path,
        number_of("rows", len(kept)),
        f"{len(more) - len(kept):,}",
    )
    return {**splits, "train": [*splits["train"], *kept]}
