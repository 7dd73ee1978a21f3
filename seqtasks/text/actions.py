"""Ids of the actions of a grammar and of the tokens that are known: pad 0, unk 1, bos 2, eos 3, actions, tokens."""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.grammar.tables import FINISHED, NO_ACTION
from seqtasks.text import END, EOS, UNK

_FIRST = EOS + 1
# No name looks like it.
_LABELS = {"END": "(end)"}


class Actions(tf.Module):
    """A vocabulary of actions; of those that write tokens, one for each token that is known.

    Attributes:
        tokens: the known tokens, a tuple of (action, text).
        size: number of ids.
        classes: (size,) int32, the class of each id, as in grammar.tables.
        labels: (size,) strings by which ids are shown; of a token it is the text.
        fingerprint: sha256 of everything that determines the ids of a program.
    """

    def __init__(self, tokens, grammar, tables):
        super().__init__(name="actions")
        self.tokens = tuple(map(tuple, tokens))
        plain = [action for action in grammar.actions if action not in grammar.tokens]
        actions = [*((action, "") for action in plain), *self.tokens]
        self._ids = {action: number for number, action in enumerate(actions, start=_FIRST)}
        self.size = len(actions) + _FIRST
        marks = [NO_ACTION, NO_ACTION, NO_ACTION, FINISHED]
        self.classes = np.array([*marks, *(tables.class_of(action) for action, _ in actions)], np.int32)
        self.labels = ["", "", "", END, *(text or _LABELS.get(action, action) for action, text in actions)]
        self._texts = ["", "", "", "", *(text for _, text in actions)]
        known = json.dumps([self.tokens, grammar.fingerprint])
        self.fingerprint = hashlib.sha256(known.encode()).hexdigest()
        # A table must have an entry.
        texts = tf.constant(["", *(text for _, text in self.tokens)])
        ids = tf.constant([UNK, *range(self.size - len(self.tokens), self.size)], tf.int32)
        self._of_tokens = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(texts, ids), UNK)

    def id_of(self, action):
        """Returns the id of an (action, text), None for a token that is not known."""
        return self._ids.get(action)

    def names(self, tokens):
        """Returns the id of what each word of sentences writes if it is copied.

        It is that of the known token, else `size` plus the first place where the word stands in its sentence, so that
        the same token has one id, whichever way it is written.

        Args:
            tokens: (n, steps) strings, "" for a word that is not copied.

        Returns:
            (n, steps) int32.
        """
        same = tokens[:, :, tf.newaxis] == tokens[:, tf.newaxis]
        first = tf.argmax(same, axis=2, output_type=tf.int32)
        known = self._of_tokens.lookup(tokens)
        return tf.where(known == UNK, self.size + first, known)

    def shown(self, ids, tokens):
        """Returns the texts of ids (n, steps) and the labels by which they are shown, given the tokens of sentences."""
        copied = ids >= self.size
        within = tf.minimum(ids, self.size - 1)
        places = tf.where(copied, ids - self.size, 0)
        copies = tf.gather(tokens, tf.minimum(places, tf.shape(tokens)[1] - 1), batch_dims=1)
        return tuple(tf.where(copied, copies, tf.gather(tf.constant(of), within)) for of in (self._texts, self.labels))

    def save(self, folder):
        """Writes the known tokens into an existing `folder` (a pathlib.Path)."""
        (folder / "tokens.json").write_text(json.dumps(self.tokens, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder, grammar, tables):
        """Reads what `save` wrote."""
        tokens = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
        return cls([(str(action), str(text)) for action, text in tokens], grammar, tables)
