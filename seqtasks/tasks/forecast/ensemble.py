"""Several forecasters as one."""

from seqtasks.layers.ensemble import Ensemble, mean
from seqtasks.tasks.forecast.model import Forecaster


class ForecasterEnsemble(Ensemble, Forecaster):
    """Forecasters of the same columns: a forecast is the mean of the members', and each reads it as the next step.

    Its state is a list of the members'.
    """

    def __init__(self, members):
        super().__init__(members)
        for name in ("channels", "count", "shares", "outputs_of_step", "future_features"):
            setattr(self, name, getattr(members[0], name))

    def call(self, features, future, lengths, state=None, noise=None):
        states = state or [None] * len(self.members)
        pairs = zip(self.members, states, strict=True)
        found, states = zip(*(one(features, future, lengths, before) for one, before in pairs), strict=True)
        return mean(found), list(states)

    def step(self, features, future, state):
        pairs = zip(self.members, state, strict=True)
        found, states = zip(*(one.step(features, future, before) for one, before in pairs), strict=True)
        return mean(found), list(states)

    def zero_state(self, rows):
        return [member.zero_state(rows) for member in self.members]
