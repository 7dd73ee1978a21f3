"""Plans of batches: buckets by length, an order determined by seed and epoch, and right padding."""

from collections.abc import Sequence

import numpy as np

from seqtasks.batches.cores import in_shares
from seqtasks.batches.permutation import permuted
from seqtasks.text import PAD

# The ways to plan an epoch, as a run notes them: one list, shuffled by numpy's generators, or pool by pool.
WHOLE, POOLED = 1, 2

# Number of batches sorted together: the more, the less padding. Examples of equal lengths are reshuffled each epoch.
_POOL = 500


class Plan(Sequence):
    """The batches of an epoch, arrays of row numbers, made a pool of 500 batches at a time, when they are asked for.

    The rows are permuted; those of a pool are sorted by length and cut into batches, and these are permuted. The same
    arguments give the same plan anywhere, so a position in the data is an epoch and a count of batches.
    """

    def __init__(self, lengths, batch_size, *, seed, epoch):
        """Takes lengths by row numbers, (rows, sides) ints of which the last side is sorted by first.

        `batch_size` is the number of rows in a batch; one batch of an epoch may be smaller.
        """
        self._lengths, self._batch_size, self._key = lengths, batch_size, (seed, epoch)
        self._number, self._pool = None, None

    def __len__(self):
        return -(-len(self._lengths) // self._batch_size)

    def __getitem__(self, batch):
        if not 0 <= batch < len(self):
            raise IndexError(batch)
        number, place = divmod(batch, _POOL)
        if number != self._number:
            self._number, self._pool = number, self._batches(number)
        return self._pool[place]

    def _batches(self, number):
        rows, size = len(self._lengths), self._batch_size
        places = np.arange(number * _POOL * size, min(rows, (number + 1) * _POOL * size))
        pool = permuted(places, rows, *self._key)
        pool = pool[np.lexsort(self._lengths[pool].T)]
        batches = [pool[i : i + size] for i in range(0, len(pool), size)]
        return [batches[i] for i in permuted(range(len(batches)), len(batches), *self._key, number)]


def plan_epoch(lengths, batch_size, *, seed, epoch, order=POOLED):
    """Returns the batches of an epoch in one of the orders; the arguments are those of Plan."""
    if order == POOLED:
        return Plan(lengths, batch_size, seed=seed, epoch=epoch)
    lengths = lengths[np.arange(len(lengths))]
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), batch_size * _POOL):
        pool = order[start : start + batch_size * _POOL]
        pool = pool[np.lexsort(lengths[pool].T)]
        batches += [pool[i : i + batch_size] for i in range(0, len(pool), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]


def plan_answers(lengths, batch_size):
    """Returns batches of row numbers for answering: every row once, longest first, similar lengths together."""
    order = np.argsort(-np.asarray(lengths), kind="stable")
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def answer_in_batches(strings, lengths, batch_size, answer, *, progress=None):
    """Returns the answers to strings, in order, computed in batches of similar lengths, one on each core at a time.

    Args:
        strings: list of str.
        lengths: (n,) ints, to sort them by.
        batch_size: maximum number of strings in a batch.
        answer: function from a batch, a list of str, to the list of its answers.
        progress: called with the number of strings done after each batch.
    """
    answers = [None] * len(strings)
    plan = plan_answers(lengths, batch_size)
    for chosen, found in in_shares(lambda chosen: answer([strings[i] for i in chosen]), plan):
        for i, one in zip(chosen, found, strict=True):
            answers[i] = one
        if progress:
            progress(len(chosen))
    return answers


def pad(sequences):
    """Returns id sequences as one int32 array (batch, steps), padded on the right, with at least one step."""
    steps = max([1, *map(len, sequences)])
    padded = np.full((len(sequences), steps), PAD, np.int32)
    for row, sequence in enumerate(sequences):
        padded[row, : len(sequence)] = sequence
    return padded
