"""Training examples of captions: one caption of each image an epoch, another one each time."""

import math

import numpy as np
import tensorflow as tf

from seqtasks.batches.cores import in_shares
from seqtasks.batches.planning import POOLED, plan_epoch
from seqtasks.batches.sequences import Lengths
from seqtasks.errors import CorpusError
from seqtasks.images.image import BROKEN

# Above this, images are read anew for each batch.
_MOST_BYTES = 2**30
_AT_ONCE = 64


class ImageArrays:
    """Images as arrays, such as pixels: kept if they fit into a gigabyte, else read when they are asked for.

    Attributes:
        signature: the tf.TensorSpec of some of them.
    """

    def __init__(self, images, read):
        """Takes Images, and a compiled function from their bytes (n,) to arrays (n, ...)."""
        self.images, self._read, self._kept = images, read, None
        nothing = self._of([])
        self.signature = tf.TensorSpec([None, *nothing.shape[1:]], nothing.dtype)
        if len(images) * nothing.itemsize * math.prod(nothing.shape[1:]) <= _MOST_BYTES:
            self._kept = np.empty((len(images), *nothing.shape[1:]), nothing.dtype)
            parts = [range(i, min(i + _AT_ONCE, len(images))) for i in range(0, len(images), _AT_ONCE)]
            for part, found in in_shares(self._of, parts):
                self._kept[part] = found

    def __getitem__(self, chosen):
        """Returns the arrays of the chosen images, numbers (n,), as one (n, ...)."""
        return self._of(chosen) if self._kept is None else self._kept[chosen]

    def _of(self, chosen):
        contents = [self.images[i].read() for i in chosen]
        try:
            return self._read(tf.constant(contents, tf.string)).numpy()
        except tf.errors.InvalidArgumentError:
            if len(chosen) == 1:
                raise CorpusError(f"image '{self.images[chosen[0]].name}': {BROKEN}") from None
            for one in chosen:
                self._of([one])
            raise


class CaptionExamples:
    """Pairs of an image and one of its captions; see batches.examples.Examples.

    Attributes:
        lengths: (pairs, 1) int, number of pieces of each caption, the end mark included.
    """

    untrained_loss = None

    def __init__(self, images, captions, counts, *, batch_size, seed):
        """Takes ImageArrays, all captions as Sequences between BOS and EOS, and how many there are of each image."""
        self.images, self.captions, self._batch_size, self._seed = images, captions, batch_size, seed
        self._counts = np.array(counts)
        self._firsts = np.cumsum(self._counts) - self._counts
        self._image = np.repeat(np.arange(len(counts)), counts)
        self.lengths, self.order = Lengths(captions, less=1), POOLED
        self.signature = (images.signature, tf.TensorSpec([None, None], tf.int32))

    def __len__(self):
        return len(self.lengths)

    def plan(self, epoch):
        """Returns the batches of an epoch as arrays of numbers of pairs, which depend only on seed and epoch."""
        chosen = self._firsts + (epoch + np.arange(len(self._counts))) % self._counts
        plan = plan_epoch(self.lengths[chosen], self._batch_size, seed=self._seed, epoch=epoch, order=self.order)
        return [chosen[part] for part in plan]

    def batch(self, chosen):
        """Returns the chosen pairs: images as arrays (rows, ...) and padded ids int32 (rows, steps)."""
        return self.images[self._image[chosen]], self.captions.padded(chosen)

    def first_state(self):
        return []
