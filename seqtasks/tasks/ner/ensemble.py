"""Several taggers as one."""

from seqtasks.layers.ensemble import Ensemble, mean, side_by_side
from seqtasks.layers.tagging.crf import MeanCRF
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
