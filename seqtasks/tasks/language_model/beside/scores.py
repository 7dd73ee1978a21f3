"""The scores that stand beside that of a network, by one object that counts n-grams once."""

import numpy as np

from seqtasks.batches.sequences import Sequences
from seqtasks.tasks.language_model.beside.dynamic import DECAY, RATES, SEGMENT, DynamicEvaluation
from seqtasks.tasks.language_model.beside.mixing import best_weight, mixed
from seqtasks.tasks.language_model.beside.ngrams import KneserNey
from seqtasks.tasks.language_model.measuring import nats_by_line
from seqtasks.text import EOS

# Order of the longest n-grams, and the maximum number of pieces, the last ones, that they are counted on.
_ORDER, _COUNTED = 6, 20_000_000
# Number of pieces of dev, its first lines, that the learning rate of dynamic evaluation is chosen on.
_TRIED = 10_000


class Beside:
    """Scores beside that of a network on the same rows; see Task.beside.

    Weights of mixtures and learning rates are chosen on dev. Signatures say so, and if that is what is scored itself.
    """

    def __init__(self, task, examples, answers):
        """Takes a LanguageModeling task, the EvaluationRows that it was scored on, and its Measured answers to them."""
        self.task, self.rows, self.text = task, examples.rows, task.text
        self.lines, self.static = self.text.encode(self.rows), np.concatenate([answer.nats for answer in answers])
        self.on_dev = examples.name == "dev"
        self.dev = None if examples.dev is None else self.text.encode(examples.dev)
        train = examples.train
        self.n_grams = None if train is None else _n_grams(self.text, self.text.stream(train))
        self.found = [] if train is None else self._of_n_grams(self.lines)
        # N-grams know the text that they were counted on by heart.
        self.mixes = train is not None and examples.name != "train"

    def baselines(self):
        """Scores n-gram models of orders 1 to 6, fitted on the train split across line ends; see ngrams.py."""
        scores = [self._scores(nats, interval=False)[0] for nats in self.found]
        return [(f"{order}-gram", score) for order, score in enumerate(scores, start=1)]

    def mixture(self):
        """Scores the mixture of the network and n-grams; see mixing.py."""
        if not self.mixes:
            return []
        of_dev = self.static if self.on_dev else self.task.nats(self.dev, quick=True)
        return self._mixture(self.static, of_dev, self.dev)

    def dynamic(self, *, progress=None):
        """Scores dynamic evaluation, see dynamic.py, and the mixture of it and n-grams."""
        learning, dev = DynamicEvaluation(self.task), _first(self.dev, _TRIED)
        if progress:
            progress(total=len(RATES) * len(dev) + len(self.rows))
        rate, of_dev = learning.best_rate(dev, progress=progress)
        nats = learning.nats(self.lines, rate=rate, progress=progress)
        segment = "line" if self.task.by_line else SEGMENT
        how = f"|dynamic:rate={rate:g},decay={DECAY:g},segment={segment}{self._fitted}"
        scores = self._scores(nats, suffix="_dynamic", how=how)
        if self.mixes:
            scores += self._mixture(nats, of_dev, dev, suffix="_dynamic", how=how)
        return scores

    @property
    def _fitted(self):
        return f",fitted:{'itself' if self.on_dev else 'dev'}"

    def _mixture(self, nats, of_dev, dev, *, suffix="", how=""):
        """Scores the mixture of nats (n,) and the order of n-grams that suits best on dev, whose nats are `of_dev`."""
        choices = []
        for order, others in enumerate(self._of_n_grams(dev), start=1):
            weight = round(best_weight(of_dev, others), 3)
            choices.append((mixed(of_dev, others, weight).sum(), order, weight))
        _, order, weight = min(choices)
        how = f"{how}|mixture:{order}-gram,w={weight:g}{self._fitted}"
        return self._scores(mixed(nats, self.found[order - 1], weight), suffix=f"{suffix}_with_n_grams", how=how)

    def _of_n_grams(self, lines):
        """Returns -log p of each piece by n-grams of each order, (orders, n); 0 where it is never predicted."""
        logp = self.n_grams.by_order(np.concatenate([[EOS], lines.values]))[:, 1:]
        return np.where(self.text.predictable[lines.values], -logp, 0.0)

    def _scores(self, nats, **options):
        predictions = nats_by_line(self.text, self.rows, self.lines, nats, settings=self.task.settings.text)
        return self.task.scorer.score(predictions, self.rows, **options)


def _n_grams(text, ids):
    known = ids[text.predictable[ids]][-_COUNTED:]
    return KneserNey(known, text.pieces.size, order=_ORDER, predictable=text.predictable)


def _first(lines, pieces):
    """Returns the first of some lines, as Sequences, at least one, with about this number of pieces."""
    ends = lines.ends[: 1 + np.searchsorted(lines.ends, pieces)]
    return Sequences(lines.values[: ends[-1]], ends)
