"""Plans of batches: buckets by length, an order determined by seed and epoch, and right padding."""

import numpy as np

from seqtasks.batches.cores import in_shares
from seqtasks.text import PAD

# Number of batches sorted together: the more, the less padding. Examples of equal lengths are reshuffled each epoch.
_POOL = 500


def plan_epoch(lengths, batch_size, *, seed, epoch):
    """Returns the batches of an epoch, arrays of row numbers.

    The rows are shuffled, sorted by length within pools of 500 batches, cut into batches, and the batches shuffled. The
    same arguments give the same plan, so a position in the data is an epoch and a count of batches.

    Args:
        lengths: (rows, sides) ints; sorted by the last side first.
        batch_size: rows in a batch; one batch of an epoch may be smaller.
    """
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
