"""Several classifiers as one."""

import tensorflow as tf

from seqtasks.layers.ensemble import Ensemble, mean, mean_probability, side_by_side
from seqtasks.tasks.sentiment.model import Classifier


class ClassifierEnsemble(Ensemble, Classifier):
    """Classifiers of the same classes: the probability of a class is the mean of the members'.

    The weights of the pooling are the mean of theirs; there are none unless every member has attention.
    """

    @property
    def attends(self):
        return all(member.attends for member in self.members)

    def inputs(self, ids):
        """Returns the inputs of all members, side by side."""
        return side_by_side([member.inputs(ids) for member in self.members])

    def classify(self, inputs, mask, noise=None):
        apart = self.apart(inputs, [member.width for member in self.members])
        logits, weights = zip(*(member.classify(own, mask) for member, own in apart), strict=True)
        logits = mean_probability([tf.nn.log_softmax(one) for one in logits])
        return logits, mean(weights) if self.attends else None
