"""Strings <-> words for tasks that label words, as TensorFlow operations.

A text is split into words as the tagger's training data is, or only at spaces if it is already tokenized. Each word has
an id, that of its lower-cased form with every digit as 0, and the ids of its unchanged characters. Ids: pad 0, unk 1.
The same operations run in training, in predict and inside the exported model.
"""

import hashlib
import json
from collections import Counter

import tensorflow as tf
import tensorflow_text as tf_text

from seqtasks.errors import CorpusError
from seqtasks.text import PAD, UNK

# Alternatives, tried in this order at each place of a text.
_WORDS = "|".join(
    [
        r"\s+",
        r"https?://\S+",
        r"(?:\pL\.){2,}",  # U.S.
        r"(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Sgt|Gov|Sen|Rep|Rev|St|Jr|Sr|Inc|Corp|Co|Ltd|No|vs)\.",
        r"[+-]?\pN+(?:[.,:/-]\pN+)*",  # 3,000.50 and 1996-08-22
        r"[DLO]['’]\p{Lu}[\pL\pM]*",  # O'Brien
        r"['’](?:s|S|re|ve|ll|d|m)\b",  # Germany's is two words
        r"[\pL\pM\pN]+(?:[-_&][\pL\pM\pN]+)*(?:['’]t\b)?",  # e-mail, AT&T, don't
        r"\.{2,}|-{2,}",
        r"(?s:.)",
    ]
)
_BLANK = r"[\s\pZ\p{Cc}]*"
# Maximum number of characters of a word that are read.
_LONGEST = 24


class Words(tf.Module):
    """Vocabularies of words and characters, and the rules that split text into words.

    Attributes:
        words, characters: the vocabularies, tuples of str; ids follow UNK. Words are in order of falling frequency.
        singletons: the ids of words that occur once in the train split, a range.
        more: number of the words, the last ones, that are not in the train split but have word vectors; None without
            vectors.
        fingerprint: sha256 of everything that determines the ids of a string.
    """

    def __init__(self, words, characters, singletons, *, more=None):
        super().__init__(name="words")
        self.words, self.characters, self.singletons, self.more = tuple(words), tuple(characters), singletons, more
        known = json.dumps([words, characters, [singletons.start, singletons.stop], _WORDS])
        self.fingerprint = hashlib.sha256(known.encode()).hexdigest()
        self._words, self._characters = _table(words), _table(characters)

    @property
    def size(self):
        """Number of word ids."""
        return len(self.words) + UNK + 1

    def cut(self, strings):
        """Splits `strings` (n,) into words by the rules.

        Returns:
            ragged (n, None): words, and where each begins and ends in its string, in characters, int32.
        """
        # The operation stops at a zero byte; a blank has the same width.
        strings = tf.strings.regex_replace(strings, r"\x00", " ")
        parts, *_ = tf_text.regex_split_with_offsets(strings, _WORDS, _WORDS)
        # The parts make up the whole string, with nothing in between.
        begins, ends = _places(parts, apart=0)
        real = parts.with_values(tf.logical_not(tf.strings.regex_full_match(parts.values, _BLANK)))
        return tuple(tf.ragged.boolean_mask(part, real) for part in (parts, begins, ends))

    @staticmethod
    def split(strings):
        """Splits `strings` (n,) at spaces only.

        Returns:
            as `cut` does.
        """
        parts = tf.strings.split(strings, " ")
        real = parts.with_values(tf.strings.length(parts.values) > 0)
        return tuple(tf.ragged.boolean_mask(part, real) for part in (parts, *_places(parts, apart=1)))

    @staticmethod
    def joined(words):
        """Returns ragged words (n, None), and their places when joined by spaces, as `cut` does."""
        return words, *_places(words, apart=1)

    def word_ids(self, words):
        """Returns the ids of words, int32 of the same shape."""
        return self._words.lookup(_folded(words))

    def character_ids(self, words):
        """Returns the characters' ids of words (n,), int32 (n, longest), padded with PAD."""
        return self._characters.lookup(tf.strings.unicode_split(_clean(words), "UTF-8")[:, :_LONGEST]).to_tensor(PAD)

    def save(self, folder):
        """Writes the vocabularies into an existing `folder` (a pathlib.Path)."""
        once = [self.singletons.start, self.singletons.stop]
        spec = {"words": self.words, "characters": self.characters, "singletons": once}
        if self.more is not None:
            spec["more"] = self.more
        (folder / "words.json").write_text(json.dumps(spec, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder):
        """Reads what `save` wrote."""
        spec = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        words, characters = ([str(one) for one in spec[name]] for name in ("words", "characters"))
        return cls(words, characters, range(*map(int, spec["singletons"])), more=spec.get("more"))

    @staticmethod
    def folded(words):
        """Returns a list of words in the form that they are looked up in: lower case, each digit as 0."""
        return [word.decode() for word in _folded(tf.constant(words, tf.string)).numpy()]

    # The id of the first word.
    first_word = UNK + 1

    def spellings(self):
        """Returns (spelling, word) of each word, by id; both are the folded word."""
        return [(word, word) for word in self.words]

    def ids_by_word(self):
        """Returns {folded word: its ids, a list}."""
        return {word: [number] for number, word in enumerate(self.words, start=UNK + 1)}

    def with_more(self, words):
        """Returns these vocabularies with more words behind the others, which have word vectors."""
        return Words([*self.words, *words], self.characters, self.singletons, more=len(words))


def fit_words(sentences, *, size):
    """Learns the vocabularies from the sentences of the train split.

    Args:
        sentences: list of sequences of str.
        size: maximum number of word ids.

    Returns:
        Words. Raises CorpusError if there are none.
    """
    flat = [word for sentence in sentences for word in sentence]
    if not flat:
        raise CorpusError("the train split has no words")
    counts = Counter(Words.folded(flat))
    # By frequency, ties by the word, so that the order of the corpus does not matter.
    words = sorted(counts, key=lambda word: (-counts[word], word))[: size - UNK - 1]
    singletons = range(UNK + 1 + sum(counts[word] > 1 for word in words), UNK + 1 + len(words))
    characters = sorted({character for word in _clean(tf.constant(flat)).numpy() for character in word.decode()})
    return Words(words, characters, singletons)


def _places(parts, *, apart):
    """Returns where each of the ragged parts (n, None) of strings begins and ends, `apart` characters in between."""
    lengths = tf.strings.length(parts.values, unit="UTF8_CHAR")
    ends = tf.cumsum(lengths + apart)
    before = tf.gather(tf.concat([[0], ends], axis=0), parts.row_starts())
    ends = ends - apart - tf.repeat(before, parts.row_lengths())
    return parts.with_values(ends - lengths), parts.with_values(ends)


def _clean(words):
    words = tf.strings.unicode_transcode(words, "UTF-8", "UTF-8", errors="replace")
    return tf_text.normalize_utf8(words, "NFC")


def _folded(words):
    return tf.strings.regex_replace(tf.strings.lower(_clean(words), encoding="utf-8"), r"\pN", "0")


def _table(entries):
    ids = tf.range(UNK + 1, UNK + 1 + len(entries), dtype=tf.int32)
    return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(tf.constant(entries, tf.string), ids), UNK)


def unknown_share(words, ids):
    """Returns the share of unknown words (n,), float32, among ragged words (n, None) with flat `ids`."""
    unknown = words.with_values(tf.cast(tf.equal(ids, UNK), tf.float32))
    return tf.math.divide_no_nan(tf.reduce_sum(unknown, axis=1), tf.cast(words.row_lengths(), tf.float32))


def windows(lengths, size):
    """Cuts sequences into windows that overlap by a quarter, so that each own part has context on both sides.

    Args:
        lengths: (n,) int32.
        size: maximum number of items in a window.

    Returns:
        for each window int32 (windows,): its sequence, its first item and its end there, and its own part, from
        first + own_first to first + own_end. The own parts of a sequence are adjacent and cover it.
    """
    margin = size // 8
    stride = size - 2 * margin
    counts = 1 + tf.maximum(0, -((size - lengths) // stride))
    rows = tf.repeat(tf.range(tf.size(lengths)), counts)
    numbers = tf.range(tf.size(rows)) - tf.gather(tf.cumsum(counts, exclusive=True), rows)
    first = numbers * stride
    end = tf.minimum(first + size, tf.gather(lengths, rows))
    own_first = tf.where(numbers > 0, margin, 0)
    own_end = tf.where(numbers + 1 < tf.gather(counts, rows), size - margin, end - first)
    return rows, first, end, own_first, own_end
