"""The errors that a user can cause or mend, by kind.

Every message is one line: what was wrong, where, what was received, what is allowed and what to do next.
The command line prints it and exits with the class's `exit_code`: 2 for usage and bad input, 1 for failure.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

_FAULTS_SHOWN = 5


class SeqtasksError(Exception):
    """Base of every error that a user can cause or mend."""

    exit_code = 1


class UsageError(SeqtasksError):
    """A verb, an option or an argument that cannot be used as it was given."""

    exit_code = 2


class SettingsError(UsageError):
    """A recipe or an override that does not fit the schema of its task."""


class CorpusError(UsageError):
    """A corpus that is unknown, unreadable or malformed; names `file:line` if there is one."""


class FaultsError(CorpusError):
    """Examples of a corpus that cannot be used: the message is the first fault, the notes are some others.

    `faults` are all faults, `may_skip` is whether corpus.faults=skip leaves these examples out, `advice` is appended to
    the first fault, and `command` lists all of them.
    """

    def __init__(
        self, faults: Sequence[str], *, may_skip: bool = False, advice: str = "", command: str | None = None
    ) -> None:
        super().__init__(faults[0] + advice)
        self.faults, self.may_skip, self.advice = faults, may_skip, advice
        for fault in faults[1:_FAULTS_SHOWN]:
            self.add_note(fault)
        if len(faults) > _FAULTS_SHOWN:
            how = f"; '{command}' lists them all" if command else ""
            self.add_note(f"and {len(faults) - _FAULTS_SHOWN:,} more{how}")

    def in_full(self) -> CorpusError:
        """Returns the same error with all faults as its notes."""
        error = CorpusError(str(self))
        for fault in self.faults[1:]:
            error.add_note(fault)
        return error


class RunError(UsageError):
    """A run folder or exported model that is missing, incomplete or of another kind than asked for."""


class TrainingError(SeqtasksError):
    """Training that cannot go on, such as a loss that is no longer a number."""


class WorkerError(SeqtasksError):
    """A worker that does not come, or has ended or no longer answers."""


class GradientError(SeqtasksError):
    """A gradient that differs from finite differences."""


class ExportError(SeqtasksError):
    """An exported model that does not answer as the run does; nothing was written."""


class StorageError(SeqtasksError):
    """A file that cannot be written or fetched: an unwritable folder, a full disk, no network."""


def did_you_mean(received: object, allowed: Iterable) -> str:
    """Returns ` Did you mean 'x'?` for the nearest of the `allowed` names, or an empty string."""
    nearest = difflib.get_close_matches(str(received), [str(name) for name in allowed], n=1)
    return f" Did you mean '{nearest[0]}'?" if nearest else ""


def listing(allowed: Iterable) -> str:
    """Returns the `allowed` names as a readable list for a message."""
    return ", ".join(str(name) for name in allowed)
