"""Pretrained word vectors from a text file in the GloVe or word2vec format: a word and its numbers on each line."""

import gzip
import unicodedata
import zlib
from pathlib import Path

import numpy as np

from seqtasks import utf8
from seqtasks.errors import CorpusError


def read_vectors(path, size):
    """Returns {word: float32 (size,)} in the order of the file, plain or gzip.

    A first line of two numbers, as word2vec writes, is skipped. Raises CorpusError with file:line for a file that
    cannot be read, is not UTF-8, or has vectors of another length than `size`.
    """
    path, vectors = Path(path).expanduser(), {}
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            for number, line in enumerate(utf8.decoded(file, path), start=1):
                place = f"{path}:{number}"
                word, *numbers = line.rstrip().split(" ")
                if number == 1 and len(numbers) == 1 and word.isdecimal() and numbers[0].isdecimal():
                    continue
                # A few words of GloVe contain spaces.
                word, numbers = " ".join([word, *numbers[:-size]]), numbers[-size:]
                if len(numbers) != size or (" " in word and _is_number(word.rpartition(" ")[2])):
                    found = len(line.split()) - 1
                    raise CorpusError(
                        f"{place}: the vector has length {found}, but model.embedding is {size}; make them equal"
                    )
                try:
                    vectors.setdefault(unicodedata.normalize("NFC", word), np.array(numbers, np.float32))
                except ValueError:
                    raise CorpusError(
                        f"{place}: the vector of '{word}' has an entry that is not a number; expected {size} numbers"
                    ) from None
    except FileNotFoundError:
        raise CorpusError(f"{path} does not exist; model.vectors must name a text file of word vectors") from None
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not vectors:
        raise CorpusError(f"{path} has no vectors; expected a word and {size} numbers on each line")
    return vectors


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
