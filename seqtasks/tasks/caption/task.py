"""Caption: a convolutional network reads an image, a decoder with attention writes a sentence.

From top to bottom: the model, batches, answers and explanations; ../searching.py makes functions of these. The text is
in text.py, the network in model.py, answers in answer.py, scores in scorer.py.
"""

import numpy as np
import tensorflow as tf

from seqtasks.batches.sequences import encoded
from seqtasks.images.pixels import read_images
from seqtasks.layers.saliency import saliency
from seqtasks.scores import significance
from seqtasks.tasks.caption import measuring
from seqtasks.tasks.caption.answer import Reader
from seqtasks.tasks.caption.ensemble import CaptionerEnsemble
from seqtasks.tasks.caption.examples import CaptionExamples, ImageArrays
from seqtasks.tasks.caption.model import Captioner
from seqtasks.tasks.caption.scorer import Scorer
from seqtasks.tasks.caption.text import Text
from seqtasks.tasks.searching import Searching
from seqtasks.tasks.task import compiled
from seqtasks.text import BOS, EOS


class Caption(Searching):
    """The task: images in, sentences out, scored by CIDEr-D, and where things are known by what is named."""

    name, written = "caption", "captions"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, CaptionerEnsemble

    def make_model(self, *, portable):
        settings = self.settings
        return Captioner(
            settings.model,
            size=settings.images.size,
            vocabulary=self.text.captions.size,
            recalled=self.text.known.get("images"),
            augment=settings.training.augment,
            flip=settings.images.flip,
        )

    def _read(self, contents):
        """Reads the bytes of images (n,): returns pixels (n, size, size, 3) and facts; see `read_images`."""
        return read_images(contents, size=self.settings.images.size, fit=self.settings.images.fit)

    def published(self):
        return {self.settings.model.cnn: self.model.encoder.network.assign} if self.model.is_pretrained else {}

    def begin(self, examples):
        if recall := self.model.recall:
            recall.remember(examples.images[np.arange(recall.images)].reshape(recall.images, -1))

    # Batches

    def _given(self, contents):
        """Returns what the trained part of the model reads: pixels, or what a pretrained network finds in them."""
        pixels, _ = self._read(contents)
        return tf.cast(self.model.frozen(pixels), tf.float16) if self.model.is_pretrained else pixels

    def examples(self, rows):
        """Each is a pair of an image and one of its captions; lengths are (n, 1)."""
        captions = [caption for row in rows for caption in row["captions"]]
        return CaptionExamples(
            ImageArrays([row["image"] for row in rows], compiled(self._given)),
            encoded(self.text.captions, captions, self.text.most).marked(first=BOS, last=EOS),
            [len(row["captions"]) for row in rows],
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    # Answers

    @property
    def pieces(self):
        return self.text.captions

    def _check(self, contents):
        return self._facts(self._read(contents)[1])

    def _facts(self, facts):
        """Returns the facts about images: width, height, whether each was read, and those of every `check`."""
        read = facts["read"]
        return {
            **facts,
            "pieces": tf.where(read, self.model.encoder.cells**2, 0),
            "cut": tf.zeros_like(read),
            "unknown": tf.where(read, 0.0, 1.0),
        }

    def _search(self, contents, beam, best, *, explained=False, recorded=False, prefix=None):
        pixels, facts = self._read(contents)
        search = self.settings.search
        if prefix is not None:
            prefix = self.text.captions.beginning(prefix, tf.shape(pixels)[0])
        found = self.model.search(
            pixels,
            limits=tf.fill([tf.shape(pixels)[0]], search.max_length),
            blank=~facts["read"],
            beam=beam,
            best=best,
            length_penalty=search.length_penalty,
            explained=explained and self.model.attends,
            recorded=recorded,
            prefix=prefix,
        )
        ids = tf.reshape(found.ids[:, :best], [-1, tf.shape(found.ids)[2]])
        strings = tf.reshape(self.text.captions.decode(ids), [-1, best])
        return {"captions": strings, "scores": found.scores[:, :best], **self._facts(facts)}, found, pixels

    def _explanation(self, contents, answered, found, pixels):
        """Returns the attention of each piece, or without attention its saliency, as `signatures` says."""
        longest = tf.reduce_max(found.lengths[:, 0])
        ids, real = found.ids[:, 0, :longest], tf.sequence_mask(found.lengths[:, 0], longest)
        rows, cells = tf.shape(pixels)[0], self.model.encoder.cells
        if self.model.attends:
            # A blank image is looked at evenly.
            uniform = tf.fill([rows, longest, cells**2], 1 / cells**2)
            weights = tf.where(answered["read"][:, tf.newaxis, tf.newaxis], found.attention[:, 0, :longest], uniform)
            weights = tf.where(real[..., tf.newaxis], weights, 0.0)
        else:
            weights = self._saliency(pixels, ids, real)
        return {
            "target_pieces": tf.where(real, self.text.captions.piece_of(ids), ""),
            "attention": weights,
            "grid": tf.fill([rows, 2], cells),
            "pixels": pixels,
            "kind": tf.fill([rows], "attention" if self.model.attends else "saliency"),
        }

    def _saliency(self, pixels, ids, real):
        """Returns the saliency of each cell for the log probability of each piece, (n, steps, cells)."""
        model = self.model
        cells = model.cells(pixels)
        mask = tf.ones(tf.shape(cells)[:2], tf.bool)

        def of_step(step):
            def score(cells):
                logits = model.teacher_forced(*model.start(cells), ids)
                chosen = tf.gather(logits[step], ids[:, step], batch_dims=1)
                return chosen - tf.reduce_logsumexp(logits[step], axis=1)

            return tf.where(real[:, step, tf.newaxis], saliency(score, cells, mask), 0.0)

        steps = tf.shape(ids)[1]
        found = tf.map_fn(of_step, tf.range(steps), fn_output_signature=tf.float32, parallel_iterations=1)
        return tf.transpose(found, [1, 0, 2])

    def signatures(self):
        """Functions of the bytes of images (batch,).

        serving_default: captions (batch,) and scores (batch,). explain: also target_pieces (batch, steps), padded with
        "", attention (batch, steps, cells), row by row of the grid (batch, 2), which is its height and width, the
        pixels that were looked at (batch, size, size, 3), and the kind of the weights, attention or saliency. check:
        width, height, whether the image was read, pieces (cells), cut (never), unknown (1 for one that was not read).
        """
        return super().signatures()

    # Beside the scores of captions

    def beside(self, examples, answers, **_):
        rows, train = examples.rows, examples.train
        scores = list(measuring.varied([answer.text for answer in answers], train))
        if self.model.attends and self.scorer.nouns:
            scores += measuring.attended(self, rows)
        metrics = self.scorer.metrics(rows)
        shown = [metric for metric in metrics if metric.name in (self.scorer.main_score, "CIDEr-D", "exact")]
        simple = measuring.simple_captions(self, train, rows)
        return scores, [(name, significance.score(metric, captions)) for name, captions in simple for metric in shown]
