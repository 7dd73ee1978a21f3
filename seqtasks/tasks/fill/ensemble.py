"""Several gap fillers as one."""

import tensorflow as tf

from seqtasks.layers.ensemble import Ensemble, mean_probability, side_by_side
from seqtasks.tasks.fill.model import GapFiller


class GapFillerEnsemble(Ensemble, GapFiller):
    """Gap fillers of the same words: the probability of a word is the mean of the members'.

    Its logits are log probabilities. Members may read different sides of a gap.
    """

    def __init__(self, members):
        super().__init__(members)
        self.size = members[0].size

    def inputs(self, ids):
        return side_by_side([member.inputs(ids) for member in self.members])

    def around(self, inputs, mask, noise=None):
        apart = self.apart(inputs, [member.width for member in self.members])
        return side_by_side([member.around(own, mask) for member, own in apart])

    def logits(self, states):
        apart = self.apart(states, [member.features for member in self.members])
        return mean_probability([tf.nn.log_softmax(member.logits(own)) for member, own in apart])
