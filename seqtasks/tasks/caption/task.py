"""Caption: a convolutional network reads an image, a decoder with attention writes a sentence.

From top to bottom: the model, batches, answers, explanations and served functions. The text is in text.py, the network
in model.py, answers in answer.py, scores in scorer.py.
"""

from collections import ChainMap

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
from seqtasks.tasks.task import Loss, Signature, Task, compiled
from seqtasks.text import BOS, EOS


class Caption(Task):
    """The task: images in, sentences out, scored by CIDEr-D, and where things are known by what is named."""

    name = "caption"
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

    def loss(self, batch, *, state=(), noise=None):
        """Cross entropy in nats, summed over the real pieces (the end mark is one), and their number."""
        smoothing = self.settings.training.label_smoothing if noise else 0.0
        return Loss(*self.model.cross_entropy(*batch, smoothing=smoothing, noise=noise))

    # Answers

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

    def _caption(self, contents, beam, best, *, explained=False, recorded=False, prefix=None):
        """Captions images, the bytes of which are given (n,), in the graph; one not read gets a blank caption.

        All others begin with `prefix`, a string (), if it is given.

        Returns:
            the answers: captions and scores (n, best), and facts about each image; the Hypotheses; the pixels.
        """
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
            explained=explained,
            recorded=recorded,
            prefix=prefix,
        )
        ids = tf.reshape(found.ids[:, :best], [-1, tf.shape(found.ids)[2]])
        strings = tf.reshape(self.text.captions.decode(ids), [-1, best])
        return {"captions": strings, "scores": found.scores[:, :best], **self._facts(facts)}, found, pixels

    def _explained(self, contents, beam, best, prefix=None):
        """Captions images and returns the answers and the attention of each piece of the best one, or its saliency."""
        answered, found, pixels = self._caption(contents, beam, best, explained=self.model.attends, prefix=prefix)
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
        return answered, {
            "target_pieces": tf.where(real, self.text.captions.piece_of(ids), ""),
            "attention": weights,
            "grid": tf.fill([rows, 2], cells),
            "pixels": pixels,
            "kind": tf.fill([rows], "attention" if self.model.attends else "saliency"),
        }

    def _explain(self, contents, prefix=None):
        answered, explanation = self._explained(contents, self.settings.search.beam, 1, prefix)
        return {**{name: answered[name][:, 0] for name in ("captions", "scores")}, **explanation}

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

    def _choices(self, contents, prefix=None):
        """Captions images (n,); returns what might stand in the place of each piece, see `decoding.choices`."""
        _, found, pixels = self._caption(contents, self.settings.search.beam, 1, prefix=prefix)
        return self.model.choices(pixels, found, self.text.captions.piece_of)

    def _tree(self, contents, beam, best, prefix=None):
        """Captions images (n,); returns the scores (n, beam) of the hypotheses and what the search kept."""
        _, found, _ = self._caption(contents, beam, best, recorded=True, prefix=prefix)
        return {"scores": found.scores, **self.model.tree(found, self.text.captions.piece_of)}

    def _predict(self, inputs):
        return self._caption(inputs, self.settings.search.beam, 1)[0]

    def function(self, name, *, beam=None, best=1, prefix=None):
        """Returns a compiled function; see Task. Keeps `beam` hypotheses, or `best` if that is more; returns `best`.

        Answers, and what is explained, begin with `prefix`. There are three more: `choices`, `tree`, and
        `explained`, which returns what `predict` and `explain` do, of one search.
        """
        if name == "check" or (name == "explain" and not prefix):
            return super().function(name)
        beam = max(beam or self.settings.search.beam, best)

        functions = {
            "predict": lambda contents, prefix=None: self._caption(contents, beam, best, prefix=prefix)[0],
            "explain": self._explain,
            "explained": lambda contents, prefix=None: dict(ChainMap(*self._explained(contents, beam, best, prefix))),
            "choices": self._choices,
            "tree": lambda contents, prefix=None: self._tree(contents, beam, best, prefix),
        }
        return self.beginning_with(prefix, self.text.captions, f"{name} {beam} {best}", functions[name])

    @property
    def answer_batch_size(self):
        return self.settings.search.batch_size

    def answer_rows(self, rows, *, quick=False, progress=None):
        inputs = [self.reader.input_of(row) for row in rows]
        return self.predictor.answers(inputs, progress=progress, **({"beam": 1} if quick else {}))

    def signatures(self):
        """Functions of the bytes of images (batch,).

        serving_default: captions (batch,) and scores (batch,). explain: also target_pieces (batch, steps), padded with
        "", attention (batch, steps, cells), row by row of the grid (batch, 2), which is its height and width, the
        pixels that were looked at (batch, size, size, 3), and the kind of the weights, attention or saliency. check:
        width, height, whether the image was read, pieces (cells), cut (never), unknown (1 for one that was not read).
        """

        def serving_default(contents):
            answered, *_ = self._caption(contents, self.settings.search.beam, 1)
            return {name: answered[name][:, 0] for name in ("captions", "scores")}

        functions = {"serving_default": serving_default, "explain": self._explain, "check": self._check}
        return {name: Signature(function) for name, function in functions.items()}

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
