"""Code: an encoder-decoder with attention that writes along a grammar and copies words.

From top to bottom: the model, batches, answers and explanations; ../searching.py makes functions of these. The text is
in text.py, the network in model.py, answers in answer.py, scores in scorer.py. Nothing that is written is ever run.
"""

import logging
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.sequences import Lengths, Sequences
from seqtasks.errors import CorpusError
from seqtasks.layers.programs.pushdown import Pushdown
from seqtasks.tasks.code import measuring
from seqtasks.tasks.code.answer import Reader
from seqtasks.tasks.code.ensemble import CoderEnsemble
from seqtasks.tasks.code.model import Coder, Program, Source
from seqtasks.tasks.code.scorer import Scorer
from seqtasks.tasks.code.text import Text
from seqtasks.tasks.searching import Searching
from seqtasks.text import BOS, EOS, PAD
from seqtasks.text.sentences import BYTES

_IDS, _CHARACTERS = (tf.TensorSpec([None] * rank, tf.int32) for rank in (2, 3))
# Of a batch: the parts of a Source, the last of which may be left out, then those of a Program.
_SOURCE, _PROGRAM = Source(_IDS, _IDS, _IDS, _CHARACTERS), Program(_IDS, _IDS, _IDS)
_log = logging.getLogger("seqtasks")


class _Read(NamedTuple):
    """What the search read, and of the best program what explains it."""

    tokens: tf.Tensor  # (n, words), what may be copied
    labels: tf.Tensor  # (n, steps), the actions
    fathers: tf.Tensor  # (n, steps), the steps of their fathers


class SpelledExamples(Examples):
    """Examples of a Source with characters and a Program."""

    def batch(self, chosen):
        """Returns the parts of a Source and of a Program, padded."""
        source = Source(*self.columns[: len(Source._fields)])
        characters = source.characters.padded_within(source.ids, chosen)
        return tuple(characters if column is source.characters else column.padded(chosen) for column in self.columns)


class Code(Searching):
    """The task: sentences in, programs out, scored by their trees."""

    name, written = "code", "programs"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, CoderEnsemble

    def make_model(self, *, portable):
        text, search = self.text, self.settings.search
        return Coder(
            self.settings.model,
            words=text.words.size,
            actions=text.actions,
            pushdown=Pushdown(text.tables, search.max_length, enforced=search.grammar),
            most=text.most,
            portable=portable,
        )

    # Batches

    def columns(self, rows):
        """Each example is a pair of a sentence and a program; those that cannot be written are left out, and logged."""
        pairs = [(row["source"], target) for row in rows for target in row["targets"]]
        source, programs = self.text.programs(pairs)
        chosen = [number for number, program in enumerate(programs) if program is not None]
        if len(chosen) < len(pairs):
            _log.warning(
                "%s of %s programs have a name, number or string that %s; they are left out",
                f"{len(pairs) - len(chosen):,}",
                f"{len(pairs):,}",
                "is neither known nor in the sentence" if self.text.copies else "is not known, and nothing is copied",
            )
        lengths = self.text.lengths(source)[chosen]
        real = np.arange(source.ids.shape[1]) < lengths[:, np.newaxis]
        sides = [Sequences.of(side[chosen][real], lengths, self.model.width) for side in source[:-1]]
        if self.text.characters:
            characters = source.characters[chosen][real]
            there = characters != PAD
            sides.append(Sequences.of(characters[there], there.sum(axis=1), BYTES))
        ids, slots, fathers = zip(*(programs[number] for number in chosen), strict=True) if chosen else ((), (), ())
        return (
            *sides,
            _sequences(ids, self.model.width).marked(first=BOS, last=EOS),
            *map(_sequences, (slots, fathers)),
        )

    def examples_of(self, columns):
        if not len(columns[0]):
            raise CorpusError("no program of train can be written with the names, numbers and strings that are known")
        sides = len(columns) - len(_PROGRAM)
        return (SpelledExamples if self.text.characters else Examples)(
            columns,
            # BOS is an input but never predicted.
            Lengths(columns[0], columns[sides], less=1),
            signature=(*_SOURCE[:sides], *_PROGRAM),
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    def loss(self, batch, *, state=(), noise=None):
        """-log p of programs in nats, summed over the actions (the end is one), and their number."""
        sides = len(batch) - len(_PROGRAM)
        pair = Source(*batch[:sides]), Program(*batch[sides:])
        return super().loss(pair, state=state, noise=noise)

    # Answers

    @property
    def pieces(self):
        return None

    def _search(self, texts, beam, best, *, explained=False, recorded=False, prefix=None):
        source, tokens, facts = self.text.read(texts)
        lengths = tf.minimum(facts["pieces"], self.text.most)
        search = self.settings.search
        found = self.model.search(
            source,
            limits=tf.minimum(3 * lengths + 20, search.max_length),
            blank=tf.equal(lengths, 0),
            beam=beam,
            best=best,
            length_penalty=search.length_penalty,
            explained=explained,
            recorded=recorded,
        )
        rows, steps = tf.shape(texts)[0], tf.shape(found.ids)[2]
        ids = tf.reshape(found.ids[:, :best], [-1, steps])
        written, labels = self.text.actions.shown(ids, tf.repeat(tokens, best, axis=0))
        programs, fathers = self.model.written(ids, written, tf.repeat(source.kinds, best, axis=0))
        answered = {"programs": tf.reshape(programs, [-1, best]), "scores": found.scores[:, :best], **facts}
        labels, fathers = (tf.reshape(part, [rows, best, steps])[:, 0] for part in (labels, fathers))
        return answered, found, _Read(tokens, labels, fathers)

    def _explanation(self, texts, answered, found, read):
        longest = tf.reduce_max(found.lengths[:, 0])
        return {
            "source_pieces": self.text.words.shown(texts, self.text.most),
            "target_pieces": read.labels[:, :longest],
            "fathers": read.fathers[:, :longest],
            "copied": tf.maximum(found.ids[:, 0, :longest] - self.model.vocabulary, -1),
            "attention": found.attention[:, 0, :longest],
        }

    def _shown(self, ids, read):
        return self.text.actions.shown(ids, read.tokens)[1]

    def _check(self, texts):
        return self.text.read(texts)[2]

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: programs (batch,) and scores (batch,). explain: also source_pieces (batch, source steps),
        target_pieces (batch, steps), the actions, padded with "", fathers (batch, steps), the steps of their fathers,
        -1 for none, copied (batch, steps), the places of the words that are copied, -1 for others, and attention
        (batch, steps, source steps). check: pieces (words), whether the text is cut at the length limit, and the share
        of unknown words.
        """
        return super().signatures()

    # Beside the scores of programs

    def beside(self, examples, answers, **_):
        return measuring.beside(self, examples.rows, examples.train, [answer.text for answer in answers])


def _sequences(lists, size=256):
    return Sequences.of([one for of_list in lists for one in of_list], [len(of_list) for of_list in lists], size)
