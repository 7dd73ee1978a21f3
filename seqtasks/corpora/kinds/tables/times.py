"""The time of the rows of a table: whether it goes forward, where it has gaps, and the calendar that it tells."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

# Columns that are made of the time, where a table has none of these names.
CALENDAR = {
    "weekday": lambda time: ("mon", "tues", "wed", "thur", "fri", "sat", "sun")[time.weekday()],
    "hour": lambda time: f"{time.hour}h",
    "month": lambda time: f"{time:%b}".lower(),
}


def seconds(cell):
    """Returns a time as a number: seconds of a date or time in ISO form, else the number that stands there.

    Raises ValueError if it is neither.
    """
    try:
        return float(cell)
    except ValueError:
        return date_of(cell).timestamp()


def date_of(cell):
    """Returns the datetime that a cell in ISO form holds, in UTC unless it says otherwise; raises ValueError."""
    found = datetime.fromisoformat(cell)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def gaps(times):
    """Returns (step, [(row, step), ...]): the commonest step of times, and the rows behind a longer one."""
    steps = [after - before for before, after in itertools.pairwise(times)]
    if not steps:
        return 0.0, []
    usual = Counter(steps).most_common(1)[0][0]
    return usual, [(row, step) for row, step in enumerate(steps, start=1) if step > usual * 1.0001]


def span(step, *, dates):
    """Returns a step of time in words: "3 days", "1:00:00", or a number where times are no dates."""
    return str(timedelta(seconds=step)).removesuffix(", 0:00:00") if dates else f"{step:g}"
