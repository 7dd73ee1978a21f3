"""Rows of other splits that stand in train too."""

from seqtasks.corpora.corpus import texts_of
from seqtasks.corpora.splitting import sentence_key


def overlaps(corpus):
    """Returns how many rows of each split but train have something in train too: {split: {what: rows}}.

    What is the source, one of the targets, both as a pair; the text; the sentence. They are compared by
    `sentence_key`. Of running text, whose lines may repeat, nothing is said.
    """
    if corpus.kind == "text":
        return {}
    others = {name: [_keys(row) for row in rows] for name, rows in corpus.splits.items() if name != "train"}
    asked = {}
    for keys in (keys for rows in others.values() for keys in rows):
        for what, found in keys.items():
            asked.setdefault(what, set()).update(found)
    known = {what: set() for what in asked}
    for row in corpus.splits.get("train", ()) if asked else ():
        for what, found in _keys(row).items():
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


def _keys(row):
    """Returns the keys of the texts of a row by side, and of its pairs."""
    keys = {side: [sentence_key(text) for text in texts] for side, texts in texts_of(row).items()}
    if len(keys) > 1:
        (source,) = keys["source"]
        keys["pair"] = [(source, target) for target in keys["target"]]
    return keys
