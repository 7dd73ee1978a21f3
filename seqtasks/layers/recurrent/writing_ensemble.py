"""Models that write a sequence together."""

from seqtasks.layers.ensemble import Ensemble, mean
from seqtasks.layers.recurrent.writing import WritingModel


class WritingEnsemble(Ensemble, WritingModel):
    """WritingModels of one vocabulary that write together: one search, whose every step is a step of each member.

    The logits are the mean of the members'. The search normalizes them, so the probability of a piece is
    prod_i p_i(y)^(1/n) / Z, the exponential of the mean log probability but for Z, which makes the sum over all pieces
    1. The attention is the mean of the members'. Memory and state are lists with an entry for each member.
    """

    def encode(self, source, noise=None):
        memory, state = zip(*(member.encode(source) for member in self.members), strict=True)
        return list(memory), list(state)

    def search_memory(self, memory):
        return [member.search_memory(own) for member, own in zip(self.members, memory, strict=True)]

    def search_state(self, state, limits):
        return [member.search_state(own, limits) for member, own in zip(self.members, state, strict=True)]

    def step(self, ids, state, memory):
        found = [member.step(ids, *own) for member, *own in zip(self.members, state, memory, strict=True)]
        logits, state, attention = zip(*found, strict=True)
        return mean(logits), list(state), mean(attention)

    def teacher_forced(self, memory, state, written):
        given = zip(self.members, memory, state, strict=True)
        return mean([member.teacher_forced(*own, written) for member, *own in given])
