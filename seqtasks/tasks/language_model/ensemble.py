"""Several language models as one."""

import tensorflow as tf

from seqtasks.layers.ensemble import Ensemble, mean_probability, side_by_side
from seqtasks.tasks.language_model.model import LanguageModel
from seqtasks.text import PAD


class LanguageModelEnsemble(Ensemble, LanguageModel):
    """Language models of the same pieces: the probability of the next piece is the mean of the members'.

    Its logits are log probabilities, and its state is a list of the members'.
    """

    def __init__(self, members):
        super().__init__(members)
        self.size = members[0].size

    def inputs(self, ids):
        return side_by_side([member.inputs(ids) for member in self.members])

    def read(self, inputs, mask, state=None, noise=None):
        apart = self.apart(inputs, [member.input_size for member in self.members])
        states = state or [None] * len(apart)
        found = [member.read(own, mask, before) for (member, own), before in zip(apart, states, strict=True)]
        hidden, states = zip(*found, strict=True)
        return side_by_side(hidden), list(states)

    def logits(self, hidden):
        return mean_probability([tf.nn.log_softmax(member.logits(own)) for member, own in self._hidden(hidden)])

    def cross_entropy(self, ids, wanted, state=None, noise=None):
        hidden, state = self.read(self.inputs(ids), ids != PAD, state)
        real = wanted != PAD
        wanted = tf.boolean_mask(wanted, real)
        losses = [
            member.output_projection.cross_entropy(own, wanted, offset=member.unpredictable)
            for member, own in self._hidden(tf.boolean_mask(hidden, real))
        ]
        return -mean_probability([-loss for loss in losses]), state

    def step(self, ids, state):
        found = [member.step(ids, before) for member, before in zip(self.members, state, strict=True)]
        logits, states = zip(*found, strict=True)
        return mean_probability([tf.nn.log_softmax(one) for one in logits]), list(states)

    def zero_state(self, rows):
        return [member.zero_state(rows) for member in self.members]

    @property
    def state_signature(self):
        return [member.state_signature for member in self.members]

    def _hidden(self, hidden):
        return self.apart(hidden, [member.encoder.features for member in self.members])
