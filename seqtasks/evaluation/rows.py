"""What is evaluated on: a split of the run's corpus, or files of your own."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seqtasks import corpora
from seqtasks.corpora import Corpus
from seqtasks.errors import CorpusError, StorageError, UsageError
from seqtasks.runs.folder import RunFolder

_log = logging.getLogger("seqtasks")


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
        """The train split of the runs' corpus; None, with a warning, where it is no longer there."""
        if self._read and self._read.packed:
            _log.warning("no baselines: corpus %s is packed, so there is no text of train", self._read.name)
            return None
        return self._read and self._read.split("train")

    @property
    def dev(self):
        """The dev split of the runs' corpus; None, with a warning, where it is no longer there."""
        return self._read and self._read.split("dev")

    @cached_property
    def _read(self):
        """The runs' corpus, read at most once; None where it is gone or has changed."""
        try:
            corpus = self.corpus or corpora.load_configured(self.run.settings.corpus, run=self.run.path)
        except (CorpusError, StorageError) as error:
            _log.warning("no baselines: the train split cannot be read: %s", error)
            return None
        if corpus.fingerprint != self.run.manifest["corpus"]["fingerprint"]:
            _log.warning("no baselines: corpus %s has changed", corpus.name)
            return None
        return corpus


def evaluation_rows(run, *, split=None, input_file=None, reference_files=()):
    """Returns the EvaluationRows to evaluate on: a split of the run's corpus, "test" by default, or your own files.

    Your own files are inputs and their references where the kind of the run's corpus has references, else one file as
    `corpora.read_rows` reads it. Raises UsageError for files that do not go together, CorpusError for an unknown split,
    files that cannot be read or differ in length, answers that the run does not know, a corpus that has changed, and
    where there are no examples.
    """
    examples = EvaluationRows(run, *_evaluation_rows(run, split, input_file, reference_files))
    if not examples.rows:
        raise CorpusError(f"'{examples.name}' has no examples to evaluate")
    return examples


def _evaluation_rows(run, split, input_file, reference_files):
    section = run.settings.corpus
    kind = corpora.kind_of_section(section)
    if split is not None and (input_file is not None or reference_files):
        raise UsageError("--split and files of your own were both given; give one of them")
    if reference_files and not kind.has_references:
        raise UsageError(
            f"'{run.path}' was trained on {kind.what}, whose files hold the answers themselves; give --input without "
            "--reference"
        )
    if kind.has_references and (input_file is None) != (not reference_files):
        raise UsageError(f"--input and --reference go together: one file of {kind.inputs}, one or more of references")
    if input_file is not None:
        if kind.has_references:
            return _file_name(input_file), kind.read_with_references(input_file, reference_files)
        return _file_name(input_file), corpora.read_rows(input_file, section, known=_known_answers(run, kind))
    own = "--input and --reference" if kind.has_references else "--input"
    corpus = corpora.load_configured(section, run=run.path, instead=f", or evaluate on your own files with {own}")
    split = split or "test"
    rows = corpus.split(split)
    if corpus.fingerprint != run.manifest["corpus"]["fingerprint"]:
        raise CorpusError(
            f"corpus {corpus.name} is not what '{run.path}' was trained on: it has changed, so its test split may hold "
            f"{kind.inputs} that the run has seen; evaluate on your own files with {own}"
        )
    return split, rows, corpus


def _known_answers(run, kind):
    """Returns the answers that the run can give, none where it answers anything."""
    name, key = kind.answers_file or ("", "")
    if not name or not Path(run.path, "text", name).exists():
        return ()
    return run.read_json(f"text/{name}").get(key, ())


def _file_name(path):
    """Returns the name of a file with a suffix, so that it is not the name of a split."""
    name = Path(path).name
    return name if "." in name else f"{name}.txt"
