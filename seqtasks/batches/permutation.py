"""Permutations of any size that take no memory, and are the same on every machine and version of numpy."""

import hashlib
from functools import partial

import numpy as np

_ROUNDS = 6


def permuted(places, count, *key):
    """Returns where a permutation of the numbers below `count` sends `places`.

    It is a Feistel network over the numbers of an even number of bits (Luby and Rackoff, 1988); what falls outside is
    sent on until it falls inside, which keeps it a permutation (Black and Rogaway, 2002, section 3). Its rounds are the
    mixing of MurmurHash3 under keys from BLAKE2b, so it shuffles well but keeps nothing secret.

    Args:
        places: ints (n,), each below `count`.
        count: how many numbers there are, at most 2^62.
        key: ints that choose the permutation, such as a seed and an epoch.

    Returns:
        int64 (n,).
    """
    digest = hashlib.blake2b(" ".join(map(str, key)).encode("ascii")).digest()
    keys = np.frombuffer(digest, "<u8")[:_ROUNDS].astype(np.uint64)
    # Few bits are not mixed well.
    half = max(4, ((count - 1).bit_length() + 1) // 2)
    if half > 4:
        sent = partial(_feistel, keys=keys, half=half)
    else:
        # A few numbers fall outside often, and so are sent on many times.
        sent = _feistel(np.arange(256, dtype=np.uint64), keys, half).__getitem__
    found = sent(np.asarray(places).astype(np.uint64))
    while (outside := np.flatnonzero(found >= count)).size:
        found[outside] = sent(found[outside])
    return found.astype(np.int64)


def _feistel(numbers, keys, half):
    half, mask = np.uint64(half), np.uint64((1 << half) - 1)
    left, right = numbers >> half, numbers & mask
    for key in keys:
        left, right = right, left ^ (_mixed(right ^ key) & mask)
    return (left << half) | right


def _mixed(numbers):
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53)):
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(33))
