"""Filling gaps: the word that is missing in a sentence.

From top to bottom: the model, batches, answers, scores, explanations and served functions. The text is in text.py, the
network in model.py, answers in answer.py, scores in scorer.py, simpler models in baselines.py.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.planning import answer_in_batches
from seqtasks.batches.sequences import Lengths, Sequences
from seqtasks.tasks.answer import Answer
from seqtasks.tasks.fill.answer import Reader
from seqtasks.tasks.fill.baselines import NeighbourModels
from seqtasks.tasks.fill.ensemble import GapFillerEnsemble
from seqtasks.tasks.fill.model import GapFiller
from seqtasks.tasks.fill.scorer import UNSCORED, Scorer, told
from seqtasks.tasks.fill.text import Text
from seqtasks.tasks.scorer import by_length
from seqtasks.tasks.task import Loss, Signature, Task, compiled
from seqtasks.text import EOS

# Number of sentences filled or measured at once, and of words that a served model returns for each gap.
_TOGETHER, _SERVED = 64, 5
# Maximum number of words that the baselines are scored on.
_COMPARED = 50_000
# Bounds of the counts in train, and of the places in a sentence, whose words are scored separately.
_COUNTS, _PLACES = (9, 99, 999, 9999), (1, 2, 4, 8, 16)
_IDS = tf.TensorSpec([None, None], tf.int32)


class Fill(Task):
    """The task: sentences with gaps in, the same with words in the gaps out, scored by each word of a sentence."""

    name = "fill"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, GapFillerEnsemble
    column_names = ("sentences",)

    def __init__(self, settings, text, **options):
        super().__init__(settings, text, **options)
        self._measured = compiled(self.model.measure, _IDS)

    def make_model(self, *, portable):
        return GapFiller(self.settings.model, counts=self.text.counts, portable=portable)

    # Batches

    def columns(self, rows):
        """Each example is a sentence between marks; one without a known word is left out."""
        ids = self.text.words.encode(tf.constant([row["text"] for row in rows], tf.string))[:, : self.text.most]
        ids = tf.ragged.boolean_mask(ids, tf.reduce_any(ids > EOS, axis=1))
        return [Sequences.of(ids.values, ids.row_lengths(), self.text.words.size).marked(first=EOS, last=EOS)]

    def examples_of(self, columns):
        (ids,) = columns
        return Examples(
            columns,
            Lengths(ids, less=2),
            signature=(_IDS,),
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    def loss(self, batch, *, state=(), noise=None):
        """Cross entropy in nats of each word as if it were missing, summed over the known words, and their number."""
        losses = self.model.cross_entropy(*batch, noise=noise)
        return Loss(tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype))

    # Answers

    def _predict(self, texts, best=1):
        """Fills the gaps of strings (n,).

        Returns:
            filled (n,); the `best` words of each gap and their probabilities (n, gaps, best), padded; and the facts.
        """
        ids, is_gap, facts = self.text.words.read_gaps(texts, self.text.most)
        found = self.model.fill(ids, is_gap, min(best, self.text.words.size - EOS - 1))
        return {**self._outputs(texts, is_gap, *found, facts), **facts}

    def _outputs(self, texts, is_gap, words, logp, facts):
        words = tf.strings.regex_replace(self.text.words.piece_of(words), "^▁", "")
        gaps = tf.math.count_nonzero(is_gap, axis=1)
        filled = self.text.words.filled(texts, tf.RaggedTensor.from_row_lengths(words[:, 0], gaps))
        columns = (tf.RaggedTensor.from_row_lengths(column, gaps).to_tensor() for column in (words, tf.exp(logp)))
        filled = tf.where(tf.equal(facts["pieces"], 0), "", filled)
        return {"filled": filled, **dict(zip(("words", "probabilities"), columns, strict=True))}

    def function(self, name, *, best=1):
        if name != "predict":
            return super().function(name)
        key = f"predict {best}"
        if key not in self._compiled:
            self._compiled[key] = compiled(partial(self._predict, best=best))
        return self._compiled[key]

    @property
    def answer_batch_size(self):
        return _TOGETHER

    # Scores

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Returns an Answer for each row, which tells how each of its words would be predicted; see `Scorer`."""
        sentences = self._sentences(rows)

        def measure(batch):
            read = Sequences.of(np.concatenate(batch), [len(ids) for ids in batch], self.text.words.size)
            found = self._measured(read.marked(first=EOS, last=EOS).padded(range(len(batch))))
            nats, ranks, best = (part.numpy() for part in found)
            return self._answers(batch, nats, ranks, best)

        shown = [ids[: self.text.most] for ids in sentences]
        answers = answer_in_batches(shown, list(map(len, shown)), _TOGETHER, measure, progress=progress)
        unread = [f" {UNSCORED}" * (len(ids) - self.text.most) for ids in sentences]
        return [replace(answer, text=answer.text + more) for answer, more in zip(answers, unread, strict=True)]

    def _sentences(self, rows):
        """Returns the ids of the words of each row, a list of arrays."""
        found = self.text.encode(rows)
        return np.split(found.values, found.ends[:-1]) if len(found) else []

    def _answers(self, batch, nats, ranks, best):
        """Returns the Answers to sentences, a list of ids, from figures of their known words, one after the other."""
        names = self.text.words.piece_of(tf.constant(best)).numpy()
        known = map(told, nats, ranks, (name.decode().removeprefix("▁") for name in names))
        lines = [" ".join(next(known) if one > EOS else UNSCORED for one in ids) for ids in batch]
        return [Answer(line, 0.0, (), False, 0.0) for line in lines]

    def more_slices(self, rows, lines):
        """Scores words by how often they stand in train, and by their place in the sentence."""
        counts, left, right = [], [], []
        for ids in self._sentences(rows):
            places = np.flatnonzero(ids[: self.text.most] > EOS)
            counts += self.text.counts[ids[places]].tolist()
            left += (1 + places).tolist()
            right += (len(ids) - places).tolist()
        words = [word for line in lines for word in line.split(" ") if word not in ("", UNSCORED)]
        slices = (("count in train", counts, _COUNTS), ("place", left, _PLACES), ("place from the end", right, _PLACES))
        for by, values, bounds in slices:
            parts = {}
            for label, numbers in by_length(values, bounds).items():
                score, *_ = self.scorer.score([words[i] for i in numbers], [], interval=False)
                parts[label] = {"examples": len(numbers), "value": score.value}
            yield {"by": f"{by} of a word", "score": self.scorer.main_score, "parts": parts}

    def beside(self, examples, answers, **_):
        """Scores the models of baselines.py: nats a word and accuracy, on at most 50,000 words."""
        if (train := examples.train) is None:
            return [], []
        models, sentences = NeighbourModels(self.text.encode(train), self.text.counts), self._sentences(examples.rows)
        step = max(1, -(-sum(map(len, sentences)) // _COMPARED))
        chosen = [ids[: self.text.most] for ids in sentences[::step]]
        figures = [[] for _ in models.names]
        for ids in chosen:
            for place in np.flatnonzero(ids > EOS):
                for column, shares in zip(figures, models.distributions(ids, place), strict=True):
                    own = shares[ids[place]]
                    column.append((-np.log(own), 1 + np.count_nonzero(shares > own), int(shares.argmax())))
        scored = []
        for name, column in zip(models.names, figures, strict=True):
            nats, ranks, best = zip(*column, strict=True) if column else ((), (), ())
            lines = [answer.text for answer in self._answers(chosen, nats, ranks, np.array(best, np.int32))]
            scores = {score.name: score for score in self.scorer.score(lines, examples.rows[::step], interval=False)}
            for what, key in (("", "nats_per_word"), (", accuracy", "accuracy")):
                signature = f"{scores[key].signature}|n:{len(chosen)}"
                scored.append((f"{name}{what}", replace(scores[key], signature=signature)))
        return [], scored

    # Explanations

    def _explain(self, texts):
        """Fills strings (n,) and returns the weights (n, gaps, steps) of their pieces for each word filled in."""
        ids, is_gap, facts = self.text.words.read_gaps(texts, self.text.most)
        words, logp = self.model.fill(ids, is_gap, 1)
        weights = self.model.weigh(ids, is_gap, words[:, 0])
        found = self._outputs(texts, is_gap, words, logp, facts)
        gaps = tf.math.count_nonzero(is_gap, axis=1)
        weights = tf.RaggedTensor.from_row_lengths(weights, gaps).to_tensor()
        pieces = self.text.words.words_of_gaps(texts, self.text.most)
        return {**found, **facts, "pieces": pieces, "gaps": found["words"][:, :, 0], "weights": weights}

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: filled (batch,), the strings with a word in each gap; and words and probabilities (batch, gaps,
        5), the five likeliest of each gap, padded with "" and 0. explain: the same of the likeliest alone, the pieces
        (batch, steps) that were read, the word in each of the gaps (batch, gaps), and weights (batch, gaps, steps).
        check: pieces, whether the end was cut off, and the share of unknown pieces.
        """

        def serving_default(texts):
            found = self._predict(texts, _SERVED)
            return {name: found[name] for name in ("filled", "words", "probabilities")}

        def check(texts):
            return self.text.words.read_gaps(texts, self.text.most)[2]

        functions = {"serving_default": serving_default, "explain": self._explain, "check": check}
        return {name: Signature(function) for name, function in functions.items()}
