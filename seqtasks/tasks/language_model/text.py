"""The text of the language-model task: pieces, and how often each is to be predicted."""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.errors import CorpusError
from seqtasks.tasks.language_model.scorer import Scorer
from seqtasks.tasks.text import FittedText
from seqtasks.text import EOS
from seqtasks.text.characters import Characters, fit_characters, in_parts
from seqtasks.text.pieces import Pieces, SeparateWords, fit_pieces

# Lines at most that words and subwords are learned from.
_LEARNED_FROM = 1_000_000
_KINDS = {"characters": Characters, "words": SeparateWords, "subwords": Pieces}


class Text(FittedText):
    """Pieces of lines, and how often the train split has each of them.

    Attributes:
        pieces: Characters, SeparateWords or Pieces.
        counts: (size,) ints, of each piece in the train split.
        predictable: (size,) bool, the pieces that are ever predicted.
    """

    file = Scorer.file

    def __init__(self, pieces, counts, *, most):
        """Takes the pieces, their counts, and the number of pieces of a prompt that are read at most."""
        self.pieces, self.counts, self.most = pieces, counts, most
        self.predictable = counts > 0

    @classmethod
    def fit(cls, corpus, settings):
        rows, text = corpus.split("train"), settings.text
        if text.kind == "characters":
            pieces = fit_characters(rows, text)
        else:
            # Pieces are learned from lines of all parts of a long text.
            rows_read = rows[:: 1 + len(rows) // _LEARNED_FROM]
            pieces = fit_pieces([row["text"] for row in rows_read], text, kind=_KINDS[text.kind])
        counts = sum(np.bincount(ids, minlength=pieces.size) for ids, _ in _parts(pieces, rows))
        refuse_short(counts.sum(), settings)
        if settings.training.chunk is not None and len(rows) == 1:
            # Behind a single line there is nothing to predict.
            counts[EOS] = 0
        return cls(pieces, counts, most=text.max_length)

    @classmethod
    def load(cls, folder, settings):
        pieces = _KINDS[settings.text.kind].load(folder)
        counts = np.array(cls.read_known(folder))
        if counts.shape != (pieces.size,):
            raise ValueError(f"counts.json has {counts.size} counts of {pieces.size} pieces")
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

    def encode(self, rows):
        """Returns the ids of rows, flat, EOS after each, and how many each row has, (n,) ints."""
        return tuple(map(np.concatenate, zip(*_parts(self.pieces, rows), strict=True)))

    def stream(self, rows):
        """Returns the ids of rows as they are read on, EOS between them, (n,) ints."""
        return self.encode(rows)[0][:-1]


def refuse_short(count, settings):
    """Raises CorpusError where `count` pieces, the end of the last line among them, are too few to train on."""
    streams = settings.training.batch_size
    if settings.training.chunk is not None and count - 2 < streams:
        raise CorpusError(
            f"the train split has {count - 1:,} {settings.text.kind}, too few for {streams} streams side by "
            "side; lower training.batch_size"
        )


def _parts(pieces, rows):
    """Yields the ids of rows, flat, EOS after each, and how many each row has, for some rows after the other."""
    kind = np.uint16 if pieces.size <= 1 << 16 else np.int32
    for part in in_parts(rows):
        ids = pieces.encode(tf.constant(part))
        ids = tf.concat([ids, tf.fill([ids.nrows(), 1], EOS)], axis=1)
        yield ids.values.numpy().astype(kind), ids.row_lengths().numpy()
