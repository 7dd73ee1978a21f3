"""Translate: an encoder-decoder with Bahdanau attention.

From top to bottom: the model, batches, answers and explanations; ../searching.py makes functions of these. The text is
in text.py, the network in model.py, answers in answer.py, scores in scorer.py.
"""

import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.sequences import Lengths, encoded
from seqtasks.layers.recurrent.writing_ensemble import WritingEnsemble
from seqtasks.tasks.searching import Searching
from seqtasks.tasks.translate.answer import Reader
from seqtasks.tasks.translate.model import Translator
from seqtasks.tasks.translate.scorer import Scorer
from seqtasks.tasks.translate.text import Text
from seqtasks.text import BOS, EOS
from seqtasks.text.learning import halves_of

_BATCH = (tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.int32))


class Translate(Searching):
    """The task: parallel text in, translations out, scored by BLEU and chrF."""

    name, written = "translate", "translations"
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

    # Answers

    @property
    def pieces(self):
        return self.text.target

    def _search(self, texts, beam, best, *, explained=False, recorded=False, prefix=None):
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
        return {"translations": strings, "scores": found.scores[:, :best], **facts}, found, source

    def _explanation(self, texts, answered, found, source):
        longest = tf.reduce_max(found.lengths[:, 0])
        real = tf.sequence_mask(found.lengths[:, 0], longest)
        return {
            "source_pieces": self.text.source.pieces_read(texts, self.text.most),
            "target_pieces": tf.where(real, self.text.target.piece_of(found.ids[:, 0, :longest]), ""),
            "attention": found.attention[:, 0, :longest],
        }

    def _check(self, texts):
        return self.text.source.read(texts, self.text.most)[1]

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: translations (batch,) and scores (batch,). explain: also source_pieces (batch, source steps),
        target_pieces (batch, target steps), padded with "", and attention (batch, target steps, source steps).
        check: pieces, whether the text is cut at the length limit, and the share of unknown pieces.
        """
        return super().signatures()
