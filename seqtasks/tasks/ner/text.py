"""The text of the ner task: words, characters and tags."""

import hashlib
import json

import tensorflow as tf

from seqtasks.tasks.ner.scorer import Scorer, names_in
from seqtasks.tasks.text import FittedText
from seqtasks.text.tags import OUTSIDE, scheme_of, split_tag
from seqtasks.text.vectors import with_vectors
from seqtasks.text.words import Words, fit_words


class Text(FittedText):
    """Vocabularies of words and characters, the tags and their scheme, and the entities of the train split.

    Attributes:
        vectors: {id: float32 vector}, pretrained; only of a text that was fitted, not loaded.
    """

    file = Scorer.file

    def __init__(self, words, tags, scheme, seen, *, most, vectors=None):
        """Takes Words, the tags in the order of their ids, the scheme, entities as "type words", and a length limit.

        `most` is the maximum number of words tagged at once.
        """
        self.words, self.tags, self.scheme, self.seen = words, tags, scheme, seen
        self.most, self.vectors = most, vectors or {}

    @classmethod
    def fit(cls, corpus, settings):
        rows = corpus.split("train")
        words = fit_words([row["words"] for row in rows], size=settings.text.size)
        vectors = None
        if settings.model.vectors:

            def ids_of(words, split):
                return words.word_ids(tf.constant([word for row in corpus.split(split) for word in row["words"]]))

            words, vectors = with_vectors(words, settings.model, ids_of)
        scheme = scheme_of([row["tags"] for row in rows])
        tags = sorted({tag for row in rows for tag in row["tags"]})
        if scheme != "none":
            # A type whose entities have one word each in train may have longer ones later.
            types = sorted({split_tag(tag)[1] for tag in tags} - {""})
            tags = [OUTSIDE, *(f"{mark}-{kind}" for kind in types for mark in "BI")]
        seen = sorted({name for row in rows for name in names_in(row, scheme)})
        return cls(words, tags, scheme, seen, most=settings.text.max_length, vectors=vectors)

    @classmethod
    def load(cls, folder, settings):
        words, known = Words.load(folder), cls.read_known(folder)
        tags, seen = ([str(one) for one in known[key]] for key in ("tags", "seen"))
        return cls(words, tags, str(known["scheme"]), seen, most=settings.text.max_length)

    def save(self, folder):
        self.words.save(folder)
        self.save_known(folder)

    @property
    def fingerprint(self):
        known = json.dumps([self.words.fingerprint, self.most, self.tags, self.scheme])
        return hashlib.sha256(known.encode()).hexdigest()

    @property
    def description(self):
        words, characters = len(self.words.words), len(self.words.characters)
        more = f", {self.words.more:,} of them of the word vectors alone" if self.words.more else ""
        return f"{words:,} words{more}, {characters:,} characters, {len(self.tags)} tags ({self.scheme})"

    @property
    def known(self):
        return {"tags": self.tags, "scheme": self.scheme, "seen": self.seen}

    @property
    def modules(self):
        return [self.words]

    @property
    def vocabulary(self):
        return self.words
