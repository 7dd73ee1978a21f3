"""Several labelers of series as one."""

import tensorflow as tf

from seqtasks.layers.ensemble import Ensemble, mean, mean_probability
from seqtasks.layers.tagging.crf import MeanCRF
from seqtasks.tasks.series.model import SeriesLabeler


class SeriesLabelerEnsemble(Ensemble, SeriesLabeler):
    """Labelers of the same labels: the probability of a label is the mean of the members'.

    Its logits are log probabilities. For a conditional random field it is the mean of their scores, as in MeanCRF. The
    weights of the pooling are the mean of theirs; there are none unless every member has attention.
    """

    def __init__(self, members):
        super().__init__(members)
        self.pooling, self.attends = members[0].pooling, all(member.attends for member in members)
        self.crf = MeanCRF([member.crf for member in members], name="crf") if members[0].crf else None

    def call(self, inputs, mask):
        logits, weights = zip(*(member(inputs, mask) for member in self.members), strict=True)
        logits = mean(logits) if self.crf else mean_probability([tf.nn.log_softmax(one) for one in logits])
        return logits, mean(weights) if self.attends else None
