"""What splits are called, in one way for every kind of corpus, and which files of a folder belong to which."""

import re

from seqtasks.errors import CorpusError

_SPLITS = {
    "train": "train",
    **dict.fromkeys(("dev", "devel", "val", "valid", "validation", "testa"), "dev"),
    **dict.fromkeys(("test", "testb"), "test"),
}
_FIRST_SPLITS = ("train", "dev", "test")
# As in newstest2014, newsdev2016 and newsdiscusstest2015, the test and dev sets of WMT.
_NEWS = re.compile(r"(news(?:discuss)?)(test|dev)")
_WORD = re.compile(r"[^\W\d_]+")
# What follows the name of a test to the next dot, and numbers behind it, as in test_2016_flickr and test.2016.
_REST = re.compile(r"[^.]*(?:\.\d+(?=\.|$))*")
_SHARD = re.compile(r"-(\d+)-of-(\d+)(?=\.|$)")


def split_name(name):
    """Returns our name for a split that others call `name`: `val`, `valid` and `validation` are `dev`."""
    return _SPLITS.get(name, name)


def splits_in(name):
    """Returns our names for the splits that a file is named after: none, one, or several where it is ambiguous.

    A split stands in a name as a word, between marks, digits and dots, as in `train.tsv`, `wnut17train.conll` and
    `emerging.test.annotated`; inside a word, as in `latest` and `trainer`, it is none. What follows test stays, as in
    `test_2016`, and `newstest2014` is a test of this name.
    """
    name, found = name.lower(), {}
    for match in _WORD.finditer(name):
        word, rest = match[0], _REST.match(name, match.end())[0]
        news = _NEWS.fullmatch(word)
        split = news[2] if news else _SPLITS.get(word)
        if split:
            found.setdefault(split, f"{news[1] if news else ''}{split}{rest}" if split == "test" else split)
    return list(found.values())


def plain_name(name):
    """Returns the name of a file without the mark of a shard and `.gz`."""
    return _SHARD.sub("", name).removesuffix(".gz")


def is_gzip(name):
    """Tells whether a file of this name, which may be that of a shard, is gzipped."""
    return _SHARD.sub("", name).endswith(".gz")


def in_order(names):
    """Returns the names of splits as train, dev, test and the others by the alphabet."""
    return [*(name for name in _FIRST_SPLITS if name in names), *sorted(set(names) - set(_FIRST_SPLITS))]


def tests_among(names):
    """Returns those of the split `names` that hold test rows: `test` and whatever starts so, `newstest2014`."""
    return [name for name in names if name.startswith("test") or _NEWS.match(name)]


def by_split(folder, parted):
    """Returns the files of a folder, `{(split, rest): [path, ...]}`, and why each other file is left out.

    `parted` takes a name apart, without `.gz` and the mark of a shard: into what tells the split and the rest, by which
    files of one split differ, or None where the file is of no use. Several files of one key may be shards, see
    `in_order_of_shards`. Raises CorpusError where the folder cannot be read.
    """
    found, others = {}, {}
    try:
        for file in sorted(folder.iterdir()):
            parts = parted(plain_name(file.name)) if file.is_file() else None
            splits = splits_in(parts[0]) if parts else []
            if len(splits) == 1:
                found.setdefault((splits[0], parts[1]), []).append(file)
            elif splits:
                others[file] = f"its name tells several splits, {' and '.join(splits)}"
            else:
                others[file] = "its name tells no split" if parts else None
    except OSError as error:
        raise CorpusError(f"{folder} cannot be read: {error.strerror}; check its permissions") from None
    return found, others


def in_order_of_shards(files):
    """Returns the files of one split in order: one file, or shards, which are named as `train-00000-of-00002.txt` or
    `train.txt-00000-of-00002`.

    Raises CorpusError where a shard is missing, or two files are not shards of one.
    """
    marks = [_SHARD.search(file.name) for file in files]
    wholes = {plain_name(file.name) for file in files}
    places = {int(mark[1]) if mark else 0: file for file, mark in zip(files, marks, strict=True)}
    counts = {int(mark[2]) if mark else 1 for mark in marks}
    if len(wholes) > 1 or len(counts) > 1 or len(places) < len(files):
        raise CorpusError(f"{files[0]} and {files[1]} are the same split twice; keep one of them")
    (count,) = counts
    # Some count from 1.
    first = int(count in places)
    for number in range(first, first + count):
        if number not in places:
            mark = marks[0]
            missing = f"-{number:0{len(mark[1])}}-of-{mark[2]}".join(_SHARD.split(files[0].name)[::3])
            raise CorpusError(
                f"{files[0].parent / missing} is not there, one of the {count} shards that {files[0].name} tells of; "
                "add it"
            )
    return [places[number] for number in sorted(places)]
