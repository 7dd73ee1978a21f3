"""The text of the sentiment task: pieces and classes."""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.tasks.sentiment.scorer import Scorer
from seqtasks.tasks.text import FittedText
from seqtasks.text import UNK
from seqtasks.text.pieces import Pieces, fit_pieces
from seqtasks.text.vectors import with_vectors


class Text(FittedText):
    """Pieces of texts, the classes, and the share of each class in the train split.

    Attributes:
        vectors: {id: float32 vector}, pretrained; only of a text that was fitted, not loaded.
    """

    file = Scorer.file

    def __init__(self, pieces, classes, shares, *, most, vectors=None):
        """Takes Pieces, class names, their shares, and the maximum number of pieces of a text that are read."""
        self.pieces, self.classes, self.shares, self.most = pieces, classes, shares, most
        self.vectors = vectors or {}

    @classmethod
    def fit(cls, corpus, settings):
        rows = corpus.split("train")
        pieces = fit_pieces([row["text"] for row in rows], settings.text)
        vectors = None
        if settings.model.vectors:

            def ids_of(pieces, split):
                return pieces.encode(tf.constant([row["text"] for row in corpus.split(split)])).flat_values

            pieces, vectors = with_vectors(pieces, settings.model, ids_of)
        labels = [row["label"] for row in rows]
        classes = sorted(set(labels))
        shares = [labels.count(label) / len(labels) for label in classes]
        return cls(pieces, classes, shares, most=settings.text.max_length, vectors=vectors)

    @classmethod
    def load(cls, folder, settings):
        pieces, known = Pieces.load(folder), cls.read_known(folder)
        classes, shares = [str(label) for label in known["classes"]], [float(share) for share in known["shares"]]
        return cls(pieces, classes, shares, most=settings.text.max_length)

    def save(self, folder):
        self.pieces.save(folder)
        self.save_known(folder)

    @property
    def fingerprint(self):
        known = json.dumps([self.pieces.fingerprint, self.most, self.classes])
        return hashlib.sha256(known.encode()).hexdigest()

    @property
    def description(self):
        more = f", {self.pieces.more:,} of them of the word vectors alone" if self.pieces.more else ""
        return f"{self.pieces.size:,} {self.pieces.kind}{more}, {len(self.classes)} classes"

    @property
    def known(self):
        return {"classes": self.classes, "shares": self.shares}

    @property
    def modules(self):
        return [self.pieces]

    @property
    def vocabulary(self):
        return self.pieces

    def counters(self):
        return (self.pieces.count,)

    def slices(self, rows):
        ids = self.pieces.encode(tf.constant([row["text"] for row in rows]))
        unknown = tf.reduce_sum(tf.cast(tf.equal(ids, UNK), tf.int32), axis=1).numpy()
        parts = {"none": np.flatnonzero(unknown == 0), "some": np.flatnonzero(unknown)}
        return {f"unknown {self.pieces.kind}": {label: part.tolist() for label, part in parts.items() if part.size}}

    def read(self, strings):
        """Returns the ids (n, steps) of strings (n,) and facts about each; see Pieces.read."""
        return self.pieces.read(strings, self.most)

    def pieces_read(self, strings):
        """Returns the pieces of the ids of `read`, (n, steps) strings."""
        return self.pieces.pieces_read(strings, self.most)
