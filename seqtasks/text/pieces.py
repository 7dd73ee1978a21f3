"""Strings <-> ids, as TensorFlow operations.

The same operations run in training, in predict and inside the exported model: normalisation by TensorFlow and
tensorflow-text, pieces by a SentencePiece model (Kudo and Richardson, 2018). Subwords use its unigram model (Kudo,
2018), words and characters models with one piece for each word or character. Ids: pad 0, unk 1, bos 2, eos 3.
"""

import hashlib
import json

import tensorflow as tf
import tensorflow_text as tf_text

from seqtasks.errors import CorpusError
from seqtasks.text import END, EOS, PAD, UNK
from seqtasks.text.learning import learn_pieces, with_pieces

# In a text of words, a mark that was attached to its neighbour is separated with a word joiner, so no space is lost.
_JOINER = "\N{WORD JOINER}"
# White space of every script, control characters, byte order mark and zero-width space, the word-boundary mark of
# pieces, and U+2585, as SentencePiece learns nothing from a line with one. The joiners of Persian, Indic scripts and
# emoji stay.
_SPACE = rf"[\pZ\p{{Cc}}\s\x{{feff}}\x{{200b}}▁▅{_JOINER}]+"


class Pieces(tf.Module):
    """The text of one side: a fitted SentencePiece model with a normalisation.

    Normalisation: invalid UTF-8 and control characters become spaces, then Unicode NFC or NFKC, then lower case if
    asked for (all of Unicode, not only ASCII), then runs of white space become one space and the ends are trimmed.

    Attributes:
        size: number of pieces, marks included.
        more: number of the pieces, the last ones, that are words which the train split has not but that have word
            vectors; None without vectors.
        fingerprint: sha256 of everything that determines the ids of a string.
    """

    def __init__(self, model, *, kind, normalization, lowercase, more=None):
        """Takes the serialized SentencePiece `model` (bytes) and the settings it was fitted with, and `more`.

        Raises ValueError if it is not such a model.
        """
        super().__init__(name="text")
        self.model, self.kind, self.normalization, self.lowercase = model, kind, normalization, lowercase
        self.more = more
        spec = json.dumps({"kind": kind, "normalization": normalization, "lowercase": lowercase, "format": 1})
        self.fingerprint = hashlib.sha256(spec.encode() + hashlib.sha256(model).digest()).hexdigest()
        # In a loaded SavedModel, tokenizers of the same name share one model, even if they were made with different
        # ones (tensorflow/text issue 1304), so the name identifies the model.
        name = f"text_{self.fingerprint[:16]}"
        try:
            self.to_ids = tf_text.SentencepieceTokenizer(model=model, out_type=tf.int32, name=name)
            self.to_strings = tf_text.SentencepieceTokenizer(model=model, out_type=tf.string, name=name)
            self.size = int(self.to_ids.vocab_size())
        except tf.errors.OpError as error:
            raise ValueError(f"not a SentencePiece model: {error.message}") from None

    def encode(self, strings):
        """Returns the ids of `strings` (n,) as a ragged int32 (n, None), without marks; a blank string has none."""
        if self.kind != "words":
            return self.to_ids.tokenize(self.prepared(strings))
        _, ids, begins = self._runs(strings)
        return tf.ragged.boolean_mask(ids, begins)

    def read(self, strings, most):
        """Reads `strings` (n,) as inputs of a model.

        Returns:
            ids (n, steps) int32: at most `most` pieces and EOS, then PAD; and facts about each string, {"pieces": (n,)
            int32, "cut": (n,) bool, true above `most` pieces, "unknown": (n,) float32, the share of unknown pieces}.
        """
        ids = self.encode(strings)
        pieces = tf.cast(ids.row_lengths(), tf.int32)
        unknown = tf.reduce_sum(tf.cast(tf.equal(ids, UNK), tf.float32), axis=1)
        share = tf.math.divide_no_nan(unknown, tf.cast(pieces, tf.float32))
        end = tf.fill([tf.size(pieces), 1], EOS)
        ids = tf.concat([ids[:, :most], end], axis=1).to_tensor(PAD)
        return ids, {"pieces": pieces, "cut": pieces > most, "unknown": share}

    def pieces_read(self, strings, most):
        """Returns the pieces of the ids of `read`, (n, steps) strings: "</s>" for EOS, "" for PAD."""
        pieces = self.pieces(strings)[:, :most]
        return tf.concat([pieces, tf.fill([tf.size(strings), 1], END)], axis=1).to_tensor("")

    def pieces(self, strings):
        """Returns the pieces of `strings` (n,), ragged string (n, None), one for each id; unknown ones as written."""
        if self.kind != "words":
            return self.to_strings.tokenize(self.prepared(strings))
        words, ids, begins = self._runs(strings)
        numbers = tf.cumsum(tf.cast(begins.values, tf.int32)) - 1
        found = tf.ragged.boolean_mask(ids, begins)
        joined = tf.strings.unsorted_segment_join("▁" + words.values, numbers, tf.size(found.values))
        return found.with_values(joined)

    def beginning(self, string, rows):
        """Returns the ids of a string (), which answers begin with, for each of `rows` answers, (rows, steps) int32."""
        return tf.tile(self.encode(string[tf.newaxis]).to_tensor(PAD), [rows, 1])

    def count(self, strings):
        """Returns the number of pieces of each of a list of str, (n,) ints."""
        return self.encode(tf.constant(strings)).row_lengths().numpy()

    def decode(self, ids):
        """Returns the strings (n,) of `ids`, int32 (n, steps); marks are left out."""
        real = tf.logical_or(ids > EOS, tf.equal(ids, UNK))
        strings = self.to_ids.detokenize(tf.ragged.boolean_mask(ids, real))
        if self.kind == "words":
            strings = tf.strings.regex_replace(strings, f" ?{_JOINER} ?", "")
        return strings

    def piece_of(self, ids):
        """Returns the pieces of `ids`, of the same shape."""
        return self.to_ids.id_to_string(ids)

    def written(self, strings):
        """Returns joined pieces, between line ends, as text."""
        strings = tf.strings.regex_replace(tf.strings.regex_replace(strings, "▁", " "), "\n ", "\n")
        return tf.strings.regex_replace(strings, f" ?{_JOINER} ?", "") if self.kind == "words" else strings

    def normalize(self, strings):
        """Returns `strings` (n,), normalized."""
        return _normalize(strings, self.normalization, self.lowercase)

    def prepared(self, strings):
        """Returns `strings` (n,) as they are cut into pieces: normalized, and of words with their marks set apart."""
        return self.set_marks_apart(self.normalize(strings)) if self.kind == "words" else self.normalize(strings)

    @staticmethod
    def set_marks_apart(strings):
        """Returns normalized `strings` (n,) with a space between words and the marks attached to them."""
        return _set_marks_apart(strings)

    def _words(self, strings):
        """Returns the words of `strings` (n,), ragged (n, None), and their ids."""
        words = tf.strings.split(self.prepared(strings))
        ids = self.to_ids.tokenize(words.values)
        return words, words.with_values(tf.gather(ids.flat_values, ids.row_starts()))

    def _runs(self, strings):
        """Returns words of `strings`, their ids, and where pieces begin, all ragged (n, None).

        Consecutive unknown words are one piece, as in SentencePiece. Its time grows with the square of their number,
        so it is given one word at a time.
        """
        words, ids = self._words(strings)
        unknown = tf.equal(ids.values, UNK)
        first = tf.scatter_nd(
            words.row_starts()[:, tf.newaxis], tf.ones_like(words.row_starts()), [tf.size(unknown) + 1]
        )
        first = first[:-1] > 0
        before = tf.concat([[False], unknown[:-1]], axis=0)
        return words, ids, words.with_values(first | ~(unknown & before))

    def save(self, folder):
        """Writes the text into an existing `folder` (a pathlib.Path)."""
        (folder / "sentencepiece.model").write_bytes(self.model)
        spec = {
            "kind": self.kind,
            "normalization": self.normalization,
            "lowercase": self.lowercase,
            "size": self.size,
            "fingerprint": self.fingerprint,
        }
        if self.more is not None:
            spec["more"] = self.more
        (folder / "text.json").write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder):
        """Reads what `save` wrote."""
        spec = json.loads((folder / "text.json").read_text(encoding="utf-8"))
        model = (folder / "sentencepiece.model").read_bytes()
        if not model:
            raise ValueError("sentencepiece.model is empty")
        options = {name: spec[name] for name in ("kind", "normalization", "lowercase")}
        return cls(model, more=spec.get("more"), **options)

    # Word vectors

    def folded(self, words):
        """Returns a list of words in the form that they are looked up in, "" for one that is several pieces."""
        prepared = [word.decode() for word in self.prepared(tf.constant(words, tf.string)).numpy()]
        return ["" if " " in word else word for word in prepared]

    # The id of the first word.
    first_word = EOS + 1

    def spellings(self):
        """Returns (spelling, word) of each word, by id; a mark has several spellings, attached to neighbours or not."""
        pieces = (piece.decode().removeprefix("▁") for piece in self.piece_of(tf.range(self.size)).numpy())
        return [(piece, piece.replace(_JOINER, "")) for piece in pieces][self.first_word :]

    def ids_by_word(self):
        """Returns {word: its ids, a list}; a mark has several."""
        found = {}
        for number, (_, word) in enumerate(self.spellings(), start=self.first_word):
            found.setdefault(word, []).append(number)
        return found

    def with_more(self, words):
        """Returns this text with more words behind the others, which have word vectors."""
        options = {"kind": self.kind, "normalization": self.normalization, "lowercase": self.lowercase}
        return type(self)(with_pieces(self.model, ["▁" + word for word in words]), more=len(words), **options)


class SeparateWords(Pieces):
    """A text of words in which each unknown word is a piece of its own, "<unk>".

    (In SentencePiece consecutive unknown words are one piece.)
    """

    def __init__(self, model, **options):
        super().__init__(model, **options)
        self.fingerprint = hashlib.sha256(f"separate {self.fingerprint}".encode()).hexdigest()

    def encode(self, strings):
        return self._words(strings)[1]

    def pieces(self, strings):
        words, _ = self._words(strings)
        return words.with_values("▁" + words.values)

    def piece_of(self, ids):
        pieces = super().piece_of(ids)
        return tf.where(tf.equal(ids, UNK), "▁" + pieces, pieces)


def fit_pieces(strings, settings, *, kind=Pieces):
    """Fits a text on strings of the train split.

    Args:
        strings: list of str.
        settings: the section `text` of the settings.
        kind: Pieces, or a class to use instead.

    Returns:
        Pieces, at most `settings.size` of them. Raises CorpusError if there is nothing to learn pieces from.
    """
    strings = _normalize(strings, settings.normalization, settings.lowercase)
    if settings.kind == "words":
        strings = kind.set_marks_apart(strings)
    lines = [line.decode() for line in strings.numpy() if line]
    if not lines:
        raise CorpusError("the train split has no text: every line is blank")
    try:
        model = learn_pieces(lines, kind=settings.kind, size=settings.size)
    except RuntimeError as error:
        raise CorpusError(
            f"no vocabulary of at most {settings.size} {settings.kind} can be learned from the train split "
            f"({error}); raise size in the text settings, or choose another kind"
        ) from None
    return kind(
        model,
        kind=settings.kind,
        normalization=settings.normalization,
        lowercase=settings.lowercase,
    )


def _normalize(strings, normalization, lowercase):
    strings = tf.strings.unicode_transcode(
        strings, "UTF-8", "UTF-8", errors="replace", replacement_char=0x20, replace_control_characters=True
    )
    strings = tf_text.normalize_utf8(strings, normalization.upper())
    if lowercase:
        strings = tf.strings.lower(strings, encoding="utf-8")
    return tf.strings.strip(tf.strings.regex_replace(strings, _SPACE, " "))


def _set_marks_apart(strings):
    before, after = rf"([^ {_JOINER}])([\pP\pS])", rf"([\pP\pS])([^ {_JOINER}])"
    for pattern, parts in ((before, rf"\1 {_JOINER}\2"), (after, rf"\1{_JOINER} \2")):
        # Twice, because the end of a match cannot start the next one.
        for _ in range(2):
            strings = tf.strings.regex_replace(strings, pattern, parts)
    return strings
