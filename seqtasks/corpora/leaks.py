"""Rows of other splits that are in train too."""

from itertools import product

from seqtasks.corpora.kinds import KINDS


def overlaps(corpus):
    """Returns how many rows of each split but train have something in train too: {split: {what: rows}}.

    `what` is a side of `Kind.shared_keys`, such as source, target, text or sentence, or the pair of two sides. Kinds
    that are split by place have no overlaps, as lines of running text may repeat.
    """
    kind = KINDS[corpus.kind]
    if kind.by_place:
        return {}
    others = {name: [_keys(kind, row) for row in rows] for name, rows in corpus.splits.items() if name != "train"}
    asked = {}
    for keys in (keys for rows in others.values() for keys in rows):
        for what, found in keys.items():
            asked.setdefault(what, set()).update(found)
    known = {what: set() for what in asked}
    for row in corpus.splits.get("train", ()) if asked else ():
        for what, found in _keys(kind, row).items():
            known[what].update(asked[what].intersection(found))
    return {
        name: {what: sum(not known[what].isdisjoint(keys[what]) for keys in rows) for what in rows[0]} if rows else {}
        for name, rows in others.items()
    }


def overlap_messages(name, rows, counts):
    """Returns a sentence for each overlap that `overlaps` counts between the rows of the split `name` and train."""
    return [
        f"{name}: {count:,} of {len(rows):,} rows have their {what} in train too"
        for what, count in counts.items()
        if count
    ]


def _keys(kind, row):
    """Returns the keys of a row by side, and of its pairs where it has several sides."""
    keys = kind.shared_keys(row)
    return {**keys, "pair": list(product(*keys.values()))} if len(keys) > 1 else keys
