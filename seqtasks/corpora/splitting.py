"""Splits that do not leak: equal texts, and sentences that share a translation, however remotely, stay on one side.

Sources and targets are the two sides of a bipartite graph, and every row ties its source to its targets; labelled and
tagged text has one side. The splits are given whole connected components. Sentences are compared by `sentence_key`, so
that a change of case, of spaces or of Unicode form does not make a test sentence new.
"""

import hashlib
import logging
import unicodedata
from collections import Counter

from seqtasks.corpora.corpus import classes_of, input_of, texts_of
from seqtasks.corpora.sources.split_names import tests_among
from seqtasks.errors import CorpusError

_log = logging.getLogger("seqtasks")


def sentence_key(sentence):
    """Returns what two sentences have in common when they differ in case, spaces or Unicode form alone."""
    return " ".join(unicodedata.normalize("NFKC", sentence).casefold().split())


def components(rows):
    """Returns, for each of the `rows`, the number of the first row that it hangs together with."""
    parents = list(range(len(rows)))
    first_with = {}

    def first(number):
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    for number, row in enumerate(rows):
        for side, sentence in ((side, text) for side, texts in texts_of(row).items() for text in texts):
            here, there = first(number), first(first_with.setdefault((side, sentence_key(sentence)), number))
            parents[max(here, there)] = min(here, there)
    return [first(number) for number in range(len(rows))]


def grouped(rows):
    """Returns one row a source, in order of first appearance, with all its distinct targets in order.

    Rows without targets are returned as they are.
    """
    if any("targets" not in row for row in rows):
        return rows
    targets = {}
    for row in rows:
        targets.setdefault(row["source"], {}).update(dict.fromkeys(row["targets"]))
    return [{"source": source, "targets": tuple(found)} for source, found in targets.items()]


def carve(rows, sizes, *, seed):
    """Takes splits out of `rows`: `{"train": what is left, **splits}`.

    `sizes` says how many distinct sources (or texts, or sentences) each split is to have, as in `{"dev": 2000,
    "test": 2000}`. A carved split of parallel rows has one row a source with all its targets; all else is as it came,
    in the order of `rows`.

    Components come in the order of a hash of the seed and of their smallest source, so the outcome depends neither on
    the order of the rows nor on the process or system. Each goes to the first split that still has room for all of it,
    else to train: a component larger than every split is always train's, as is the last with a label or tag, and the
    splits are filled to the last source as long as small components remain. A split that cannot be filled is logged;
    CorpusError if one stays empty.
    """
    roots = components(rows)
    sources, classes = {}, {}
    for row, root in zip(rows, roots, strict=True):
        sources.setdefault(root, set()).add(input_of(row))
        classes.setdefault(root, set()).update(classes_of(row))

    def draw(root):
        return hashlib.sha256(f"{seed}\n{min(sources[root])}".encode()).digest()

    room, placed = dict(sizes), {}
    left_with = Counter(name for found in classes.values() for name in found)
    for root in sorted(sources, key=draw):
        last = any(left_with[name] == 1 for name in classes[root])
        split = next((name for name, left in room.items() if len(sources[root]) <= left and not last), "train")
        placed[root] = split
        if split != "train":
            room[split] -= len(sources[root])
            left_with.subtract(classes[root])

    what = "sources" if any("source" in row for row in rows) else "texts"
    splits = {"train": [], **{name: [] for name in sizes}}
    for row, root in zip(rows, roots, strict=True):
        splits[placed[root]].append(row)
    for name, found in splits.items():
        if not found:
            wanted = ", ".join(f"{size:,} {what} for {split}" for split, size in sizes.items())
            largest = max(map(len, sources.values()), default=0)
            kept = "; train keeps one of each class" if left_with else ""
            raise CorpusError(
                f"nothing is left for {name}: {wanted} were asked for, and the corpus has "
                f"{sum(map(len, sources.values())):,}, {largest:,} of which hang together by shared sentences{kept}; "
                "ask for smaller splits or give the splits as files"
            )
    for name, left in room.items():
        if left:
            _log.warning("%s has %s %s of the %s asked for", name, f"{sizes[name] - left:,}", what, f"{sizes[name]:,}")
        splits[name] = grouped(splits[name])
    return splits


def complete(splits, *, seed, dev, test):
    """Returns `splits` with those that are missing carved out of train, each at most a tenth of its sources or texts.

    A missing dev is carved, and a test with it if there is none of any kind; what is there is never touched. Without a
    train split nothing can be carved, and `splits` are returned as they are.
    """
    if "train" not in splits or "dev" in splits:
        return splits
    rows = splits["train"]
    tenth = max(1, len({input_of(row) for row in rows}) // 10)
    sizes = {"dev": min(dev, tenth)}
    if not tests_among(splits):
        sizes["test"] = min(test, tenth)
    carved = carve(rows, sizes, seed=seed)
    return {**carved, **{name: rows for name, rows in splits.items() if name != "train"}}
