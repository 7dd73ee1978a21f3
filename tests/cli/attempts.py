"""Commands that are tried with damaged input: how they ended, what is wrong with that, how many there were."""

import contextlib
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path

from commands import call, tree

_LINES, _SECONDS = 6, 90
# A failure of what surrounds the command: something is where a folder or file must be written.
_FAILURES = ("Error: cannot write '", "Error: cannot write run '")


class TooSlow(BaseException):
    """A command did not end in time; no error that it could catch."""


class Attempts:
    """Commands tried in a folder that a refusal must leave as it was.

    Attributes:
        folder: what is compared, a path; the commands' files are in it.
        tried: how many commands there were, a Counter by verb.
    """

    def __init__(self, folder):
        self.folder, self.tried, self._faults = Path(folder), Counter(), defaultdict(list)
        self._answered = 0

    def attempt(self, verb, *arguments, what, stdin=b""):
        """Runs a command and notes what is wrong with how it ended; gives its Result, or None where it did not end."""
        before = tree(self.folder)
        self.tried[verb] += 1
        result = None
        try:
            with _limit():
                result = call(verb, *arguments, stdin=stdin)
        except TooSlow:
            self._note(verb, f"did not end in {_SECONDS} seconds", what)
        except BaseException as error:
            self._note(verb, f"ended with {type(error).__name__}", f"{what}: {str(error)[:200]}")
        if result is not None:
            for fault in _faults(verb, result):
                self._note(verb, fault, f"{what}: {result.err[-300:].strip()}")
            self._answered += result.code == 0
        if (result is None or result.code) and (after := tree(self.folder)) != before:
            changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            self._note(verb, "left something behind", f"{what}: {changed[:5]}")
        return result

    def _note(self, verb, fault, example):
        self._faults[verb, fault].append(example)

    def finish(self, show):
        """Prints how many there were and raises AssertionError where something was wrong; `show` lets print through."""
        count = self.tried.total()
        by_verb = ", ".join(f"{verb} {number}" for verb, number in sorted(self.tried.items()))
        with show.disabled():
            print(f"\n{count} inputs ({by_verb}), {self._answered} answered", file=sys.stderr)  # noqa: T201
        lines = [
            f"{len(examples)} x {verb}: {fault}\n      " + "\n      ".join(dict.fromkeys(examples[:3]))
            for (verb, fault), examples in sorted(self._faults.items(), key=lambda item: -len(item[1]))
        ]
        assert not lines, "\n".join(["", *lines])


def _faults(verb, result):
    """Yields what is wrong with the Result of a verb: each a short text, the same for faults of a kind."""
    lines = result.err.removesuffix("\n").split("\n") if result.err else []
    errors = [line for line in lines if line.startswith("Error")]
    if "Traceback" in result.err:
        yield "a traceback"
    if result.code == 1 and errors and errors[0].startswith(_FAILURES):
        return
    if result.code not in (0, 2):
        yield f"exit code {result.code}: {' '.join(errors)[:60]}"
    elif "--debug" in result.err:
        yield f"an error that is not told: {' '.join(errors)[:40]}"
    if result.code == 2:
        if result.out:
            yield f"refused, but printed {result.out[:20]!r}"
        if len(errors) != 1:
            yield f"{len(errors)} lines begin with Error"
        elif any(not line.startswith(" ") for line in lines[lines.index(errors[0]) + 1 :]):
            yield "a message of more than one line"
        # corpora lists every fault of a file.
        if len(lines) > _LINES and verb != "corpora":
            yield f"more than {_LINES} lines on stderr"


@contextlib.contextmanager
def _limit():
    def stop(*_):
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
