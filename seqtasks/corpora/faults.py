"""What is wrong with examples: refused, with all of it told, or the examples are left out, and that is said."""

import logging
import re
from contextlib import contextmanager

from seqtasks.errors import FaultsError

_log = logging.getLogger("seqtasks")

# What is done with faulty examples, the default first.
WAYS = ("refuse", "skip")
_PLACES = 3
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Faults:
    """The faults that are found while a corpus is read. A reader adds those of an example and does not return it."""

    def __init__(self, *, skip=False):
        self.skip, self.messages, self.places, self._rejected = skip, [], [], []

    def add(self, place, *messages):
        """Adds what is wrong with one example, as messages; `place` is what is said of it where it is skipped."""
        self.places.append(place)
        self.messages += messages

    def reject(self, message):
        """Adds what is wrong with an example that is not to be skipped."""
        self._rejected.append(message)

    def refuse(self):
        """Raises FaultsError for what was added, unless faulty examples are skipped, and for what was rejected."""
        found = self._rejected if self.skip else self.messages + self._rejected
        if found:
            raise FaultsError(found, may_skip=not self._rejected)

    def settle(self):
        """Raises FaultsError for what was added, or logs how many examples were skipped."""
        self.refuse()
        if self.places:
            more = ", ..." if len(self.places) > _PLACES else ""
            _log.warning(
                "%s faulty %s left out, as corpus.faults is skip: %s%s",
                f"{len(self.places):,}",
                "example is" if len(self.places) == 1 else "examples are",
                ", ".join(self.places[:_PLACES]),
                more,
            )


@contextmanager
def collecting(faults=None):
    """Yields the Faults to add to: those given, which their owner settles, or new ones, settled at the end."""
    if faults is not None:
        yield faults
        return
    faults = Faults()
    yield faults
    faults.settle()


def text_faults(texts, place, what):
    """Returns what is wrong with the texts of one example, as messages that start with `place` and `what` they are."""
    found = []
    for text in texts:
        if not text.strip():
            found.append(f"{place}: {what} is empty; fill it in or remove the example")
        elif LONE_SURROGATE.search(text):
            found.append(f"{place}: half of a surrogate pair, which is no character; mend the escape")
    return found
