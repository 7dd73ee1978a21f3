"""Answers the lines of a file into another, in constant memory; what is answered when it stops is kept.

OUTPUT.part        the answers so far
OUTPUT.part.json   how far they are whole, and of which job they are
"""

import fcntl
import hashlib
import json
import os
import time
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from seqtasks import utf8
from seqtasks.answering.jobs import difference, job_of
from seqtasks.answering.lines import AT_ONCE, answer_lines
from seqtasks.answering.reading import lines_in, no_lines
from seqtasks.errors import SeqtasksError, StorageError, UsageError
from seqtasks.writing import storing, to_json, write_atomically

# Seconds after which it is noted how far the answers are whole.
_SECONDS = 1


class _Done(NamedTuple):
    """How far a file is answered: its lines, the bytes of their answers, and the sha256 of the lines."""

    lines: int = 0
    bytes: int = 0
    input: str = ""


class AnswerFile:
    """The answering of a file: made before the model is loaded, so that what is wrong is told at once."""

    def __init__(self, source, output, form, *, model, resume=False):
        """Opens the file `source` and what there is of the answers.

        Args:
            source: path of the file; a name that ends in `.gz` is gunzipped.
            output: path of the file to write.
            form: a Form.
            model: path of the run or exported model.
            resume: go on with the answers that are kept; without any, begin.

        Raises:
            UsageError: answers are kept, but not to be resumed or of another job; or they are there already.
            CorpusError: the source cannot be read, or its first lines are no text.
        """
        self.source, self.output, self.form = source, output, form
        place = Path(os.path.realpath(output) if os.path.islink(output) else output)
        self.part, self.journal = (place.with_name(f"{place.name}.part{end}") for end in ("", ".json"))
        self._job, self._digest, self._file = job_of(model, form), hashlib.sha256(), None
        self._done, self._read_lines, self._noted = _Done(), 0, time.monotonic()
        try:
            self._begin(place, resume)
            self._lines = utf8.decoded(self._read(), source)
            self._skip()
            self._ahead = list(islice(self._lines, AT_ONCE))
            if not self._ahead and not self.lines:
                raise no_lines(source)
        except BaseException:
            self._close()
            raise

    @property
    def lines(self):
        """Number of lines that are answered."""
        return self._done.lines

    def write(self, model, *, told=None, progress=None):
        """Answers the lines that are left with a loaded model, and renames the file into place.

        Args:
            model: a run or an exported model, as `load` returns.
            told: called with the number and the Answer of each line.
            progress: called with the number of lines done after each chunk.

        What is whole is kept if it ends early: KeyboardInterrupt and errors of seqtasks say how to go on.
        """
        lines = chain(self._ahead, self._lines)
        answered = answer_lines(
            model, lines, self.form, first=self.lines + 1, told=told, place=lambda number: f"{self.source}:{number}"
        )
        try:
            for written in answered:
                before = self.lines
                self._append(written)
                if progress:
                    progress(self.lines - before)
            self._finish()
        except KeyboardInterrupt:
            self._leave()
            raise KeyboardInterrupt(f"Interrupted; {self._kept()}") from None
        except BaseException as error:
            self._leave()
            if self.lines and isinstance(error, SeqtasksError):
                error.add_note(self._kept())
            raise
        finally:
            self._close()

    def _begin(self, place, resume):
        """Reads how far answers are kept, and locks them; refuses what is not to be gone on with."""
        if not self.part.exists():
            if resume and place.exists():
                raise UsageError(
                    f"nothing to resume: '{self.output}' is there and '{self.part}' is not; leave --resume out to "
                    "answer anew"
                )
            return
        try:
            kept = json.loads(self.journal.read_text(encoding="utf-8"))
            done = _Done(int(kept["lines"]), int(kept["bytes"]), str(kept["input"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(
                f"'{self.part}' is in the way: it holds no answers that can be resumed; move or remove it"
            ) from None
        if done.lines and not resume:
            raise UsageError(
                f"'{self.part}' holds the answers to {done.lines:,} lines; go on with --resume, or remove it to begin "
                "anew"
            )
        self._open()
        if done.lines:
            if other := difference(kept, self._job):
                raise self._not_resumed(f"it was made with {other}")
            if done.bytes > self.part.stat().st_size:
                raise self._not_resumed("it is shorter than when it was written")
            self._done = done

    def _open(self):
        """Opens and locks the file of the answers so far; the lock is freed however the process ends."""
        with storing(self.output):
            self.part.parent.mkdir(parents=True, exist_ok=True)
            if not self.part.exists():
                self._note()
            self._file = os.fdopen(os.open(self.part, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._close()
                raise UsageError(
                    f"'{self.part}' is being written by another process; wait for it, or choose another --output"
                ) from None

    def _read(self):
        for line in lines_in(self.source):
            self._digest.update(line)
            self._read_lines += 1
            yield line

    def _skip(self):
        """Reads the lines that are answered, and checks that they are the same."""
        for _ in islice(self._lines, self.lines):
            pass
        if self.lines and self._digest.hexdigest() != self._done.input:
            raise self._not_resumed(f"the first {self.lines:,} lines of '{self.source}' have changed")

    def _append(self, written):
        """Writes the answers to all lines that were read since the last ones."""
        if self._file is None:
            self._open()
        content = "".join(f"{line}\n" for line in written).encode()
        with storing(self.output):
            # What a killed process wrote behind what it noted is overwritten, and cut off at the end.
            self._file.seek(self._done.bytes)
            self._file.write(content)
        # In one assignment, so that Ctrl-C finds all of it or nothing.
        self._done = _Done(self._read_lines, self._done.bytes + len(content), self._digest.hexdigest())
        if time.monotonic() - self._noted > _SECONDS:
            self._note()

    def _note(self):
        """Notes how far the answers are whole, once they are on the disk."""
        with storing(self.output):
            if self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
            write_atomically(self.journal, f"{to_json({**self._job, **self._done._asdict()})}\n".encode())
        self._noted = time.monotonic()

    def _finish(self):
        with storing(self.output):
            self._file.truncate(self._done.bytes)
            self._file.flush()
            os.fsync(self._file.fileno())
            os.replace(self.part, self.part.with_name(self.part.name.removesuffix(".part")))
            self.journal.unlink(missing_ok=True)

    def _leave(self):
        """Notes what is whole, as far as the disk allows, or removes what holds nothing."""
        if self._file is None:
            return
        with suppress(OSError, StorageError):
            if self.lines:
                self._note()
            else:
                self.part.unlink(missing_ok=True)
                self.journal.unlink(missing_ok=True)

    def _kept(self):
        if not self.lines:
            return "nothing was answered yet"
        return f"the answers to {self.lines:,} lines are kept, and the same command with --resume goes on from there"

    def _not_resumed(self, why):
        return UsageError(f"'{self.part}' cannot be resumed: {why}; remove it to begin anew")

    def _close(self):
        if self._file:
            # What cannot be written has been told.
            with suppress(OSError):
                self._file.close()
            self._file = None
