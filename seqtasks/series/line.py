"""A series as a line of text: steps stand apart by blanks, the channels of a step by commas; no TensorFlow.

"1.86,-0.21 1.89,nan" has two steps of two channels. A value that is missing is nan in any case, or nothing between its
commas. Seven digits are written, as many as float32 has.
"""

import math
import re
from itertools import chain

from seqtasks.errors import UsageError

# A finite number and a missing one, as expressions for Python and for TensorFlow.
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
MISSING = r"([nN][aA][nN])?"
# What stands between two steps; a zero byte too, at which operations on strings stop.
BLANKS = r"[ \t\n\v\f\r\x00]"
_NUMBER, _MISSING = (re.compile(part, re.ASCII) for part in (NUMBER, MISSING))


def line_of(values):
    """Returns the line of values (steps, channels), NaN where they are missing."""
    import numpy as np  # which reading a corpus of text does not need

    values = np.asarray(values, np.float64)
    step = ",".join(["%.7g"] * values.shape[1])
    return " ".join(step % tuple(row) for row in values.tolist())


def as_lines(inputs):
    """Returns inputs as a list in which each array (steps, channels) of numbers is a line.

    Raises UsageError for an array of another shape or type.
    """
    import numpy as np

    lines = []
    for number, one in enumerate(inputs, start=1):
        if isinstance(one, np.ndarray):
            if one.ndim != 2 or one.dtype.kind not in "fiu":
                raise UsageError(f"series {number} has the shape {one.shape}; give numbers (steps, channels)")
            one = line_of(one)
        lines.append(one)
    return lines


def steps_of(line):
    """Returns the steps of a line, a list of str."""
    return [step for step in re.split(BLANKS, line) if step]


def vectors_of(steps, channels):
    """Returns the values of steps, a sequence of str, (steps, channels) float64, NaN where a value is missing.

    So is one that is no finite number, and each of a step with another number of channels; see `Numbers.parse`.
    """
    import numpy as np

    found = np.full((len(steps), channels), np.nan)
    for number, step in enumerate(steps):
        fields = step.split(",")
        if len(fields) == channels:
            found[number] = [math.nan if (value := number_in(field)) is None else value for field in fields]
    return found


def near(line, other, tolerance):
    """Returns whether two lines are equal, or their values but for a tolerance, absolute or as a share of them."""
    steps, others = ([step.split(",") for step in steps_of(one)] for one in (line, other))
    if [len(step) for step in steps] != [len(step) for step in others]:
        return False
    pairs = zip(chain(*steps), chain(*others), strict=True)
    return all(one == two or _are_near(number_in(one), number_in(two), tolerance) for one, two in pairs)


def _are_near(one, two, tolerance):
    return None not in (one, two) and math.isclose(one, two, rel_tol=tolerance, abs_tol=tolerance)


def number_in(field):
    """Returns the number that a field of a step is, NaN where it is missing, None where it is no finite number."""
    if _MISSING.fullmatch(field):
        return math.nan
    value = float(field) if _NUMBER.fullmatch(field) else math.inf
    return value if math.isfinite(value) else None
