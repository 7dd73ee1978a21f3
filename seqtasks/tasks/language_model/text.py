"""The text of the language-model task: pieces and their counts in the train split."""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.batches.sequences import Sequences
from seqtasks.errors import CorpusError
from seqtasks.tasks.language_model.scorer import Scorer
from seqtasks.tasks.text import FittedText
from seqtasks.text import EOS
from seqtasks.text.characters import Characters, fit_characters, in_parts
from seqtasks.text.pieces import Pieces, SeparateWords, fit_pieces

# Maximum number of lines that words and subwords are learned from.
_LEARNED_FROM = 1_000_000
_KINDS = {"characters": Characters, "words": SeparateWords, "subwords": Pieces}


class Text(FittedText):
    """Pieces of lines and their counts in the train split.

    Attributes:
        pieces: Characters, SeparateWords or Pieces.
        counts: (size,) ints, the count of each piece in the train split.
        predictable: (size,) bool, true for pieces that the model may predict.
    """

    file = Scorer.file

    def __init__(self, pieces, counts, *, most):
        """Takes the pieces, their counts, and the maximum number of pieces of a prompt that are read."""
        self.pieces, self.counts, self.most = pieces, counts, most
        self.predictable = counts > 0

    @classmethod
    def fit(cls, corpus, settings):
        rows, text = corpus.split("train"), settings.text
        if text.kind == "characters":
            pieces = fit_characters(rows, text)
        else:
            # Of a long text, pieces are learned from lines of all its parts.
            rows_read = rows[:: 1 + len(rows) // _LEARNED_FROM]
            pieces = fit_pieces([row["text"] for row in rows_read], text, kind=_KINDS[text.kind])
        counts = sum(np.bincount(ids.values, minlength=pieces.size) for ids in _parts(pieces, rows))
        refuse_short(counts.sum(), settings)
        if settings.training.chunk is not None and len(rows) == 1:
            # The end of a single line is never predicted.
            counts[EOS] = 0
        return cls(pieces, counts, most=text.max_length)

    @classmethod
    def load(cls, folder, settings):
        pieces = _KINDS[settings.text.kind].load(folder)
        counts = np.array(cls.read_known(folder))
        if counts.shape != (pieces.size,):
            raise ValueError(f"counts.json has {counts.size} counts for {pieces.size} pieces")
        return cls(pieces, counts, most=settings.text.max_length)

    def save(self, folder):
        self.pieces.save(folder)
        self.save_known(folder)

    @property
    def fingerprint(self):
        known = [self.pieces.fingerprint, self.most, self.counts.tolist()]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    @property
    def description(self):
        return f"{int(self.predictable.sum()):,} {self.pieces.kind}"

    @property
    def known(self):
        return self.counts.tolist()

    @property
    def modules(self):
        return [self.pieces]

    @property
    def vocabulary(self):
        return self.pieces

    def encode(self, rows):
        """Returns the ids of rows as Sequences, EOS at the end of each."""
        return Sequences.joined(list(_parts(self.pieces, rows)))

    def stream(self, rows):
        """Returns the ids of rows as one stream, EOS between them, (n,) ints."""
        return self.encode(rows).values[:-1]


def refuse_short(count, settings):
    """Raises CorpusError if `count` pieces, the end of the last line included, are too few to train on."""
    streams = settings.training.batch_size
    if settings.training.chunk is not None and count - 2 < streams:
        raise CorpusError(
            f"the train split has {count - 1:,} {settings.text.kind}, too few for {streams} parallel streams; lower "
            "training.batch_size"
        )


def _parts(pieces, rows):
    """Yields the ids of rows as Sequences, EOS at the end of each, some rows at a time."""
    for part in in_parts(rows):
        ids = pieces.encode(tf.constant(part))
        ids = tf.concat([ids, tf.fill([ids.nrows(), 1], EOS)], axis=1)
        yield Sequences.of(ids.values, ids.row_lengths(), pieces.size)
