"""Sentences with gaps: words as they are in Pieces, but that a mark is the same word with and without a space."""

import hashlib

import tensorflow as tf

from seqtasks.text import BOS, END, EOS, GAP, PAD, SHOWN_GAP, UNK
from seqtasks.text.pieces import SeparateWords

# Stands for an apostrophe inside a word: a control character, of which a normalized text has none.
_APOSTROPHE = "\x01"
# Stands for a gap: a byte that is in no UTF-8.
_PLACE = b"\xff"


class GappedWords(SeparateWords):
    """Words of sentences some of which are missing.

    Punctuation marks are words, an apostrophe between letters is a part of its word ("I'd"). Three underscores or more
    are a gap, wherever they stand. An unknown word is a word of its own.
    """

    def __init__(self, model, **options):
        super().__init__(model, **options)
        self.fingerprint = hashlib.sha256(f"gapped {self.fingerprint}".encode()).hexdigest()

    @staticmethod
    def set_marks_apart(strings):
        # Twice, because the end of a match cannot start the next one.
        for _ in range(2):
            strings = tf.strings.regex_replace(strings, r"([\pL\pN])['’]([\pL\pN])", rf"\1{_APOSTROPHE}\2")
        strings = tf.strings.regex_replace(strings, r"[\pP\pS]", r" \0 ")
        strings = tf.strings.regex_replace(strings, _APOSTROPHE, "'")
        return tf.strings.strip(tf.strings.regex_replace(strings, " +", " "))

    def read_gaps(self, strings, most):
        """Reads sentences (n,) with gaps as inputs of a model.

        Returns:
            ids (n, steps) int32: EOS, at most `most` words of which those in gaps are UNK, and EOS, then PAD; is_gap
            (n, steps) bool; and facts about each, as of `Pieces.read`, where a gap is a piece that is not unknown.
        """
        words = self._with_gaps(strings, self.encode, BOS)
        pieces = tf.cast(words.row_lengths(), tf.int32)
        unknown = tf.reduce_sum(tf.cast(tf.equal(words, UNK), tf.float32), axis=1)
        share = tf.math.divide_no_nan(unknown, tf.cast(pieces, tf.float32))
        end = tf.fill([tf.size(pieces), 1], EOS)
        ids = tf.concat([end, words[:, :most], end], axis=1).to_tensor(PAD)
        is_gap = tf.equal(ids, BOS)
        return tf.where(is_gap, UNK, ids), is_gap, {"pieces": pieces, "cut": pieces > most, "unknown": share}

    def words_of_gaps(self, strings, most):
        """Returns the words of the ids of `read_gaps`, (n, steps) strings: "</s>" for EOS, "" for PAD."""
        words = self._with_gaps(strings, self.pieces, "▁" + SHOWN_GAP)
        end = tf.fill([tf.size(strings), 1], END)
        return tf.concat([end, words[:, :most], end], axis=1).to_tensor("")

    def filled(self, strings, words):
        """Returns strings (n,) with words, ragged (n, None), in the first gaps of each."""
        stretches = self._stretches(strings)
        left = stretches.row_lengths() - words.row_lengths() - 1
        gaps = tf.RaggedTensor.from_row_lengths(tf.fill([tf.reduce_sum(left)], SHOWN_GAP), left)
        words = tf.concat([words, gaps, tf.fill([tf.size(strings), 1], "")], axis=1)
        return tf.strings.unsorted_segment_join(
            stretches.values + words.values, stretches.value_rowids(), tf.size(strings)
        )

    def _with_gaps(self, strings, function, gap):
        """Returns what a function finds between the gaps of strings (n,), and `gap` for each gap, ragged (n, None)."""
        stretches = self._stretches(strings)
        found = function(stretches.values)
        found = tf.concat([found, tf.fill([found.nrows(), 1], gap)], axis=1)
        # Behind the last stretch is no gap.
        return stretches.with_values(found).merge_dims(1, 2)[:, :-1]

    @staticmethod
    def _stretches(strings):
        """Returns what is between the gaps of strings (n,), ragged (n, None), one more than there are gaps."""
        strings = tf.strings.unicode_transcode(strings, "UTF-8", "UTF-8")
        return tf.strings.split(tf.strings.regex_replace(strings, GAP, _PLACE), _PLACE)
