"""Sentiment: a class for a whole text.

From top to bottom: the model, batches, answers, explanations and served functions. The text is in text.py, the network
in model.py, answers in answer.py, scores in scorer.py.
"""

import logging

import numpy as np
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.planning import answer_in_batches
from seqtasks.batches.sequences import Lengths, encoded
from seqtasks.errors import CorpusError, UsageError
from seqtasks.layers.counting.mixing import best_weights
from seqtasks.layers.embedding import layers_below_head
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.saliency import integrated_gradients
from seqtasks.tasks.sentiment.answer import Reader
from seqtasks.tasks.sentiment.ensemble import ClassifierEnsemble
from seqtasks.tasks.sentiment.model import Classifier
from seqtasks.tasks.sentiment.scorer import Scorer
from seqtasks.tasks.sentiment.text import Text
from seqtasks.tasks.task import Loss, Signature, Task, compiled, strings
from seqtasks.text import EOS, PAD

# Number of texts explained at once, each at all places of a path.
_EXPLAINED = 1
_log = logging.getLogger("seqtasks")
_BATCH = (tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32))


class Sentiment(Task):
    """The task: texts in, labels out, scored by accuracy and macro F1. Any labels, any number of classes."""

    name = "sentiment"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, ClassifierEnsemble
    column_names = ("text", "labels")

    def make_model(self, *, portable):
        classes = len(self.text.classes)
        pieces = self.text.pieces
        model = Classifier(self.settings.model, size=pieces.size, classes=classes, more=pieces.more, portable=portable)
        if self.text.vectors:
            model.embedding.start_from(self.text.vectors)
        self.class_weights = tf.constant(
            class_weights(self.settings.training.class_weights, self.text), model.compute_dtype
        )
        return model

    def layers_below_head(self):
        return layers_below_head(self.model)

    def begin(self, examples):
        if self.model.ngrams:
            _log.info("fitting the weights of n-grams on the train split")
            texts, classes = examples.columns
            self.model.ngrams.fit(texts, classes[:], self.class_weights.numpy())

    def settle(self, rows):
        if not self.model.ngrams:
            return {}
        wanted = np.eye(len(self.text.classes))[[self.text.classes.index(row["label"]) for row in rows]]
        mixture = self.model.mixture
        mixture.assign(best_weights(self._by_part(rows)[0], wanted * self.class_weights.numpy()))
        return {mixture.path: mixture.numpy()}

    # Batches

    def columns(self, rows):
        """Each example is the ids of a text and the number of its class."""
        classes = self.text.classes
        if unknown := {row["label"] for row in rows} - set(classes):
            raise CorpusError(
                f"the corpus has the label '{min(unknown)}', but the run's classes are {', '.join(classes)}; train a "
                "new run"
            )
        ids = encoded(self.text.pieces, [row["text"] for row in rows], self.text.most).marked(last=EOS)
        return ids, np.array([classes.index(row["label"]) for row in rows], np.int32)

    def examples_of(self, columns):
        ids, _ = columns
        return Examples(
            columns,
            Lengths(ids),
            signature=_BATCH,
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    def loss(self, batch, *, state=(), noise=None):
        """Cross entropy in nats, summed over the texts with their class weights, and the sum of these weights."""
        ids, classes = batch
        smoothing = self.settings.training.label_smoothing if noise else 0.0
        return Loss(
            *self.model.cross_entropy(ids, classes, weights=self.class_weights, smoothing=smoothing, noise=noise)
        )

    # Answers

    @property
    def answer_batch_size(self):
        return self.settings.training.batch_size

    def _predict(self, texts):
        """Classifies strings (n,): labels (n,), probabilities (n, classes), and facts about each string."""
        ids, facts = self.text.read(texts)
        logits, _ = self.model(ids)
        return {**self._outputs(logits, facts), **facts}

    def _predict_by_part(self, texts):
        """The same by the network alone and by the n-grams alone: logits (n, 2, classes) and labels (n, 2)."""
        ids, facts = self.text.read(texts)
        logits, _ = self.model.classify_twice(self.model.inputs(ids), ids != PAD)
        return logits, tf.stack([self._outputs(logits[:, i], facts)["labels"] for i in range(2)], axis=1)

    def _by_part(self, rows):
        """Returns logits (n, 2, classes) and labels (n, 2) of rows; see `_predict_by_part`."""
        if "by part" not in self._compiled:
            self._compiled["by part"] = compiled(self._predict_by_part)

        def answer(texts):
            found = self._compiled["by part"](strings(texts))
            return list(zip(*(tensor.numpy() for tensor in found), strict=True))

        texts = [row["text"] for row in rows]
        found = answer_in_batches(texts, list(map(len, texts)), self.answer_batch_size, answer)
        return [np.stack(part) for part in zip(*found, strict=True)]

    def beside(self, examples, answers, *, dynamic=False, progress=None):
        if not self.model.ngrams:
            return super().beside(examples, answers)
        longest = self.settings.model.ngrams
        names = "network alone", f"linear classifier of {'1-grams' if longest == 1 else f'1- to {longest}-grams'}"
        lines = [[label.decode() for label in labels] for labels in self._by_part(examples.rows)[1].T]
        scores = [self.scorer.score(one, examples.rows)[0] for one in lines]
        return [], list(zip(names, scores, strict=True))

    def _outputs(self, logits, facts):
        labels = tf.gather(tf.constant(self.text.classes), tf.argmax(logits, axis=1))
        return {
            "labels": tf.where(tf.equal(facts["pieces"], 0), "", labels),
            "probabilities": tf.nn.softmax(logits),
            "classes": tf.tile(tf.constant([self.text.classes]), [tf.shape(logits)[0], 1]),
        }

    def _explain(self, texts):
        """Classifies strings (n,) and returns the weights (n, 1, steps) of their pieces (n, steps) for the label.

        They are the attention weights of the pooling if it has any, which tell nothing of n-grams, else what each
        piece adds to log p of the label, by the network and by the n-grams that it is part of.
        """
        ids, facts = self.text.read(texts)
        logits = tf.TensorSpec([None, len(self.text.classes)])
        logits, weights = part_by_part(self._weigh, [ids], _EXPLAINED, outputs=[logits, tf.TensorSpec([None, None])])
        kind = tf.fill([tf.shape(ids)[0]], "attention" if self.model.attends else "attribution")
        pieces = self.text.pieces_read(texts)
        return {**self._outputs(logits, facts), "pieces": pieces, "weights": weights[:, tf.newaxis], "kind": kind}

    def _weigh(self, ids):
        """Classifies ids (rows, steps); returns logits (rows, classes) and weights (rows, steps); see `_explain`."""
        inputs, mask = self.model.inputs(ids), ids != PAD
        logits, weights = self.model.classify(inputs, mask)
        winner = tf.argmax(logits, axis=1)

        def score(inputs, mask, winner):
            logits, _ = self.model.classify(inputs, mask)
            return tf.gather(tf.nn.log_softmax(logits), winner, batch_dims=1)

        if weights is None:
            weights = integrated_gradients(score, inputs, mask, mask, winner)
        return logits, weights

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: labels (batch,), probabilities and classes (batch, classes). explain: also pieces
        (batch, steps), their weights (batch, 1, steps), and kind (batch,), attention or attribution. check: pieces,
        whether the text is cut at the length limit, and the share of unknown pieces.
        """

        def serving_default(texts):
            found = self._predict(texts)
            return {name: found[name] for name in ("labels", "probabilities", "classes")}

        def check(texts):
            return self.text.read(texts)[1]

        functions = {"serving_default": serving_default, "explain": self._explain, "check": check}
        return {name: Signature(function) for name, function in functions.items()}


def class_weights(wanted, text):
    """Returns the weight of each class in the loss; balanced ones are King and Zeng's (2001), n / (classes n_c)."""
    if wanted == "balanced":
        return [1 / (len(text.classes) * share) for share in text.shares]
    if unknown := set(wanted or ()) - set(text.classes):
        raise UsageError(
            f"training.class_weights has '{min(unknown)}', which is not a class; classes: {', '.join(text.classes)}"
        )
    return [(wanted or {}).get(label, 1.0) for label in text.classes]
