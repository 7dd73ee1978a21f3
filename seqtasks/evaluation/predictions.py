"""Predictions files: one answer on each line, and whether kept ones belong to the run's current weights."""

import hashlib

from seqtasks.tasks import scorer_class


def one_line(text):
    """Returns an answer as one line: backslashes and line ends inside it are escaped."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _several_lines(line):
    return line.replace("\\\\", "\0").replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\")


def kept_answers(run, split, rows):
    scores, path = run.file("scores", f"{split}.json"), run.file("predictions", f"{split}.txt")
    if not scores.exists() or not path.exists():
        return None
    record = run.read_json(f"scores/{split}.json")
    if record.get("weights") != run.weights_fingerprint() or record.get("rows") != fingerprint_of(rows):
        return None
    if record.get("search", search_of(run)) != search_of(run):
        return None
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except UnicodeDecodeError:
        return None
    return [_several_lines(line) for line in lines] if len(lines) == len(rows) else None


def search_of(run):
    """Returns the settings of the search, which may change without the weights; None if there is no search."""
    return scorer_class(run.task).search(run.settings)


def fingerprint_of(rows):
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row!r}\n".encode())
    return digest.hexdigest()
