"""Every path of tags and its score, by brute force."""

import itertools

import numpy as np

TAGS, BATCH, STEPS = 3, 4, 4
LENGTHS = [4, 1, 3, 2]


def every_path(potentials, scores):
    """Returns all paths (paths, steps) through potentials (steps, tags), and the score of each (paths,)."""
    steps, tags = potentials.shape
    paths = np.array(list(itertools.product(range(tags), repeat=steps)))
    totals = [
        sum(potentials[t, tag] for t, tag in enumerate(path))
        + sum(scores[before, tag] for before, tag in itertools.pairwise([tags, *path, tags]))
        for path in paths
    ]
    return paths, np.array(totals)


def potentials_and_scores(seed, *, tags=TAGS):
    random = np.random.default_rng(seed)
    return random.normal(scale=2, size=(BATCH, STEPS, tags)), random.normal(scale=2, size=(tags + 1, tags + 1))
