"""Intervals and tests of any score that is a function of sums over the examples; see Metric.

A bootstrap (Efron, 1979; Koehn, 2004) draws examples with replacement, approximate randomization (Noreen, 1989) swaps
the answers of two systems. Both keep the answers to one example together, and use the same random numbers each time.
Examples that follow each other in time are drawn and swapped by blocks (Künsch, 1989), as their errors are alike.
"""

import itertools

import numpy as np

from seqtasks.scores import Score, mean_and_deviation

RESAMPLES, SWAPS, SEED = 1000, 10_000, 12345
# Differences up to this count as rounding errors.
_TIE = 1e-9


def score(metric, predictions, *, interval=True, block=1):
    """Returns the Score of predictions, one for each example; its interval is the middle 95 % of 1,000 resamples.

    `block` is the number of examples in a row that are drawn together.

    Raises ValueError if there are no examples.
    """
    statistics = _checked(metric.statistics(predictions))
    value, low, high, signature = float(metric.value(statistics.sum(axis=0))), None, None, metric.signature
    if interval:
        low, high = _bounds(_resample({"": statistics[np.newaxis]}, metric.value, block)[""])
        signature = f"{signature}|bs:{RESAMPLES}{_blocks(block)}|seed:{SEED}"
    return Score(metric.name, value, low, high, signature)


def compare(systems, metrics, *, block=1):
    """Paired tests on the same examples: bootstrap and approximate randomization, both two-sided.

    Args:
        systems: {name: predictions}; the first is the baseline.
        metrics: list of Metric.
        block: number of examples in a row that are drawn, or swapped, together.

    Returns:
        A list, metric by metric, of {"system", "score", "value", "low", "high", "bootstrap_p", "randomization_p",
        "signature"}; the p-values are None for the baseline. Raises ValueError if there are no examples.
    """
    rows = []
    for metric in metrics:
        statistics = {name: _checked(metric.statistics(one)) for name, one in systems.items()}
        resamples = _resample({name: one[np.newaxis] for name, one in statistics.items()}, metric.value, block)
        baseline = next(iter(systems))
        for name, one in statistics.items():
            low, high = _bounds(resamples[name])
            bootstrap = randomization = None
            if name != baseline:
                pair = [_summed(found, block) for found in (statistics[baseline], one)]
                bootstrap = _bootstrap_p(resamples[baseline], resamples[name], _differing(*pair))
                randomization = randomization_p(*pair, metric.value)
            rows.append(
                {
                    "system": name,
                    "score": metric.name,
                    "value": float(metric.value(one.sum(axis=0))),
                    "low": low,
                    "high": high,
                    "bootstrap_p": bootstrap,
                    "randomization_p": randomization,
                    "signature": f"{metric.signature}|bs:{RESAMPLES}{_blocks(block)}|ar:{SWAPS}|seed:{SEED}",
                }
            )
    return rows


def compare_groups(systems, metrics, *, block=1):
    """Compares means over seeds: a bootstrap over examples and over seeds at once.

    Each of 1,000 resamples draws examples, and for each system seeds, with replacement, so both the test set and the
    seeds count as chance; with few seeds little is significant.

    Args:
        systems: {name: list, by seed, of predictions}; the first is the baseline.
        metrics: list of Metric.
        block: number of examples in a row that are drawn together.

    Returns:
        A list, metric by metric, of {"system", "score", "runs", "value" (mean), "deviation" (n - 1, None for one run),
        "low", "high" (95 % of the resamples), "bootstrap_p" (two-sided, None for the baseline), "signature"}. Raises
        ValueError if there are no examples.
    """
    rows = []
    for metric in metrics:
        statistics = {
            name: np.stack([_checked(metric.statistics(one)) for one in of_runs]) for name, of_runs in systems.items()
        }
        resamples = _resample(statistics, metric.value, block)
        baseline = next(iter(systems))
        for name, of_runs in statistics.items():
            mean, deviation = mean_and_deviation([float(metric.value(one.sum(axis=0))) for one in of_runs])
            low, high = _bounds(resamples[name])
            chance = None
            if name != baseline:
                means = (_summed(one.mean(axis=0), block) for one in (statistics[baseline], of_runs))
                differing = _differing(*means)
                chance = _bootstrap_p(resamples[baseline], resamples[name], differing)
            rows.append(
                {
                    "system": name,
                    "score": metric.name,
                    "runs": len(of_runs),
                    "value": mean,
                    "deviation": deviation,
                    "low": low,
                    "high": high,
                    "bootstrap_p": chance,
                    "signature": f"{metric.signature}{_blocks(block)}",
                }
            )
    return rows


def randomization_p(one, other, value):
    """Returns the probability of so large a difference if the two answers to each example were swapped by chance.

    Args:
        one, other: statistics (examples, k) of two systems.
        value: see Metric.

    Returns:
        The share of all ways to swap differing answers that give a difference at least as large, estimated from 10,000
        random ways if there are more. As swapping none or all are such ways, d differing examples give at least
        2 / 2 ** d.
    """
    random = np.random.default_rng(SEED)
    change = (other - one)[(one != other).any(axis=1)]
    total, total_of_other = one.sum(axis=0), other.sum(axis=0)
    seen = abs(value(total_of_other) - value(total)) - _TIE

    def reaches(swapped):
        moved = np.asarray(swapped, float) @ change
        return abs(value(total_of_other - moved) - value(total + moved)) >= seen

    if 2 ** len(change) <= SWAPS:
        return float(np.mean([reaches(swapped) for swapped in itertools.product((0, 1), repeat=len(change))]))
    reached = sum(reaches(random.integers(2, size=len(change))) for _ in range(SWAPS))
    return float((1 + reached) / (1 + SWAPS))


def _resample(systems, value, block):
    """Returns the mean score of each resample, {name: (resamples,)}, of statistics {name: (runs, examples, k)}.

    A resample consists of blocks of `block` examples in a row.
    """
    random = np.random.default_rng(SEED)
    examples = next(iter(systems.values())).shape[1]
    resamples = {name: np.empty(RESAMPLES) for name in systems}
    block = min(block, examples)
    for number in range(RESAMPLES):
        starts = random.integers(examples - block + 1, size=-(-examples // block))
        drawn = (starts[:, np.newaxis] + np.arange(block)).ravel()[:examples]
        times = np.bincount(drawn, minlength=examples).astype(float)
        for name, of_runs in systems.items():
            runs = random.integers(len(of_runs), size=len(of_runs))
            totals = np.stack([times @ one for one in of_runs])
            resamples[name][number] = np.mean([value(total) for total in totals[runs]])
    return resamples


def _bootstrap_p(baseline, resamples, differing):
    """Returns the two-sided p-value of paired resamples, at least the smallest that `differing` examples can give."""
    differences = resamples - baseline
    below, above = (differences <= _TIE).sum(), (differences >= -_TIE).sum()
    chance = 2 * (1 + min(below, above)) / (1 + RESAMPLES)
    # With few differing examples the p-value is at least that of a coin toss for each of them.
    return float(min(1.0, max(chance, 2.0 ** (1 - differing))))


def _blocks(block):
    return f"|block:{block}" if block > 1 else ""


def _summed(statistics, block):
    """Returns the sums of statistics (examples, k) over blocks of examples in a row, (blocks, k)."""
    return np.add.reduceat(statistics, np.arange(0, len(statistics), block)) if block > 1 else statistics


def _differing(one, other):
    return int((one != other).any(axis=1).sum())


def _bounds(resamples):
    low, high = np.percentile(resamples, [2.5, 97.5])
    return float(low), float(high)


def _checked(statistics):
    statistics = np.asarray(statistics, float)
    if not len(statistics):
        raise ValueError("there are no examples to score")
    return statistics
