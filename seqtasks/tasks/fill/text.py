"""The text of the fill task: words and their counts in the train split."""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.batches.sequences import Sequences
from seqtasks.tasks.fill.scorer import Scorer
from seqtasks.tasks.text import FittedText
from seqtasks.text import EOS
from seqtasks.text.characters import in_parts
from seqtasks.text.gaps import GappedWords
from seqtasks.text.pieces import fit_pieces

# Maximum number of sentences that words are learned from.
_LEARNED_FROM = 1_000_000


class Text(FittedText):
    """Words of sentences and their counts in the train split.

    Attributes:
        words: GappedWords.
        counts: (size,) ints, the count of each word in the train split; 0 for special marks and unknown words.
        most: the maximum number of words of a sentence that are read.
    """

    file = Scorer.file

    def __init__(self, words, counts, *, most):
        self.words, self.counts, self.most = words, counts, most

    @classmethod
    def fit(cls, corpus, settings):
        rows = corpus.split("train")
        learned = [row["text"] for row in rows[:: 1 + len(rows) // _LEARNED_FROM]]
        text = cls(fit_pieces(learned, settings.text, kind=GappedWords), None, most=settings.text.max_length)
        text.counts = np.bincount(text.encode(rows).values, minlength=text.words.size)
        text.counts[: EOS + 1] = 0
        return text

    @classmethod
    def load(cls, folder, settings):
        words, counts = GappedWords.load(folder), np.array(cls.read_known(folder))
        if counts.shape != (words.size,):
            raise ValueError(f"{cls.file} has {counts.size} counts for {words.size} words")
        return cls(words, counts, most=settings.text.max_length)

    def save(self, folder):
        self.words.save(folder)
        self.save_known(folder)

    @property
    def fingerprint(self):
        known = [self.words.fingerprint, self.most, self.counts.tolist()]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    @property
    def description(self):
        return f"{np.count_nonzero(self.counts):,} words"

    @property
    def known(self):
        return self.counts.tolist()

    @property
    def modules(self):
        return [self.words]

    def counters(self):
        return (self.words.count,)

    @property
    def vocabulary(self):
        return self.words

    def encode(self, rows):
        """Returns the ids of the words of rows as Sequences, all of them, without marks."""
        parts = [self.words.encode(tf.constant(lines, tf.string)) for lines in in_parts(rows)]
        return Sequences.joined([Sequences.of(ids.values, ids.row_lengths(), self.words.size) for ids in parts])
