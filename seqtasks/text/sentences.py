"""Sentences about code -> words, as TensorFlow operations: which word each is, and as which token it may be copied.

Words are whole, so that names can be copied: a name, a number, something in quotes, or any other mark. Each has an id,
that of its lower-cased form with every digit as 0, where all that is in quotes is one word. Ids: pad 0, unk 1, end 3.
"""

import hashlib
import json
from collections import Counter
from typing import NamedTuple

import tensorflow as tf
import tensorflow_text as tf_text

from seqtasks.grammar.tables import NO_ACTION
from seqtasks.text import END, EOS, UNK
from seqtasks.text.words import unknown_share

_FIRST = EOS + 1
# Number of bytes there are, with that of padding, and how many of a word are read.
BYTES, _LONGEST = 256, 20
_SINGLE, _DOUBLE = r"'(?:[^'\\\n]|\\[^\n])*'", r'"(?:[^"\\\n]|\\[^\n])*"'
# Alternatives, tried in this order at each place of a sentence.
_WORDS = "|".join(
    [
        r"\s+",
        r"[\pL_][\pL\pM\pN_]*(?:'(?:s|t|re|ve|ll|d|m)\b)?",  # user_name, list's
        r"\pN+(?:\.\pN+)?",
        _SINGLE,
        _DOUBLE,
        r"(?s:.)",
    ]
)
_BLANK = r"[\s\pZ\p{Cc}]*"
# What a quoted word means and how that is written in single quotes; characters below 32 stand for what is finished.
_TO_LITERAL = (
    *((r"\\\\", "\x01"), (r"\\'", "'"), (r'\\"', '"'), (r"\\n", "\x02"), (r"\\t|\t", "\x03"), (r"\\r", "\x04")),
    *((r"\\", "\x01"), ("'", r"\\'"), ("\x01", r"\\\\"), ("\x02", r"\\n"), ("\x03", r"\\t"), ("\x04", r"\\r")),
)


class Sentences(NamedTuple):
    """Sentences as a model reads them, each ended by EOS and padded."""

    ids: tf.Tensor  # (n, steps) int32
    kinds: tf.Tensor  # (n, steps) int32, the class of the token that a word may be copied as; NO_ACTION for none
    tokens: tf.Tensor  # (n, steps) strings, the text of that token
    characters: tf.Tensor | None  # (n, steps, 20) int32, the first bytes of each word in UTF-8, padded with 0


class SentenceWords(tf.Module):
    """A vocabulary of words, and the rules by which sentences are split and words are copied.

    Attributes:
        words: the vocabulary, a tuple of str; ids follow EOS.
        size: number of ids.
        fingerprint: sha256 of everything that determines what is read.
    """

    def __init__(self, words, grammar, tables):
        """Takes the vocabulary, and the grammar whose tokens are copied."""
        super().__init__(name="sentence_words")
        self.words, self._reserved = tuple(words), "|".join(grammar.reserved)
        self._tokens = {tables.class_of(name): pattern for name, pattern in grammar.tokens.items()}
        self._name = tables.class_of(next(iter(grammar.tokens)))
        self.size = len(self.words) + _FIRST
        known = json.dumps([words, _WORDS, _TO_LITERAL, grammar.fingerprint])
        self.fingerprint = hashlib.sha256(known.encode()).hexdigest()
        # A table must have an entry.
        ids = tf.constant([UNK, *range(_FIRST, self.size)], tf.int32)
        self._ids = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(["", *self.words]), ids), UNK
        )

    def read(self, strings, most, *, characters=False):
        """Returns the Sentences of `strings` (n,), each cut after `most` words, and facts about them.

        The facts are `pieces`, the number of words, `cut`, and `unknown`, the share of words that are not known. The
        Sentences have their `characters` if these are asked for.
        """
        words = cut(strings)
        count = tf.cast(words.row_lengths(), tf.int32)
        words = words[:, :most]
        ids = words.with_values(self._ids.lookup(folded(words.values)))
        tokens, kinds = self._copied(words.values)
        ends = tf.fill([tf.shape(strings)[0], 1], EOS)
        found = Sentences(
            tf.concat([ids, ends], axis=1).to_tensor(),
            tf.pad(words.with_values(kinds).to_tensor(NO_ACTION), [[0, 0], [0, 1]], constant_values=NO_ACTION),
            tf.pad(words.with_values(tokens).to_tensor(""), [[0, 0], [0, 1]], constant_values=""),
            tf.pad(self._bytes(words), [[0, 0], [0, 1], [0, 0]]) if characters else None,
        )
        return found, {"pieces": count, "cut": count > most, "unknown": unknown_share(words, ids.values)}

    @staticmethod
    def _bytes(words):
        """Returns the bytes of ragged words (n, None), as many as are read, (n, steps, longest)."""
        found = tf.io.decode_raw(words.values, tf.uint8, fixed_length=_LONGEST)
        return tf.cast(words.with_values(found).to_tensor(0, shape=[None, None, _LONGEST]), tf.int32)

    @staticmethod
    def shown(strings, most):
        """Returns the words of `strings` (n,), each ended by its mark and padded with "", (n, steps)."""
        ends = tf.fill([tf.shape(strings)[0], 1], END)
        return tf.concat([cut(strings)[:, :most], ends], axis=1).to_tensor("")

    def _copied(self, words):
        """Returns the tokens of words (n,) and their classes; "" and NO_ACTION for a word that is never copied."""
        quoted = tf.strings.regex_full_match(words, f"{_SINGLE}|{_DOUBLE}")
        literals = tf.strings.regex_replace(words, r"\A.|.\z", "")
        for pattern, written in _TO_LITERAL:
            literals = tf.strings.regex_replace(literals, pattern, written)
        literals = tf.strings.join(["'", literals, "'"])
        tokens = tf.where(quoted, literals, tf.strings.regex_replace(words, r"'[a-z]+$", ""))
        kinds = tf.fill(tf.shape(words), NO_ACTION)
        for number, pattern in self._tokens.items():
            kinds = tf.where(tf.strings.regex_full_match(tokens, pattern), number, kinds)
        reserved = (kinds == self._name) & tf.strings.regex_full_match(tokens, self._reserved)
        kinds = tf.where(reserved, NO_ACTION, kinds)
        return tf.where(kinds == NO_ACTION, "", tokens), kinds

    def save(self, folder):
        """Writes the vocabulary into an existing `folder` (a pathlib.Path)."""
        (folder / "words.json").write_text(
            json.dumps(self.words, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, folder, grammar, tables):
        """Reads what `save` wrote."""
        words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        return cls([str(word) for word in words], grammar, tables)


def fit_sentence_words(sentences, grammar, tables, *, least):
    """Returns the SentenceWords of a list of str: all that stand there at least `least` times."""
    counts = Counter(word.decode() for word in folded(cut(tf.constant(sentences, tf.string)).values).numpy())
    words = sorted(word for word, count in counts.items() if count >= least)
    return SentenceWords(words, grammar, tables)


def cut(strings):
    """Splits `strings` (n,) into words; returns them as ragged strings (n, None)."""
    strings = tf.strings.unicode_transcode(strings, "UTF-8", "UTF-8", errors="replace")
    # Characters that say nothing; the operation would stop at a zero byte.
    strings = tf.strings.regex_replace(strings, r"[\x00-\x08\x0b-\x1f\x7f]", " ")
    parts, *_ = tf_text.regex_split_with_offsets(strings, _WORDS, _WORDS)
    real = parts.with_values(tf.logical_not(tf.strings.regex_full_match(parts.values, _BLANK)))
    return tf.ragged.boolean_mask(parts, real)


def folded(words):
    """Returns words (n,) in the form in which they are looked up."""
    words = tf.strings.regex_replace(words, f"^(?:{_SINGLE}|{_DOUBLE})$", "''")
    lower = tf.strings.lower(tf_text.normalize_utf8(words, "NFC"), encoding="utf-8")
    return tf.strings.regex_replace(lower, r"\pN", "0")
