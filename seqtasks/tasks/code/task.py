"""Code: an encoder-decoder with attention that writes along a grammar and copies words.

From top to bottom: the model, batches, answers, explanations and served functions. The text is in text.py, the network
in model.py, answers in answer.py, scores in scorer.py. Nothing that is written is ever run.
"""

import logging
from collections import ChainMap

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
from seqtasks.tasks.task import Loss, Signature, Task, compiled
from seqtasks.text import BOS, EOS

_BATCH = (tf.TensorSpec([None, None], tf.int32),) * (len(Source._fields) + len(Program._fields))
_log = logging.getLogger("seqtasks")


class Code(Task):
    """The task: sentences in, programs out, scored by their trees."""

    name = "code"
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
        sides = [Sequences.of(side[chosen][real], lengths, self.model.width) for side in source]
        ids, slots, fathers = zip(*(programs[number] for number in chosen), strict=True) if chosen else ((), (), ())
        return (
            *sides,
            _sequences(ids, self.model.width).marked(first=BOS, last=EOS),
            *map(_sequences, (slots, fathers)),
        )

    def examples_of(self, columns):
        if not len(columns[0]):
            raise CorpusError("no program of train can be written with the names, numbers and strings that are known")
        return Examples(
            columns,
            # BOS is an input but never predicted.
            Lengths(columns[0], columns[len(Source._fields)], less=1),
            signature=_BATCH,
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    def loss(self, batch, *, state=(), noise=None):
        """-log p of programs in nats, summed over the actions (the end is one), and their number."""
        smoothing = self.settings.training.label_smoothing if noise else 0.0
        source, program = Source(*batch[: len(Source._fields)]), Program(*batch[len(Source._fields) :])
        return Loss(*self.model.cross_entropy(source, program, smoothing=smoothing, noise=noise))

    # Answers

    def _search(self, texts, beam, best, **options):
        """Searches for programs; returns the Source, the words that may be copied, the facts, and the Hypotheses."""
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
            **options,
        )
        return source, tokens, facts, found

    def _write(self, texts, beam, best, *, explained=False):
        """Writes programs for strings (n,), in the graph; a blank one gets a blank program of score 0.

        Returns:
            the answers: programs and scores (n, best), and facts about each string; and of the best one what explains
            it, see `signatures`.
        """
        source, tokens, facts, found = self._search(texts, beam, best, explained=explained)
        rows, steps = tf.shape(texts)[0], tf.shape(found.ids)[2]
        ids = tf.reshape(found.ids[:, :best], [-1, steps])
        written, labels = self.text.actions.shown(ids, tf.repeat(tokens, best, axis=0))
        programs, fathers = self.model.written(ids, written, tf.repeat(source.kinds, best, axis=0))
        answered = {"programs": tf.reshape(programs, [-1, best]), "scores": found.scores[:, :best], **facts}
        if not explained:
            return answered, None
        longest = tf.reduce_max(found.lengths[:, 0])
        labels, fathers = (tf.reshape(part, [rows, best, steps])[:, 0, :longest] for part in (labels, fathers))
        places = found.ids[:, 0, :longest] - self.model.vocabulary
        return answered, {
            "source_pieces": self.text.words.shown(texts, self.text.most),
            "target_pieces": labels,
            "fathers": fathers,
            "copied": tf.maximum(places, -1),
            "attention": found.attention[:, 0, :longest],
        }

    def _tree(self, texts, beam, best):
        """Writes programs for strings (n,); returns the scores (n, beam) of the hypotheses and what the search kept."""
        _, tokens, _, found = self._search(texts, beam, best, explained=False, recorded=True)
        return {"scores": found.scores, **self.model.tree(found, lambda ids: self.text.actions.shown(ids, tokens)[1])}

    def _explain(self, texts):
        answered, explanation = self._write(texts, self.settings.search.beam, 1, explained=True)
        return {**{name: answered[name][:, 0] for name in ("programs", "scores")}, **explanation}

    def _predict(self, texts):
        return self._write(texts, self.settings.search.beam, 1)[0]

    def function(self, name, *, beam=None, best=1):
        """Returns a compiled function; see Task. Keeps `beam` hypotheses, or `best` if that is more; returns `best`.

        There are two more: `tree`, and `explained`, which returns what `predict` and `explain` do, of one search.
        """
        functions = {
            "predict": lambda texts: self._write(texts, beam, best)[0],
            "explained": lambda texts: dict(ChainMap(*self._write(texts, beam, best, explained=True))),
            "tree": lambda texts: self._tree(texts, beam, best),
        }
        if name not in functions:
            return super().function(name)
        beam = max(beam or self.settings.search.beam, best)
        if (key := f"{name} {beam} {best}") not in self._compiled:
            self._compiled[key] = compiled(functions[name])
        return self._compiled[key]

    @property
    def answer_batch_size(self):
        return self.settings.search.batch_size

    def answer_rows(self, rows, *, quick=False, progress=None):
        inputs = [self.reader.input_of(row) for row in rows]
        return self.predictor.answers(inputs, progress=progress, **({"beam": 1} if quick else {}))

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: programs (batch,) and scores (batch,). explain: also source_pieces (batch, source steps),
        target_pieces (batch, steps), the actions, padded with "", fathers (batch, steps), the steps of their fathers,
        -1 for none, copied (batch, steps), the places of the words that are copied, -1 for others, and attention
        (batch, steps, source steps). check: pieces (words), whether the text is cut at the length limit, and the share
        of unknown words.
        """

        def serving_default(texts):
            answered, _ = self._write(texts, self.settings.search.beam, 1)
            return {name: answered[name][:, 0] for name in ("programs", "scores")}

        def check(texts):
            return self.text.read(texts)[2]

        functions = {"serving_default": serving_default, "explain": self._explain, "check": check}
        return {name: Signature(function) for name, function in functions.items()}

    # Beside the scores of programs

    def beside(self, examples, answers, **_):
        return measuring.beside(self, examples.rows, examples.train, [answer.text for answer in answers])


def _sequences(lists, size=256):
    return Sequences.of([one for of_list in lists for one in of_list], [len(of_list) for of_list in lists], size)
