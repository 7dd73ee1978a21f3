"""Several coders as one."""

from seqtasks.layers.recurrent.writing_ensemble import WritingEnsemble
from seqtasks.tasks.code.model import Coder


class CoderEnsemble(WritingEnsemble, Coder):
    """Coders of one text that write together, each with the same machine beside it; see WritingEnsemble."""

    @property
    def pushdown(self):
        return self.members[0].pushdown

    @property
    def classes(self):
        return self.members[0].classes

    @property
    def vocabulary(self):
        return self.members[0].vocabulary
