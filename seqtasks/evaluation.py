"""Evaluates runs: a predictions file in input order, scores with signatures, comparison of runs."""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean

from seqtasks import corpora
from seqtasks.corpora import Corpus
from seqtasks.corpora.reading import read_lines
from seqtasks.errors import CorpusError, RunError, StorageError, UsageError
from seqtasks.pictures.confusion import save_confusion
from seqtasks.pictures.score_lines import save_score_lines
from seqtasks.runs import RunFolder
from seqtasks.scores import mean_and_deviation
from seqtasks.writing import write_aside

_log = logging.getLogger("seqtasks")

# Where a run keeps what it can answer, by the kind of its corpus: the file and its key.
_ANSWERS = {"labelled": ("classes.json", "classes"), "tagged": ("tags.json", "tags")}


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found; `predictions` is the file that was scored, one answer a line.

    `baselines` are scores of what needs no network: [(name, Score), ...]. `slices` are parts of the examples: [{"by":
    what they are sliced by, "score": name, "parts": {label: {"examples", "value"}}}, ...]. `classes` are scores by
    class, rows of scores.precision_table, where there are classes; what is confused with what is kept in the run as
    scores/<split>-confusion.png and .tsv.
    """

    task: str
    run: str
    split: str
    examples: int
    examples_per_s: float
    scores: list
    baselines: list
    slices: list
    classes: list
    predictions: Path

    def as_dict(self):
        """Returns the one object that --json prints, the same for every task."""
        return {
            "task": self.task,
            "run": self.run,
            "split": self.split,
            "examples": self.examples,
            "examples_per_s": round(self.examples_per_s, 1),
            "scores": [score.as_dict() for score in self.scores],
            "baselines": [{"of": name, **score.as_dict()} for name, score in self.baselines],
            "slices": self.slices,
            "classes": self.classes,
        }


@dataclass(frozen=True)
class GroupEvaluation:
    """What `evaluate` found for each run of a group."""

    group: str
    runs: list

    def summary(self):
        """Returns [{"name", "mean", "deviation" (n - 1, None for one run), "runs", "signature"}, ...], by score."""
        found = []
        for scores in zip(*(run.scores for run in self.runs), strict=True):
            mean, deviation = mean_and_deviation([score.value for score in scores])
            facts = {"name": scores[0].name, "mean": mean, "deviation": deviation, "runs": len(scores)}
            found.append({**facts, "signature": scores[0].signature})
        return found

    def as_dict(self):
        """Returns the one object that --json prints."""
        return {"group": self.group, "scores": self.summary(), "runs": [run.as_dict() for run in self.runs]}


@dataclass
class Examples:
    """What runs of one training are evaluated on: rows and their name, a split or a file's.

    `corpus` is that of the runs, where it has been read already.
    """

    run: RunFolder
    name: str
    rows: Sequence
    corpus: Corpus | None = None

    @cached_property
    def train(self):
        """The train split of the runs' corpus, read at most once; None, and said, where it is no longer there."""
        try:
            corpus = self.corpus or corpora.load_configured(self.run.settings.corpus, run=self.run.path)
        except (CorpusError, StorageError) as error:
            _log.warning("nothing stands beside the score, as the train split cannot be read: %s", error)
            return None
        if corpus.fingerprint != self.run.manifest["corpus"]["fingerprint"]:
            _log.warning("nothing stands beside the score, as corpus %s has changed", corpus.name)
            return None
        return corpus.split("train")


def evaluation_rows(run, *, split=None, input_file=None, reference_files=()):
    """Returns the Examples to evaluate on: a split of the run's corpus, "test" unless told, or your own files.

    Your own files are sources and their references for a run of parallel text, else one file as `corpora.read_rows`
    reads it. Raises UsageError for files that do not go together, CorpusError for an unknown split, files that cannot
    be read or differ in length, answers that the run does not know, a corpus that has changed, and where there are no
    examples.
    """
    examples = Examples(run, *_evaluation_rows(run, split, input_file, reference_files))
    if not examples.rows:
        raise CorpusError(f"'{examples.name}' has no examples to evaluate")
    return examples


def _evaluation_rows(run, split, input_file, reference_files):
    section = run.settings.corpus
    if split is not None and (input_file is not None or reference_files):
        raise UsageError("--split and files of your own were both given; give one of them")
    split = split or "test"
    if section.kind != "parallel" and reference_files:
        raise UsageError(
            f"--reference is for parallel text, but '{run.path}' is of {corpora.KINDS[section.kind].what}, which holds "
            "its answers; give --input alone"
        )
    if section.kind != "parallel" and input_file is not None:
        return _file_name(input_file), corpora.read_rows(input_file, section, known=_known_answers(run))
    if input_file is not None or reference_files:
        if input_file is None or not reference_files:
            raise UsageError("--input and --reference go together: one file of sources, one or more of references")
        inputs = read_lines(input_file)
        references = [read_lines(path) for path in reference_files]
        for path, lines in zip(reference_files, references, strict=True):
            if len(lines) != len(inputs):
                shorter = path if len(lines) < len(inputs) else input_file
                raise CorpusError(
                    f"{shorter}:{min(len(lines), len(inputs)) + 1}: no line here, but '{input_file}' has {len(inputs)} "
                    f"lines and '{path}' {len(lines)}; give each source its reference on the same line"
                )
        rows = [
            # A blank line says that this reference is missing, which is not the same as an empty reference.
            {"source": source, "targets": tuple(t for t in dict.fromkeys(targets) if t.strip()) or ("",)}
            for source, *targets in zip(inputs, *references, strict=True)
        ]
        return _file_name(input_file), rows
    own = "--input and --reference" if section.kind == "parallel" else "--input"
    corpus = corpora.load_configured(section, run=run.path, instead=f", or evaluate on your own files with {own}")
    rows = corpus.split(split)
    if corpus.fingerprint != run.manifest["corpus"]["fingerprint"]:
        raise CorpusError(
            f"corpus {corpus.name} is not what '{run.path}' was trained on: it has changed, so its test split may hold "
            f"sentences that the run has seen; evaluate on your own files with {own}"
        )
    return split, rows, corpus


def _known_answers(run):
    """Returns the labels or tags that the run can answer, none where it answers anything."""
    name, key = _ANSWERS.get(run.settings.corpus.kind, ("", ""))
    if not name or not Path(run.path, "text", name).exists():
        return ()
    return run.read_json(f"text/{name}").get(key, ())


def _file_name(path):
    """Returns the name of a file with a suffix, so that it is not the name of a split."""
    name = Path(path).name
    return name if "." in name else f"{name}.txt"


def evaluate(run, examples, *, task=None, progress=None):
    """Answers rows, writes the predictions, and scores what was written.

    Args:
        run: a RunFolder.
        examples: from `evaluation_rows`.
        task: the run's task, loaded, where there is one already.
        progress: called with the number of examples done after each batch, and first with their total.

    Returns:
        Evaluation. It is also kept in the run as scores/<name>.json beside predictions/<name>.txt.
    """
    task, name, rows = task or run.load_task(), examples.name, examples.rows
    task.answer_rows(rows[:1])
    if progress:
        progress(total=len(rows))
    began = time.monotonic()
    answers = [task.line_of(answer) for answer in task.answer_rows(rows, progress=progress)]
    speed = len(rows) / (time.monotonic() - began)
    path = run.file("predictions", f"{name}.txt")
    write_aside(path, "".join(one_line(answer) + "\n" for answer in answers).encode())
    how = f"{task.decoding}|n:{len(rows)}"
    scores = [replace(score, signature=f"{score.signature}|{how}") for score in task.score(answers, rows)]
    slices, (classes, confusion) = slice_scores(task, answers, rows), task.breakdown(answers, rows)
    if confusion:
        for suffix in ("png", "tsv"):
            save_confusion(run.file("scores", f"{name}-confusion.{suffix}"), *confusion)
    beside = task.has_baselines and examples.train is not None
    baselines = task.baselines(examples.train, rows) if beside else []
    found = Evaluation(task.name, str(run.path), name, len(rows), speed, scores, baselines, slices, classes, path)
    record = {**found.as_dict(), "text_fingerprint": task.text_fingerprint, "weights": task.weights_fingerprint}
    run.write_json(f"scores/{name}.json", {**record, "search": _search_of(run), "rows": _fingerprint_of(rows)})
    return found


def slice_scores(task, answers, rows):
    """Returns the main score of the parts that the task divides its examples into; see Evaluation."""
    found = []
    for by, parts in task.slices(rows).items():
        values = {}
        for label, numbers in parts.items():
            score = task.score([answers[i] for i in numbers], [rows[i] for i in numbers], interval=False)[0]
            values[label] = {"examples": len(numbers), "value": score.value}
        found.append({"by": by, "score": task.main_score, "parts": values})
    return found


def compare(systems, *, split=None, progress=None, picture=None):
    """Tests whether systems differ on the same examples; the first is the baseline.

    Predictions that a run's `evaluate` has written with its present weights are used, others made.

    Args:
        systems: {name: list of RunFolder}, one run or the runs of a group.
        split: of the corpus of the first; None is test.
        picture: where to draw the main score by slice, `.png` or `.svg`; None draws nothing.

    Returns:
        A list of rows, see `scores.significance.compare`, and where a group is among the systems
        `scores.significance.compare_groups`. Raises RunError for runs that do not compare.
    """
    refuse_unlike(systems)
    first = next(iter(systems.values()))[0]
    examples = evaluation_rows(first, split=split)
    rows, answers, task, split = examples.rows, {}, None, examples.name
    for system, runs in systems.items():
        answers[system] = []
        for run in runs:
            kept = _kept_answers(run, split, rows)
            if kept is None:
                task = run.load_task()
                evaluate(run, examples, task=task, progress=progress)
                kept = _kept_answers(run, split, rows)
            answers[system].append(kept)
    if task is None:
        from seqtasks.tasks import make_task

        task = make_task(first.settings)
        first.load_text(task)
    if picture:
        _draw(picture, task, answers, rows)
    if all(len(runs) == 1 for runs in systems.values()):
        return task.compare({system: found[0] for system, found in answers.items()}, rows)
    return task.compare_groups(answers, rows)


def _draw(picture, task, answers, rows):
    values = {}
    for system, of_runs in answers.items():
        found = [slice_scores(task, one, rows)[0] for one in of_runs]
        parts = zip(*(one["parts"].values() for one in found), strict=True)
        values[system] = [fmean(part["value"] for part in of_seeds) for of_seeds in parts]
    sizes = {label: part["examples"] for label, part in found[0]["parts"].items()}
    save_score_lines(picture, sizes, values, score_name=task.main_score, slice_name=found[0]["by"])


def refuse_unlike(systems):
    """Raises RunError or UsageError where systems cannot be compared: other tasks, other corpora, or the same twice."""
    runs = [run for members in systems.values() for run in members]
    first = runs[0]
    names = [str(run.path.resolve()) for run in runs]
    if len(systems) < 2 or len(set(names)) < len(names):
        raise UsageError("compare needs two or more different runs, the baseline first")
    for run in runs[1:]:
        if run.manifest["task"] != first.manifest["task"]:
            raise RunError(
                f"'{first.path}' is of task {first.manifest['task']} and '{run.path}' of {run.manifest['task']}; "
                "compare runs of one task"
            )
        if run.manifest["corpus"]["fingerprint"] != first.manifest["corpus"]["fingerprint"]:
            raise RunError(f"'{first.path}' and '{run.path}' were trained on different corpora; their tests differ")
        scales = [getattr(one.settings, "scale", None) for one in (first, run)]
        if scales[0] != scales[1]:
            raise RunError(f"'{first.path}' counts {scales[0]}, '{run.path}' {scales[1]}; their scores do not compare")


def one_line(text):
    """Returns an answer as one line: backslashes and line ends inside it are escaped."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _several_lines(line):
    return line.replace("\\\\", "\0").replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\")


def _kept_answers(run, split, rows):
    scores, path = run.file("scores", f"{split}.json"), run.file("predictions", f"{split}.txt")
    if not scores.exists() or not path.exists():
        return None
    record = run.read_json(f"scores/{split}.json")
    if record.get("weights") != run.weights_fingerprint() or record.get("rows") != _fingerprint_of(rows):
        return None
    if record.get("search", _search_of(run)) != _search_of(run):
        return None
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except UnicodeDecodeError:
        return None
    return [_several_lines(line) for line in lines] if len(lines) == len(rows) else None


def _search_of(run):
    """Returns the settings of how answers are searched, which may change without the weights; None without a search."""
    search = getattr(run.settings, "search", None)
    return search and search.model_dump()


def _fingerprint_of(rows):
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row!r}\n".encode())
    return digest.hexdigest()
