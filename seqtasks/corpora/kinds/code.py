"""Sentences with the code that they describe, parallel text whose second side is parsed."""

from seqtasks.corpora.faults import collecting
from seqtasks.corpora.kinds.kind import sentence_key
from seqtasks.corpora.kinds.parallel import Parallel, aligned
from seqtasks.corpora.sources.columns import distinct
from seqtasks.corpora.sources.files import files_by_split, rows_by_split
from seqtasks.corpora.sources.reading import read_json_lines, read_json_list
from seqtasks.corpora.sources.split_names import plain_name
from seqtasks.errors import CorpusError, did_you_mean
from seqtasks.grammar.expression_reader import CodeError
from seqtasks.grammar.languages import LANGUAGES

# Oda et al. (2015) give their 18,805 pairs without splits; these numbers of train and dev are those of the field.
_DJANGO, _DJANGO_TRAIN, _DJANGO_DEV = ("anno", "code"), 16_000, 1000
_CONALA = ("rewritten_intent", "snippet")


class Code(Parallel):
    """Rows `{"source": str, "targets": (str, ...)}`, with one or more programs. Code is parsed, never run.

    A line that is a part of a statement of Python, such as `else:`, is completed.
    """

    name = "code"
    what = "sentences with code"
    held_out = {"dev": 1000, "test": 1000}
    forms = "train.SRC and train.TGT, line by line, or .tsv, .jsonl, .json: a sentence and a line of code"
    suffixes = (".tsv", ".jsonl", ".json")
    inputs, outputs = "sentences", "programs"
    packs = False
    has_language = True

    def __init__(self, language="python"):
        self.language = language

    def of_language(self, language):
        if language not in LANGUAGES:
            advice = did_you_mean(language, LANGUAGES)
            raise CorpusError(f"corpus.language is '{language}'; allowed: {' or '.join(LANGUAGES)}.{advice}")
        return Code(language)

    def texts(self, row):
        # Splits may share code: many sentences say the same.
        return {"source": (row["source"],)}

    def shared_keys(self, row):
        sources = self.sentence_keys(row)["source"]
        return {"source": sources, "code": [sentence_key(code) for code in row["targets"]]}

    def faults_of(self, row, place):
        found, language = super().faults_of(row, place), LANGUAGES[self.language]
        for number, code in enumerate(row["targets"], start=1):
            try:
                language.read(code, language.grammar())
            except CodeError as error:
                found.append((place(number), f"{place(number)}: the code {error}"))
        return found

    def sound(self, examples, faults):
        return super().sound(((self._whole(row), place) for row, place in examples), faults)

    def read_with_references(self, path, reference_paths):
        return [self._whole(row) for row in super().read_with_references(path, reference_paths)]

    def _whole(self, row):
        return {**row, "targets": tuple(map(LANGUAGES[self.language].completed, row["targets"]))}

    def from_dataset(self, name, splits, faults):
        return self.sound_splits(splits, lambda split, number: lambda _: f"{name}: {split}, row {number}", faults)

    def examples_in(self, path, source, target, faults):
        """Yields the examples of a file, see Parallel; a `.json` file is a list of objects.

        Of CoNaLa's objects (Yin et al., 2018) the keys are known, and `intent` is read where `rewritten_intent` is
        null.
        """
        name = plain_name(path.name)
        if not name.endswith((".json", ".jsonl")):
            return super().examples_in(path, source, target, faults)
        names = distinct(path, (source or "source", target or "target"), ("source", "target"))
        records = (read_json_list if name.endswith(".json") else read_json_lines)(path, names, faults)
        records = list(records)
        if records and {"intent", _CONALA[1]} <= set(records[0][1]):
            names = source or _CONALA[0], target or _CONALA[1]
            records = ((number, _with_intent(record)) for number, record in records)
        return self.of_records(path, names, records, faults)

    def read_folder(self, folder, *, source=None, target=None, faults=None):
        """Returns the splits in `folder`: of aligned files, see Parallel; of Django's; or of files of CoNaLa."""
        paths = [folder / f"all.{suffix}" for suffix in _DJANGO]
        if all(path.is_file() for path in paths) and (source or "anno", target or "code") == _DJANGO:
            return self._django(paths, faults)
        if _has_lists(folder):
            return rows_by_split(files_by_split(folder, self), self, source=source, target=target, faults=faults)
        return super().read_folder(folder, source=source, target=target, faults=faults)

    def _django(self, paths, faults):
        edges = (0, _DJANGO_TRAIN, _DJANGO_TRAIN + _DJANGO_DEV, None)
        examples = list(aligned(*paths))
        if len(examples) <= edges[2]:
            raise CorpusError(
                f"{paths[0]} has {len(examples):,} lines; Django's has 18,805, of which {edges[1]:,} are train, "
                f"{_DJANGO_DEV:,} dev and the rest test; name files of your own train, dev and test"
            )
        with collecting(faults) as faults:
            return {
                split: [row for row, _ in self.sound(examples[first:last], faults)]
                for split, first, last in zip(("train", "dev", "test"), edges, edges[1:], strict=False)
            }


def _has_lists(folder):
    try:
        return any(plain_name(file.name).endswith(".json") for file in folder.iterdir())
    except OSError:
        # Which is refused where the files are read.
        return False


def _with_intent(record):
    return {**record, _CONALA[0]: record.get(_CONALA[0]) or record.get("intent")}
