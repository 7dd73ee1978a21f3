"""Two ways of doing the same work, timed in turns, so that what else a machine does hits both alike."""

import statistics
import time

WINDOW = 20


def in_turns(plan, *, tokens, ours, theirs):
    """Does the batches of a plan by both, window after window of 20; the first window warms up and does not count.

    Args:
        plan: list of batches.
        tokens: function from a batch to its number of real tokens.
        ours, theirs: functions that do a list of batches.

    Returns:
        The medians of tokens/s of both, and the quartiles of how many times as fast ours is.
    """
    rates = []
    for first in range(0, len(plan), WINDOW):
        part = plan[first : first + WINDOW]
        count = sum(map(tokens, part))
        rates.append([count / seconds(work, part) for work in (ours, theirs)])
    mine, other = zip(*rates[1:], strict=True)
    ratios = [our / their for our, their in zip(mine, other, strict=True)]
    return {
        "tokens_per_s": round(statistics.median(mine)),
        "torch_tokens_per_s": round(statistics.median(other)),
        "times": [round(ratio, 2) for ratio in statistics.quantiles(ratios, n=4)],
    }


def seconds(work, *arguments):
    """Returns how long work(*arguments) takes."""
    began = time.monotonic()
    work(*arguments)
    return time.monotonic() - began
