"""What is evaluated on: a split of the run's corpus, or files of your own."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seqtasks import corpora
from seqtasks.corpora import Corpus
from seqtasks.corpora.sources.reading import read_lines
from seqtasks.errors import CorpusError, StorageError, UsageError
from seqtasks.runs.folder import RunFolder

_log = logging.getLogger("seqtasks")
# Where a run keeps what it can answer, by the kind of its corpus: the file and its key.
_ANSWERS = {"labelled": ("classes.json", "classes"), "tagged": ("tags.json", "tags")}


@dataclass
class EvaluationRows:
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
    """Returns the EvaluationRows to evaluate on: a split of the run's corpus, "test" unless told, or your own files.

    Your own files are sources and their references for a run of parallel text, else one file as `corpora.read_rows`
    reads it. Raises UsageError for files that do not go together, CorpusError for an unknown split, files that cannot
    be read or differ in length, answers that the run does not know, a corpus that has changed, and where there are no
    examples.
    """
    examples = EvaluationRows(run, *_evaluation_rows(run, split, input_file, reference_files))
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
