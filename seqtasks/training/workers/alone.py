"""A training by one process."""

from contextlib import nullcontext


class Alone:
    """The only worker; one of several is in together.py."""

    index, count = 0, 1

    def own(self, shares):
        """Returns the numbers of the shares that this worker computes, a range."""
        return range(shares)

    def added(self, tensors):
        """Returns the sums of float32 tensors over all workers; called in a graph."""
        return tensors

    def watched(self):
        """Raises WorkerError from within the block if another worker has ended, of which there is none."""
        return nullcontext()

    def gathered(self, value):
        """Returns a value of each worker, in order; values are what JSON can write."""
        return [value]

    def arrays_of_first(self, arrays):
        """Returns the arrays of the first worker, {name: array}; what the others give is not read."""
        return arrays


ALONE = Alone()
