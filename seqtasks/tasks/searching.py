"""Tasks whose answers a beam search writes, piece by piece: what they share.

The search is in decoding/beam_search.py, what the models share in layers/recurrent/writing.py.
"""

from abc import abstractmethod
from collections import ChainMap

from seqtasks.tasks.task import Loss, Signature, Task


class Searching(Task):
    """A task whose model has `cross_entropy` and `search`.

    Attributes:
        written: the name of the answers among what is served.
    """

    written: str

    @property
    @abstractmethod
    def pieces(self):
        """The Pieces that answers consist of; None if they cannot begin with a prefix."""

    @abstractmethod
    def _search(self, inputs, beam, best, *, explained=False, recorded=False, prefix=None):
        """Answers strings (n,), in the graph; a blank one gets a blank answer of score 0.

        All others begin with `prefix`, a string (), if it is given.

        Returns:
            the answers: those `written` and their scores (n, best), and facts about each input; the Hypotheses of the
            search, which end at once for blank inputs; and what the model read.
        """

    @abstractmethod
    def _explanation(self, inputs, answered, found, read):
        """Returns what explains the best answer to inputs (n,), from what `_search` returned."""

    @abstractmethod
    def _check(self, inputs):
        """Returns the facts about inputs (n,)."""

    def loss(self, batch, *, state=(), noise=None):
        """Cross entropy in nats, summed over the real pieces (the end mark is one), and their number."""
        smoothing = self.settings.training.label_smoothing if noise else 0.0
        return Loss(*self.model.cross_entropy(*batch, smoothing=smoothing, noise=noise))

    def _explained(self, inputs, beam, best, prefix=None):
        answered, found, read = self._search(inputs, beam, best, explained=True, prefix=prefix)
        return answered, self._explanation(inputs, answered, found, read)

    def _best(self, answered):
        return {name: answered[name][:, 0] for name in (self.written, "scores")}

    def _explain(self, inputs, prefix=None):
        answered, explanation = self._explained(inputs, self.settings.search.beam, 1, prefix)
        return {**self._best(answered), **explanation}

    def _choices(self, inputs, prefix=None):
        """Answers inputs (n,); returns what might stand in the place of each piece, see `decoding.choices`."""
        _, found, read = self._search(inputs, self.settings.search.beam, 1, prefix=prefix)
        return self.model.choices(read, found, self.pieces.piece_of)

    def _tree(self, inputs, beam, best, prefix=None):
        """Answers inputs (n,); returns the scores (n, beam) of the hypotheses and what the search kept."""
        _, found, read = self._search(inputs, beam, best, recorded=True, prefix=prefix)
        return {"scores": found.scores, **self.model.tree(found, lambda ids: self._shown(ids, read))}

    def _shown(self, ids, read):
        """Returns ids (n, any) as strings, one for each; `read` is what `_search` returned."""
        return self.pieces.piece_of(ids)

    def _predict(self, inputs):
        return self._search(inputs, self.settings.search.beam, 1)[0]

    def function(self, name, *, beam=None, best=1, prefix=None):
        """Returns a compiled function; see Task. Keeps `beam` hypotheses, or `best` if that is more; returns `best`.

        Answers, and what is explained, begin with `prefix`. There are three more: `choices`, `tree`, and
        `explained`, which returns what `predict` and `explain` do, of one search.
        """
        if name == "check" or (name == "explain" and not prefix):
            return super().function(name)
        beam = max(beam or self.settings.search.beam, best)

        functions = {
            "predict": lambda inputs, prefix=None: self._search(inputs, beam, best, prefix=prefix)[0],
            "explain": self._explain,
            "explained": lambda inputs, prefix=None: dict(ChainMap(*self._explained(inputs, beam, best, prefix))),
            "choices": self._choices,
            "tree": lambda inputs, prefix=None: self._tree(inputs, beam, best, prefix),
        }
        return self.beginning_with(prefix, self.pieces, f"{name} {beam} {best}", functions[name])

    @property
    def answer_batch_size(self):
        return self.settings.search.batch_size

    def answer_rows(self, rows, *, quick=False, progress=None):
        inputs = [self.reader.input_of(row) for row in rows]
        return self.predictor.answers(inputs, progress=progress, **({"beam": 1} if quick else {}))

    def signatures(self):
        """See Task."""

        def serving_default(inputs):
            return self._best(self._search(inputs, self.settings.search.beam, 1)[0])

        functions = {"serving_default": serving_default, "explain": self._explain, "check": self._check}
        return {name: Signature(function) for name, function in functions.items()}
