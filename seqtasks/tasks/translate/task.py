"""Translate: an encoder-decoder with Bahdanau attention.

From top to bottom: the model, batches, answers, explanations and served functions. The text is in text.py, the network
in model.py, answers in answer.py, scores in scorer.py.
"""

from collections import ChainMap

import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.sequences import Lengths, encoded
from seqtasks.layers.recurrent.writing_ensemble import WritingEnsemble
from seqtasks.tasks.task import Loss, Signature, Task
from seqtasks.tasks.translate.answer import Reader
from seqtasks.tasks.translate.model import Translator
from seqtasks.tasks.translate.scorer import Scorer
from seqtasks.tasks.translate.text import Text
from seqtasks.text import BOS, EOS
from seqtasks.text.learning import halves_of

_BATCH = (tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.int32))


class Translate(Task):
    """The task: parallel text in, translations out, scored by BLEU and chrF."""

    name = "translate"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, WritingEnsemble
    column_names = ("source", "target")

    def __init__(self, settings, text, **options):
        super().__init__(settings, text, **options)
        if settings.model.attention == "none":
            self.reader.unexplained = (
                "this run was trained with model.attention=none, so it has no attention to show; train a run with "
                "--set model.attention=bahdanau"
            )

    def make_model(self, *, portable):
        options = {"source_size": self.text.source.size, "target_size": self.text.target.size}
        if self.settings.model.subword_dropout:
            options["halves"] = halves_of(self.text.source.model)
        return Translator(self.settings.model, **options, joint=self.settings.text.joint, portable=portable)

    # Batches

    def columns(self, rows):
        """Each example is a pair of a source and one of its references, as ids."""
        pairs = [(row["source"], target) for row in rows for target in row["targets"]]
        source, target = zip(*pairs, strict=True) if pairs else ((), ())
        return (
            encoded(self.text.source, source, self.text.most).marked(last=EOS),
            encoded(self.text.target, target, self.text.most).marked(first=BOS, last=EOS),
        )

    def examples_of(self, columns):
        source, target = columns
        return Examples(
            columns,
            # BOS is an input but never predicted.
            Lengths(source, target, less=1),
            signature=_BATCH,
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    def loss(self, batch, *, state=(), noise=None):
        """Cross entropy in nats, summed over the real target pieces (the end mark is one), and their number."""
        smoothing = self.settings.training.label_smoothing if noise else 0.0
        return Loss(*self.model.cross_entropy(*batch, smoothing=smoothing, noise=noise))

    # Answers

    def _translate(self, texts, beam, best, *, explained=False, recorded=False, prefix=None):
        """Translates strings (n,), in the graph; a blank one gets a blank translation of score 0.

        All others begin with `prefix`, a string (), if it is given.

        Returns:
            the answers: translations and scores (n, best), and facts about each string; and the Hypotheses of the
            search, which end at once for blank strings.
        """
        source, facts = self.text.source.read(texts, self.text.most)
        lengths = tf.minimum(facts["pieces"], self.text.most)
        search = self.settings.search
        limits = tf.minimum(2 * lengths + 10, search.max_length)
        if prefix is not None:
            prefix = self.text.target.beginning(prefix, tf.size(lengths))
            limits = tf.minimum(limits + tf.shape(prefix)[1], search.max_length)
        found = self.model.search(
            source,
            limits=limits,
            blank=tf.equal(lengths, 0),
            beam=beam,
            best=best,
            length_penalty=search.length_penalty,
            explained=explained,
            recorded=recorded,
            prefix=prefix,
        )
        ids = tf.reshape(found.ids[:, :best], [-1, tf.shape(found.ids)[2]])
        strings = tf.reshape(self.text.target.decode(ids), [-1, best])
        return {"translations": strings, "scores": found.scores[:, :best], **facts}, found

    def _explained(self, texts, beam, best, prefix=None):
        """Translates strings (n,) and returns the answers and the attention of each piece of the best translation."""
        answered, found = self._translate(texts, beam, best, explained=True, prefix=prefix)
        longest = tf.reduce_max(found.lengths[:, 0])
        real = tf.sequence_mask(found.lengths[:, 0], longest)
        return answered, {
            "source_pieces": self.text.source.pieces_read(texts, self.text.most),
            "target_pieces": tf.where(real, self.text.target.piece_of(found.ids[:, 0, :longest]), ""),
            "attention": found.attention[:, 0, :longest],
        }

    def _explain(self, texts, prefix=None):
        answered, explanation = self._explained(texts, self.settings.search.beam, 1, prefix)
        return {**{name: answered[name][:, 0] for name in ("translations", "scores")}, **explanation}

    def _choices(self, texts, prefix=None):
        """Translates strings (n,); returns what might stand in the place of each piece, see `decoding.choices`."""
        _, found = self._translate(texts, self.settings.search.beam, 1, prefix=prefix)
        source, _ = self.text.source.read(texts, self.text.most)
        return self.model.choices(source, found, self.text.target.piece_of)

    def _tree(self, texts, beam, best, prefix=None):
        """Translates strings (n,); returns the scores (n, beam) of the hypotheses and what the search kept."""
        _, found = self._translate(texts, beam, best, recorded=True, prefix=prefix)
        return {"scores": found.scores, **self.model.tree(found, self.text.target.piece_of)}

    def _predict(self, texts):
        return self._translate(texts, self.settings.search.beam, 1)[0]

    def function(self, name, *, beam=None, best=1, prefix=None):
        """Returns a compiled function; see Task. Keeps `beam` hypotheses, or `best` if that is more; returns `best`.

        Answers, and what is explained, begin with `prefix`. There are three more: `choices`, `tree`, and
        `explained`, which returns what `predict` and `explain` do, of one search.
        """
        if name == "check" or (name == "explain" and not prefix):
            return super().function(name)
        beam = max(beam or self.settings.search.beam, best)

        functions = {
            "predict": lambda texts, prefix=None: self._translate(texts, beam, best, prefix=prefix)[0],
            "explain": self._explain,
            "explained": lambda texts, prefix=None: dict(ChainMap(*self._explained(texts, beam, best, prefix))),
            "choices": self._choices,
            "tree": lambda texts, prefix=None: self._tree(texts, beam, best, prefix),
        }
        return self.beginning_with(prefix, self.text.target, f"{name} {beam} {best}", functions[name])

    @property
    def answer_batch_size(self):
        return self.settings.search.batch_size

    def answer_rows(self, rows, *, quick=False, progress=None):
        inputs = [self.reader.input_of(row) for row in rows]
        return self.predictor.answers(inputs, progress=progress, **({"beam": 1} if quick else {}))

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: translations (batch,) and scores (batch,). explain: also source_pieces (batch, source steps),
        target_pieces (batch, target steps), padded with "", and attention (batch, target steps, source steps).
        check: pieces, whether the text is cut at the length limit, and the share of unknown pieces.
        """

        def serving_default(texts):
            answered, _ = self._translate(texts, self.settings.search.beam, 1)
            return {name: answered[name][:, 0] for name in ("translations", "scores")}

        def check(texts):
            return self.text.source.read(texts, self.text.most)[1]

        functions = {"serving_default": serving_default, "explain": self._explain, "check": check}
        return {name: Signature(function) for name, function in functions.items()}
