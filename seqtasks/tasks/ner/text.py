"""The text of the ner task: words, characters and tags."""

import hashlib
import json
import logging

from seqtasks.tasks.ner.scorer import Scorer, names_in
from seqtasks.tasks.text import FittedText
from seqtasks.text.tags import OUTSIDE, scheme_of, split_tag
from seqtasks.text.vectors import read_vectors
from seqtasks.text.words import Words, fit_words, folded

_log = logging.getLogger("seqtasks")


class Text(FittedText):
    """Vocabularies of words and characters, the tags and their scheme, and the entities of the train split.

    Attributes:
        vectors: {folded word: float32 vector}, pretrained; only of a text that was fitted, not loaded.
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
        rows, model = corpus.split("train"), settings.model
        words, vectors = fit_words([row["words"] for row in rows], size=settings.text.size), {}
        if model.vectors:
            known = set(words.words)
            vectors = read_vectors(model.vectors, model.embedding, fold=folded, known=known, more=model.vectors_more)
            words = words.with_more([word for word in vectors if word not in known])
            for split in ("train", "dev"):
                share = _covered([row["words"] for row in corpus.split(split)], vectors)
                _log.info("word vectors for %.1f %% of the words of %s", 100 * share, split)
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


def _covered(sentences, vectors):
    """Returns the share of the words of sentences that have vectors."""
    words = folded([word for sentence in sentences for word in sentence])
    return sum(word in vectors for word in words) / max(1, len(words))
