"""Rows of other splits that stand in train too."""

from itertools import product

from seqtasks.corpora.kinds import KINDS


def overlaps(corpus):
    """Returns how many rows of each split but train have something in train too: {split: {what: rows}}.

    What is the source, one of the targets, both as a pair; the text; the sentence: a side of `Kind.sentence_keys`. Of
    what is split by place, as running text whose lines may repeat, nothing is counted.
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


def said_of(name, rows, counts):
    """Returns the sentences about a split, its rows, and what `overlaps` counts in it."""
    return [
        f"{name}: {count:,} of {len(rows):,} rows have their {what} in train too"
        for what, count in counts.items()
        if count
    ]


def _keys(kind, row):
    """Returns the keys of a row by side, and of its pairs where it has several sides."""
    keys = kind.sentence_keys(row)
    return {**keys, "pair": list(product(*keys.values()))} if len(keys) > 1 else keys
