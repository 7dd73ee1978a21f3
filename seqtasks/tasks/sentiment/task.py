"""Sentiment: a class for a whole text, from strings to labels.

From top to bottom: its text, its model, how a batch is made, how a text is classified, scored, explained and served.
The model itself is in layers/classifier.py.
"""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.batches.planning import answer_in_batches, pad
from seqtasks.errors import CorpusError, UsageError
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.saliency import saliency
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.scores import classification
from seqtasks.tasks.sentiment.model import Classifier
from seqtasks.tasks.task import Answer, Task, as_arrays, by_length, decoded, seeded
from seqtasks.text import PAD, UNK
from seqtasks.text.pieces import Text, fit_text

# Text lengths, in words, that are scored apart.
_LENGTHS = (10, 20, 40, 100, 200, 400)
# Texts that are explained together.
_EXPLAINED = 16


class Sentiment(Task):
    """The task: texts in, labels out, scored by accuracy and macro F1. Any labels, any number of classes."""

    name = "sentiment"
    main_score = "accuracy"
    options = ("best",)
    batch_signature = (tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32))

    def fit_text(self, corpus):
        """Learns pieces and classes from the train split."""
        rows = corpus.split("train")
        self.text = fit_text([row["text"] for row in rows], self.settings.text)
        labels = [row["label"] for row in rows]
        self.classes = sorted(set(labels))
        self.shares = [labels.count(label) / len(labels) for label in self.classes]

    def save_text(self, folder):
        self.text.save(folder)
        known = {"classes": self.classes, "shares": self.shares}
        (folder / "classes.json").write_text(json.dumps(known, ensure_ascii=False) + "\n", encoding="utf-8")

    def load_text(self, folder):
        self.text = Text.load(folder)
        known = json.loads((folder / "classes.json").read_text(encoding="utf-8"))
        self.classes, self.shares = [str(label) for label in known["classes"]], [float(x) for x in known["shares"]]

    def piece_counters(self):
        """Returns one function, from a list of texts to their lengths in pieces."""
        return (lambda strings: self.text.encode(tf.constant(strings)).row_lengths().numpy(),)

    def describe_text(self):
        return f"{self.text.size:,} {self.settings.text.kind}, {len(self.classes)} classes"

    @property
    def text_fingerprint(self):
        known = json.dumps([self.text.fingerprint, self.settings.text.max_length, self.classes])
        return hashlib.sha256(known.encode()).hexdigest()

    def build(self, *, portable=False):
        with seeded(self.settings.seed):
            self.model = Classifier(
                self.settings.model, size=self.text.size, classes=len(self.classes), portable=portable
            )
        self.class_weights = tf.constant(self._class_weights(), self.model.compute_dtype)
        strings = [tf.TensorSpec([None], tf.string)]
        self._answered = tf.function(self._answer, input_signature=strings, autograph=False)
        self._explained = tf.function(self._explain, input_signature=strings, autograph=False)

    def _class_weights(self):
        """Returns the weight of each class in the loss; balanced ones are King and Zeng's (2001), n / (classes n_c)."""
        wanted = self.settings.training.class_weights
        if wanted == "balanced":
            return [1 / (len(self.classes) * share) for share in self.shares]
        if unknown := set(wanted or ()) - set(self.classes):
            raise UsageError(
                f"training.class_weights names '{min(unknown)}', which is no class; there are {', '.join(self.classes)}"
            )
        return [(wanted or {}).get(label, 1.0) for label in self.classes]

    # Batches

    def examples(self, rows):
        """Returns (ids, class) of the rows; lengths are (n, 1)."""
        if unknown := {row["label"] for row in rows} - set(self.classes):
            raise CorpusError(
                f"the corpus has the label '{min(unknown)}', but the classes are {', '.join(self.classes)}; "
                "train a new run"
            )
        ids, _ = self.read(tf.constant([row["text"] for row in rows]))
        ids = [row[row != PAD] for row in ids.numpy()]
        classes = [self.classes.index(row["label"]) for row in rows]
        return list(zip(ids, classes, strict=True)), np.array([[len(row)] for row in ids])

    def batch(self, examples, chosen):
        ids, classes = zip(*(examples[i] for i in chosen), strict=True)
        return pad(ids), np.array(classes, np.int32)

    def loss(self, ids, classes, *, training):
        """Cross entropy in nats, summed over the texts, and their number, each as its class weighs."""
        smoothing = self.settings.training.label_smoothing if training else 0.0
        return self.model.cross_entropy(
            ids, classes, weights=self.class_weights, smoothing=smoothing, training=training
        )

    # Answers

    def read(self, texts):
        """Returns the ids (n, steps) of strings (n,) and facts about each; see Text.read."""
        return self.text.read(texts, self.settings.text.max_length)

    def _answer(self, texts):
        """Classifies strings (n,): labels (n,), probabilities (n, classes), and facts about each string."""
        ids, facts = self.read(texts)
        logits, _ = self.model(ids)
        return {**self._said(logits, facts), **facts}

    def _said(self, logits, facts):
        labels = tf.gather(tf.constant(self.classes), tf.argmax(logits, axis=1))
        return {
            "labels": tf.where(tf.equal(facts["pieces"], 0), "", labels),
            "probabilities": tf.nn.softmax(logits),
            "classes": tf.tile(tf.constant([self.classes]), [tf.shape(logits)[0], 1]),
        }

    def input_of(self, row):
        return row["text"]

    def reference_of(self, row):
        return row["label"]

    def answer(self, strings, *, best=1, progress=None):
        """Classifies strings; gives a list of Answer in their order, its score a probability.

        Args:
            strings: list of str; a blank one gets a blank answer.
            best: how many classes each answer lists at most.
            progress: called with the number of strings done after each batch.
        """

        def classify(batch):
            found = as_arrays(self._answered(tf.constant(batch)))
            return self.served_answers(batch, found, found, best=best)

        return answer_in_batches(strings, list(map(len, strings)), self.answers_together, classify, progress=progress)

    @property
    def decoding(self):
        return f"classes:{len(self.classes)}"

    @property
    def answers_together(self):
        return self.settings.training.batch_size

    def score(self, answers, rows, *, interval=True):
        return classification.classification_scores(answers, [row["label"] for row in rows], interval=interval)

    def slices(self, rows):
        ids = self.text.encode(tf.constant([row["text"] for row in rows]))
        unknown = tf.reduce_sum(tf.cast(tf.equal(ids, UNK), tf.int32), axis=1).numpy()
        parts = {"none": np.flatnonzero(unknown == 0), "some": np.flatnonzero(unknown)}
        return {
            "words": by_length([len(row["text"].split()) for row in rows], _LENGTHS),
            f"unknown {self.text.kind}": {label: part.tolist() for label, part in parts.items() if part.size},
        }

    def breakdown(self, answers, rows):
        labels = [row["label"] for row in rows]
        return classification.class_table(answers, labels), classification.confusion(answers, labels)

    def compare(self, systems, rows):
        return classification.compare_classifications(systems, [row["label"] for row in rows])

    def compare_groups(self, systems, rows):
        return classification.compare_groups(systems, [row["label"] for row in rows])

    # Explanations

    def _explain(self, texts):
        """Classifies strings (n,) and tells what the label leans on: the weights (n, steps) of the pieces (n, steps).

        They are the pooling's, where it learned some, else how much the label's probability changes with each piece.
        """
        ids, facts = self.read(texts)
        logits = tf.TensorSpec([None, len(self.classes)])
        logits, weights = part_by_part(self._lean, [ids], _EXPLAINED, outputs=[logits, tf.TensorSpec([None, None])])
        pieces = self.text.pieces_read(texts, self.settings.text.max_length)
        kind = tf.fill([tf.shape(ids)[0]], "attention" if self.settings.model.pooling == "attention" else "saliency")
        return {**self._said(logits, facts), "pieces": pieces, "weights": weights[:, tf.newaxis], "kind": kind}

    def _lean(self, ids):
        """Classifies ids (rows, steps); returns logits (rows, classes) and weights (rows, steps); see `_explain`."""
        embedded, mask = self.model.embedding(ids), ids != PAD
        logits, weights = self.model.classify(embedded, mask)
        winner = tf.argmax(logits, axis=1)

        def score(embedded):
            logits, _ = self.model.classify(embedded, mask)
            return tf.gather(tf.nn.log_softmax(logits), winner, batch_dims=1)

        return logits, saliency(score, embedded, mask) if weights is None else weights

    def attention(self, string):
        """Explains the class of a string by the weights of its pieces, as an AttentionTable of one row."""
        return self.served_attention(string, as_arrays(self._explained(tf.constant([string]))))

    def serving(self):
        """Returns the signatures of a SavedModel, functions of strings (batch,), and what they hold on to.

        serving_default: labels (batch,), probabilities and classes (batch, classes). explain: also pieces
        (batch, steps), their weights (batch, 1, steps), and kind (batch,), attention or saliency. check: pieces,
        whether the text is cut at the length limit, and the share of unknown pieces.
        """

        def serving_default(texts):
            found = self._answer(texts)
            return {name: found[name] for name in ("labels", "probabilities", "classes")}

        def check(texts):
            return self.read(texts)[1]

        signatures = {"serving_default": serving_default, "explain": self._explain, "check": check}
        return signatures, [self.model, self.text]

    @staticmethod
    def served_answers(strings, found, facts=None, *, best=1):
        count = len(found["labels"])
        facts = facts or {"cut": [False] * count, "unknown": [0.0] * count}
        classes = [decoded(label) for label in found["classes"][0]] if count else []
        answers = []
        for label, row, cut, unknown in zip(
            found["labels"], found["probabilities"], facts["cut"], facts["unknown"], strict=True
        ):
            order = np.argsort(-np.asarray(row), kind="stable")[:best]
            ranked = tuple((classes[i], float(row[i])) for i in order) if decoded(label) else (("", 0.0),)
            answers.append(Answer(decoded(label), ranked[0][1], ranked, bool(cut), float(unknown)))
        return answers

    @staticmethod
    def served_attention(string, found):
        label = decoded(found["labels"][0])
        return AttentionTable(
            kind=decoded(found["kind"][0]),
            columns=tuple(map(decoded, found["pieces"][0])),
            rows=(label,),
            weights=found["weights"][0],
            source=string,
            prediction=label,
            layout="text",
        )
