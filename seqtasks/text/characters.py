"""Strings <-> characters, as TensorFlow operations: nothing is lost, not even a space.

For language models, which have to learn how lines are indented. The interface is that of pieces.Pieces, and so are the
ids: pad 0, unk 1, bos 2, eos 3.
"""

import hashlib
import json
from collections import Counter

import tensorflow as tf
import tensorflow_text as tf_text

from seqtasks.errors import CorpusError
from seqtasks.text import END, UNK

# Maximum number of characters encoded at once.
CHARACTERS_AT_ONCE = 2_000_000
_MARKS = ("", "\N{REPLACEMENT CHARACTER}", "<s>", END)


class Characters(tf.Module):
    """A vocabulary of characters with a normalisation: Unicode NFC or NFKC, then lower case if asked for.

    Attributes:
        characters: the known characters in the order of their ids, which follow EOS.
        size: number of ids.
        fingerprint: sha256 of everything that determines the ids of a string.
    """

    kind = "characters"

    def __init__(self, characters, *, normalization, lowercase):
        super().__init__(name="characters")
        self.characters, self.normalization, self.lowercase = tuple(characters), normalization, lowercase
        known = json.dumps([characters, normalization, lowercase])
        self.fingerprint = hashlib.sha256(known.encode()).hexdigest()
        self.size = len(self.characters) + len(_MARKS)
        ids = tf.range(len(_MARKS), self.size)
        initializer = tf.lookup.KeyValueTensorInitializer(tf.constant(self.characters, tf.string), ids)
        self._ids = tf.lookup.StaticHashTable(initializer, UNK)

    def encode(self, strings):
        """Returns the ids of `strings` (n,) as a ragged int32 (n, None), without marks."""
        pieces = self.pieces(strings)
        return pieces.with_values(self._ids.lookup(pieces.values))

    def pieces(self, strings):
        """Returns the characters of `strings` (n,), ragged string (n, None)."""
        return tf.strings.unicode_split(self.normalize(strings), "UTF-8")

    def piece_of(self, ids):
        """Returns the characters of `ids`, of the same shape; marks as they are written."""
        return tf.gather(tf.constant([*_MARKS, *self.characters]), ids)

    def written(self, strings):
        """Returns joined pieces as text: unchanged."""
        return strings

    def normalize(self, strings):
        """Returns `strings` (n,), normalized."""
        return _normalize(strings, self.normalization, self.lowercase)

    def save(self, folder):
        """Writes the vocabulary into an existing `folder` (a pathlib.Path)."""
        known = {"characters": "".join(self.characters), "normalization": self.normalization}
        known |= {"lowercase": self.lowercase, "kind": self.kind}
        (folder / "text.json").write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder):
        """Reads what `save` wrote."""
        known = json.loads((folder / "text.json").read_text(encoding="utf-8"))
        return cls(list(known["characters"]), normalization=known["normalization"], lowercase=known["lowercase"])


def in_parts(rows):
    """Yields the lines of rows of running text as lists of str, of at most two million characters or a single line."""
    lines, size = [], 0
    for row in rows:
        if lines and size + len(row["text"]) > CHARACTERS_AT_ONCE:
            yield lines
            lines, size = [], 0
        lines.append(row["text"])
        size += len(row["text"]) + 1
    yield lines


def fit_characters(rows, settings):
    """Returns the Characters of rows of the train split: the most frequent ones, `settings.size` with the marks.

    Raises CorpusError if there are none.
    """
    counts = Counter()
    for lines in in_parts(rows):
        part = _normalize(tf.constant(lines), settings.normalization, settings.lowercase)
        counts.update(tf.strings.reduce_join(part).numpy().decode())
    if not counts:
        raise CorpusError("the train split has no text: every line is empty")
    frequent = sorted(counts, key=lambda character: (-counts[character], character))
    known = sorted(frequent[: settings.size - len(_MARKS)])
    return Characters(known, normalization=settings.normalization, lowercase=settings.lowercase)


def _normalize(strings, normalization, lowercase):
    strings = tf_text.normalize_utf8(strings, normalization.upper())
    return tf.strings.lower(strings, encoding="utf-8") if lowercase else strings
