"""Several taggers as one."""

from seqtasks.layers.ensemble import Ensemble, mean, side_by_side
from seqtasks.layers.tagging.crf import CRF
from seqtasks.tasks.ner.model import Tagger


class TaggerEnsemble(Ensemble, Tagger):
    """Taggers of the same tags and the same kind of output: one decoding of the mean of their scores.

    For a conditional random field these are the scores of tags and of transitions: its probability of a sequence of
    tags is the normalized geometric mean of the members'. For a softmax that holds at each word.
    """

    def __init__(self, members):
        super().__init__(members)
        self.legal = members[0].legal
        self.crf = MeanCRF([member.crf for member in members], name="crf") if members[0].crf else None

    def features(self, words, characters, noise=None):
        return side_by_side([member.features(words, characters) for member in self.members])

    def hidden(self, features, mask, noise=None):
        apart = self.apart(features, [member.feature_size for member in self.members])
        return side_by_side([member.hidden(own, mask) for member, own in apart])

    def potentials(self, hidden):
        apart = self.apart(hidden, [member.encoder.features for member in self.members])
        return mean([member.potentials(own) for member, own in apart])


class MeanCRF(CRF):
    """A CRF without weights of its own: its scores of transitions are the mean of those of other CRFs."""

    def __init__(self, others, **kwargs):
        """Takes CRFs of the same tags and legal transitions."""
        super().__init__(others[0].tags, legal=others[0].legal, **kwargs)
        self.others, self.built = others, True

    @property
    def scores(self):
        return mean([other.scores for other in self.others])
