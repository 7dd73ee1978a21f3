"""Several captioners as one."""

from seqtasks.layers.ensemble import side_by_side
from seqtasks.layers.recurrent.writing_ensemble import WritingEnsemble
from seqtasks.tasks.caption.model import Captioner


class CaptionerEnsemble(WritingEnsemble, Captioner):
    """Captioners of images of one size that are read by networks of one kind; see WritingEnsemble."""

    @property
    def attends(self):
        return self.members[0].attends

    @property
    def encoder(self):
        """The network of the first member, whose grid of cells is that of all."""
        return self.members[0].encoder

    def cells(self, source, noise=None):
        return side_by_side([member.cells(source) for member in self.members])

    def start(self, cells):
        apart = self.apart(cells, [member.encoder.features for member in self.members])
        memory, state = zip(*(member.start(own) for member, own in apart), strict=True)
        return list(memory), list(state)
