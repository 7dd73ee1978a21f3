"""Answers the lines of many files into a folder, in parts that any number of workers may write, again and again.

OUTPUT/NAME           the answers to the file NAME, one line for each of its lines; gzipped if it is
OUTPUT/faults.jsonl   the lines that could not be answered, with the reason; not there if there are none
OUTPUT/job.json       what was done, so that another job does not mix with it
OUTPUT/.parts/NAME/   parts of the answers, until all files are done

A part is written aside and renamed, and a part that is there is not made again: whatever is repeated, by a worker that
failed or by the whole job, no line is answered twice or left out.
"""

import gzip
import itertools
import json
import os
import shutil
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from seqtasks.answering.jobs import difference, job_of
from seqtasks.answering.lines import AT_ONCE, Form, answer_each
from seqtasks.answering.matching import files_of, refuse_output
from seqtasks.answering.reading import lines_in
from seqtasks.corpora.sources.split_names import is_gzip
from seqtasks.errors import CorpusError, UsageError
from seqtasks.writing import opened, to_json, write_atomically

# Number of lines in a part, whole chunks of those answered at once: what a worker does in a minute, more or less.
_LINES = 16 * AT_ONCE
_JOB, _FAULTS, _PARTS = "job.json", "faults.jsonl", ".parts"
# In the folder of a file's parts: what is known once they are joined, and why they cannot be.
_JOINED, _BROKEN = "joined.json", "broken.json"


class Share(NamedTuple):
    """Lines of a file for one worker: those of a part, from the byte `start` on, or of a gzipped file all."""

    name: str
    path: str
    part: int
    start: int


class Summary(NamedTuple):
    """What a job did: numbers of files, of lines and of lines without an answer, and the files that are not answered.

    `broken` says why, file by file.
    """

    files: int
    lines: int
    faults: int
    broken: list


@dataclass(frozen=True)
class FolderJob:
    """Files to answer into a folder; it may be sent to other processes, which find model and files by their paths.

    Attributes:
        model: path of the run or exported model.
        output: the folder to write.
        form: the Form.
        job: see `jobs.job_of`.
        lines: number of lines in a part.
    """

    model: str
    output: str
    form: Form
    job: dict
    lines: int = _LINES

    @classmethod
    def of(cls, pattern, output, form, *, model, lines=_LINES):
        """Returns a job and its files, {name: path}; refuses what cannot be done. See matching.files_of."""
        files = {name: os.path.abspath(path) for name, path in files_of(pattern).items()}
        refuse_output(output, model=model, files=files, own=(_JOB, _FAULTS, _PARTS))
        return cls(os.path.abspath(model), os.path.abspath(output), form, job_of(model, form), lines), files

    # The driver

    @property
    def faults(self):
        """The file of the lines that could not be answered."""
        return Path(self.output, _FAULTS)

    def left(self, files):
        """Returns the files that are left to answer; raises UsageError if the folder holds another job, or no job."""
        folder, begun = Path(self.output), self._begun()
        if begun is None and folder.exists() and any(folder.iterdir()):
            raise UsageError(f"'{folder}' holds files that are not of such a job; choose an empty folder with --output")
        if begun is not None:
            self._refuse_other(begun, _identities(files))
        if begun and "done" in begun:
            return {}
        return {name: path for name, path in files.items() if not self._is_joined(name)}

    def begin(self, files):
        """Writes down the job, or goes on with the same one; returns and raises what `left` does."""
        left, begun, now = self.left(files), self._begun(), _identities(files)
        for name in left:
            if begun and begun["files"][name] != now[name]:
                shutil.rmtree(self._parts(name), ignore_errors=True)
            (self._parts(name) / _BROKEN).unlink(missing_ok=True)
        if left and (begun is None or begun["files"] != now):
            about = {"run": self.model, "lines_of_part": self.lines, "files": now}
            self._note(Path(self.output, _JOB), {**self.job, **about})
        return left

    def finish(self, files):
        """Writes the faults, and if all files are answered removes the parts; returns a Summary."""
        done = (self._begun() or {}).get("done")
        if done:
            return Summary(len(files), done["lines"], done["faults"], [])
        broken, lines = [], 0
        for name, path in files.items():
            if self._is_joined(name):
                lines += _read(self._parts(name) / _JOINED)["lines"]
            else:
                reason = self._parts(name) / _BROKEN
                broken.append(_read(reason)["reason"] if reason.exists() else f"{path} was not answered")
        count = self._write_faults(files)
        if not broken:
            self._note(Path(self.output, _JOB), {**self._begun(), "done": {"lines": lines, "faults": count}})
            shutil.rmtree(Path(self.output, _PARTS), ignore_errors=True)
        return Summary(len(files), lines, count, broken)

    # The workers

    def shares(self, name, path):
        """Yields the Shares of a file, one at least; a file that cannot be read is noted."""
        share, start = Share(name, path, 0, 0), 0
        yield share
        if is_gzip(name):
            return
        try:
            for number, line in enumerate(lines_in(path)):
                if number and number % self.lines == 0:
                    yield share._replace(part=number // self.lines, start=start)
                start += len(line)
        except CorpusError as error:
            self._note(self._parts(name) / _BROKEN, {"reason": str(error)})

    def answer(self, model, share):
        """Answers a Share with a loaded model; yields the number of each part, now on the disk, and of its lines.

        A file that cannot be read is noted. Raises what the model raises if it fails on each of several lines.
        """
        lines = lines_in(share.path, start=share.start)
        try:
            for number in itertools.count(share.part):
                part = list(islice(lines, self.lines))
                if not part and number:
                    return
                if not self._part(share.name, number).exists():
                    self._write_part(model, share, number, part)
                yield number, len(part)
                if not is_gzip(share.name):
                    return
        except CorpusError as error:
            self._note(self._parts(share.name) / _BROKEN, {"reason": str(error)})

    def join(self, name, parts):
        """Writes the answers to a file from all its parts, (number, lines) as `answer` yields them."""
        folder, parts = self._parts(name), dict(parts)
        if self._is_joined(name) or (folder / _BROKEN).exists():
            return
        if sorted(parts) != list(range(len(parts))):
            raise RuntimeError(f"the answers to '{name}' have gaps: parts {sorted(parts)}")
        with opened(Path(self.output, name)) as stream:
            for number in range(len(parts)):
                with self._part(name, number).open("rb") as part:
                    shutil.copyfileobj(part, stream)
            self._note(folder / _JOINED, {"lines": sum(parts.values())})
        for number in parts:
            self._part(name, number).unlink(missing_ok=True)

    def _write_part(self, model, share, number, lines):
        """Writes the faults of a part, then its answers: where these are, those are."""
        written, faults = [], []
        first, place = 1 + number * self.lines, "line {}".format
        for answers, of_them in answer_each(model, iter(lines), self.form, first=first, place=place):
            written += answers
            faults += [to_json({"file": share.name, "line": line, "reason": reason}) for line, reason in of_them]
        path = self._part(share.name, number)
        if faults:
            write_atomically(path.with_suffix(".faults"), _joined(faults))
        else:
            path.with_suffix(".faults").unlink(missing_ok=True)
        content = _joined(written)
        write_atomically(path, gzip.compress(content, mtime=0) if is_gzip(share.name) else content)

    def _write_faults(self, files):
        """Writes the faults of all files, in order, if there are any; returns their number."""
        found, count = [path for name in files for path in sorted(self._parts(name).glob("*.faults"))], 0
        if not found:
            return 0
        with opened(self.faults) as stream:
            for path in found:
                content = path.read_bytes()
                count += content.count(b"\n")
                stream.write(content)
        return count

    def _begun(self):
        """Returns the job that the folder was begun with, None if there is none."""
        path = Path(self.output, _JOB)
        try:
            begun = _read(path)
            return {**begun, "files": dict(begun["files"])}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(f"'{path}' is not of such a job; choose an empty folder with --output") from None

    def _refuse_other(self, begun, files):
        """Raises UsageError if the job begun is another, or a file has changed since it was answered."""
        other = difference(begun, self.job)
        if not other and begun.get("lines_of_part") != self.lines:
            other = "parts of another size"
        if not other and begun["files"].keys() != files.keys():
            names = sorted(begun["files"].keys() ^ files.keys())
            other = f"other files ('{names[0]}'{' and more' if len(names) > 1 else ''} in one of them only)"
        changed = [name for name in files if begun["files"].get(name) != files[name]]
        answered = [name for name in changed if "done" in begun or self._is_joined(name)]
        if not other and answered:
            other = f"another '{answered[0]}', which has changed since it was answered"
        gone = [name for name in files if "done" in begun and not Path(self.output, name).exists()]
        if not other and gone:
            other = f"answers that are no longer there ('{gone[0]}')"
        if other:
            raise UsageError(f"'{self.output}' holds a job with {other}; choose another folder with --output")

    def _is_joined(self, name):
        return (self._parts(name) / _JOINED).exists() and Path(self.output, name).exists()

    def _parts(self, name):
        return Path(self.output, _PARTS, name)

    def _part(self, name, number):
        return self._parts(name) / f"{number:08}"

    def _note(self, path, facts):
        write_atomically(path, f"{to_json(facts)}\n".encode())


def _identities(files):
    """Returns the size and the time of change of files, {name: path}, by name."""
    found = {name: os.stat(path) for name, path in files.items()}
    return {name: [one.st_size, one.st_mtime_ns] for name, one in found.items()}


def _joined(lines):
    return "".join(f"{line}\n" for line in lines).encode()


def _read(path):
    return json.loads(path.read_text(encoding="utf-8"))
