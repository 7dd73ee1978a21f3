"""The text of the code task: words of sentences, the grammar of programs, and the actions that are known."""

import hashlib
from collections import Counter

import numpy as np
import tensorflow as tf

from seqtasks.grammar.grammar import Grammar
from seqtasks.grammar.languages import LANGUAGES
from seqtasks.grammar.tables import Tables
from seqtasks.tasks.code.model import Source
from seqtasks.tasks.code.scorer import Scorer
from seqtasks.tasks.text import FittedText
from seqtasks.text.actions import Actions
from seqtasks.text.sentences import SentenceWords, cut, fit_sentence_words


class Text(FittedText):
    """SentenceWords, a Grammar with its Tables, and Actions.

    The grammar is kept with a run: a run goes on writing by the grammar that it was trained with.
    """

    file = Scorer.file

    def __init__(self, words, grammar, actions, *, most, copies=True, characters=False, language="python"):
        """Takes what it consists of.

        `most` is the largest number of words of a sentence; `copies` tells whether words are copied, `characters`
        whether their characters are read; `language` is a key of LANGUAGES, by which programs are read.
        """
        self.words, self.grammar, self.actions, self.most = words, grammar, actions, most
        self.copies, self.characters = copies, characters
        self.language, self._read = language, LANGUAGES[language].read
        self.tables = Tables(grammar)

    @classmethod
    def fit(cls, corpus, settings):
        """A name, number or string is known if it is frequent, or if it stands in a program but not in its sentence."""
        language = LANGUAGES[corpus.language]
        grammar, least = language.grammar(), settings.text.least
        tables, rows = Tables(grammar), corpus.split("train")
        sentences = [row["source"] for row in rows]
        words = fit_sentence_words(sentences, grammar, tables, least=least)
        found, _ = words.read(tf.constant(sentences), settings.text.max_length)
        counts, needed = Counter(), set()
        for row, tokens in zip(rows, found.tokens.numpy(), strict=True):
            copied = {token.decode() for token in tokens}
            for target in row["targets"]:
                written = [action for action in language.read(target, grammar) if action[0] in grammar.tokens]
                counts.update(written)
                needed.update(action for action in written if action[1] not in copied)
        known = needed | {action for action, count in counts.items() if count >= least}
        # Every slot can be filled, whatever the sentence.
        known |= {(kind, text) for kind, text in language.plain.items() if kind not in {kind for kind, _ in known}}
        actions = Actions(sorted(known), grammar, tables)
        return cls.of(words, grammar, actions, settings, corpus.language)

    @classmethod
    def of(cls, words, grammar, actions, settings, language):
        """Returns the Text of the given parts and the task's settings."""
        model, most = settings.model, settings.text.max_length
        parts = {"copies": model.copies, "characters": model.characters}
        return cls(words, grammar, actions, most=most, language=language, **parts)

    @classmethod
    def load(cls, folder, settings):
        grammar = Grammar.from_json((folder / "grammar.json").read_text(encoding="utf-8"))
        tables = Tables(grammar)
        words, actions = (kind.load(folder, grammar, tables) for kind in (SentenceWords, Actions))
        return cls.of(words, grammar, actions, settings, cls.read_known(folder)["language"])

    def save(self, folder):
        (folder / "grammar.json").write_text(self.grammar.to_json() + "\n", encoding="utf-8")
        self.words.save(folder)
        self.actions.save(folder)
        self.save_known(folder)

    @property
    def fingerprint(self):
        known = f"{self.words.fingerprint}{self.actions.fingerprint}{self.most}"
        return hashlib.sha256(known.encode()).hexdigest()

    @property
    def description(self):
        tokens = len(self.actions.tokens)
        actions = len(self.grammar.actions) - len(self.grammar.tokens)
        return f"{len(self.words.words):,} words, {actions} actions, {tokens:,} names, numbers and strings"

    @property
    def known(self):
        return {"language": self.language}

    @property
    def modules(self):
        return [self.words, self.actions]

    def counters(self):
        return (lambda strings: cut(tf.constant(strings, tf.string)).row_lengths().numpy().tolist(),)

    def measured(self, rows):
        pairs = [(row["source"], target) for row in rows for target in row["targets"]]
        _, programs = self.programs(pairs)
        written = [program for program in programs if program is not None]
        known = [program for program in written if max(program[0], default=0) < self.actions.size]
        longest = max((len(ids) + 1 for ids, *_ in written), default=0)
        return [
            ("can be written", f"{_share(written, pairs)} of the programs, {_share(known, pairs)} without copying"),
            ("longest program", f"{longest} actions of those, the end included"),
        ]

    # What the model reads and learns

    def read(self, strings):
        """Returns the Source of `strings` (n,), their tokens (n, source steps), and facts; see SentenceWords.read."""
        sentences, facts = self.words.read(strings, self.most, characters=self.characters)
        names = self.actions.names(sentences.tokens)
        return Source(sentences.ids, sentences.kinds, names, sentences.characters), sentences.tokens, facts

    def program(self, code, tokens):
        """Returns a program's ids, slots and fathers, each a list, the end included, or None; see Program.

        Args:
            code: what is to be written.
            tokens: list of bytes, those of the sentence.

        None is returned for a program with a token that is not known and cannot be copied.
        """
        actions = self._read(code, self.grammar)
        steps, _ = self.grammar.derive(actions)
        ids = []
        for action in actions:
            number = self.actions.id_of(action)
            if number is None:
                copied = action[1].encode()
                if not self.copies or copied not in tokens:
                    return None
                number = self.actions.size + tokens.index(copied)
            ids.append(number)
        slots = [self.tables.slot(step.slot) for step in steps]
        return ids, [*slots, 0], [*(step.father + 1 for step in steps), 0]

    def programs(self, pairs):
        """Returns (Source, tokens, programs) of pairs of a sentence and code, as arrays and lists; see `program`."""
        source, tokens, _ = self.read(tf.constant([sentence for sentence, _ in pairs], tf.string))
        source, tokens = Source(*(part.numpy() for part in source if part is not None)), tokens.numpy().tolist()
        return source, [self.program(code, of_one) for (_, code), of_one in zip(pairs, tokens, strict=True)]

    def lengths(self, source):
        """Returns the number of words of each sentence of a Source in arrays, the end included, (n,)."""
        return np.count_nonzero(source.ids, axis=1)


def _share(some, of):
    return f"{100 * len(some) / max(1, len(of)):.1f} %"
