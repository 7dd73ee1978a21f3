"""Splits that do not leak: equal texts, and sentences that share a translation, however remotely, stay on one side.

Sources and targets are the two sides of a bipartite graph, and every row ties its source to its targets; labelled and
tagged text has one side. The splits are given whole connected components. Rows are compared by `Kind.sentence_keys`, so
that a change of case, of spaces or of Unicode form does not make a test sentence new.
"""

import hashlib
import logging
from collections import Counter

from seqtasks.corpora.kinds.counts import number_of
from seqtasks.corpora.sources.split_names import tests_among
from seqtasks.errors import CorpusError

_log = logging.getLogger("seqtasks")


def components(rows, kind):
    """Returns, for each of the `rows` of a Kind, the number of the first row that it is connected with."""
    parents = list(range(len(rows)))
    first_with = {}

    def first(number):
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    for number, row in enumerate(rows):
        for side_and_key in ((side, key) for side, keys in kind.sentence_keys(row).items() for key in keys):
            here, there = first(number), first(first_with.setdefault(side_and_key, number))
            parents[max(here, there)] = min(here, there)
    return [first(number) for number in range(len(rows))]


def carve(rows, sizes, *, kind, seed):
    """Takes splits out of `rows` of a Kind: `{"train": what is left, **splits}`.

    `sizes` says how many distinct inputs (sources, texts, sentences) each split is to have, as in `{"dev": 2000,
    "test": 2000}`. A carved split is as `Kind.grouped` makes it: of parallel rows it has one row a source with all its
    targets. All else is as it came, in the order of `rows`.

    Components come in the order of a hash of the seed and of their smallest input, so the outcome depends neither on
    the order of the rows nor on the process or system. Each goes to the first split that still has room for all of it,
    else to train: a component larger than every split is always train's, as is the last with a label or tag, and the
    splits are filled to the last input as long as small components remain. A split that cannot be filled is logged;
    CorpusError if one stays empty.
    """
    roots = components(rows, kind)
    inputs, classes = {}, {}
    for row, root in zip(rows, roots, strict=True):
        inputs.setdefault(root, set()).add(kind.input(row))
        classes.setdefault(root, set()).update(kind.classes(row))

    def draw(root):
        return hashlib.sha256(f"{seed}\n{min(inputs[root])}".encode()).digest()

    room, placed = dict(sizes), {}
    left_with = Counter(name for found in classes.values() for name in found)
    for root in sorted(inputs, key=draw):
        last = any(left_with[name] == 1 for name in classes[root])
        split = next((name for name, left in room.items() if len(inputs[root]) <= left and not last), "train")
        placed[root] = split
        if split != "train":
            room[split] -= len(inputs[root])
            left_with.subtract(classes[root])

    splits = {"train": [], **{name: [] for name in sizes}}
    for row, root in zip(rows, roots, strict=True):
        splits[placed[root]].append(row)
    for name, found in splits.items():
        if not found:
            wanted = " and ".join(f"{number_of(kind.inputs, size)} for {split}" for split, size in sizes.items())
            largest = max(map(len, inputs.values()), default=0)
            kept = "; train keeps one of each class" if left_with else ""
            raise CorpusError(
                f"nothing is left for {name}: the corpus has {number_of(kind.inputs, sum(map(len, inputs.values())))}, "
                f"up to {largest:,} of them connected by shared sentences, and {wanted} should be held out{kept}; ask "
                "for smaller splits or give the splits as files"
            )
    for name, left in room.items():
        if left:
            found = f"{sizes[name] - left:,}"
            _log.warning("%s has %s of the %s asked for", name, found, number_of(kind.inputs, sizes[name]))
        splits[name] = kind.grouped(splits[name])
    return splits


def complete(splits, *, kind, seed, dev, test):
    """Returns `splits` with those that are missing carved out of train, each at most a tenth of its inputs.

    A missing dev is carved, and a test with it if there is none of any kind; what is there is never touched. Without a
    train split nothing can be carved, and `splits` are returned as they are.
    """
    if "train" not in splits or "dev" in splits:
        return splits
    rows = splits["train"]
    tenth = max(1, len({kind.input(row) for row in rows}) // 10)
    sizes = {"dev": min(dev, tenth)}
    if not tests_among(splits):
        sizes["test"] = min(test, tenth)
    carved = carve(rows, sizes, kind=kind, seed=seed)
    return {**carved, **{name: rows for name, rows in splits.items() if name != "train"}}
