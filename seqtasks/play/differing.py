"""The dev examples to which two runs give the most different answers."""

import math
from difflib import SequenceMatcher

from seqtasks.corpora import KINDS
from seqtasks.errors import SeqtasksError
from seqtasks.evaluation import evaluation_rows
from seqtasks.evaluation.comparing import refuse_unlike
from seqtasks.evaluation.predictions import kept_answers

_SHOWN = 5
_WORDS, _NATS = "the share of words that are not common to both answers", "the difference of log p of the text"


def differing(one, other):
    """Compares the answers of two Players of runs of one corpus: kept ones if both have them, see `evaluate`.

    Returns:
        a JSON object: `inputs`, those whose answers differ most, the most first; `of`, the number of dev examples that
        were compared; `differing`, that of those whose answers differ; `kept`, whether the answers are those that
        `evaluate` kept, else the runs answered the examples that they keep; and `by`, how far answers differ, in words.

    Raises UsageError or RunError for runs that cannot be compared.
    """
    both = one, other
    refuse_unlike({player.name: [player.folder("comparing answers")] for player in both})
    kept = _kept(both)
    inputs, answers = kept or (one.probes, [player.lines(one.probes) for player in both])
    distance = _apart if one.writes else _uncommon
    scored = [(distance(*pair), given) for given, *pair in zip(inputs, *answers, strict=True)]
    found = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
    shown = [given for _, given in found if one.fits(given)][:_SHOWN]
    by = _NATS if one.writes else _WORDS
    return {"inputs": shown, "of": len(inputs), "differing": len(found), "kept": bool(kept), "by": by}


def _kept(both):
    """Returns inputs as a run keeps them, and each run's answers, a list of lists of str; None if they are not kept."""
    folders = [player.folder("comparing answers") for player in both]
    if not all(folder.file("scores", "dev.json").exists() for folder in folders):
        return None
    try:
        rows = evaluation_rows(folders[0], split="dev").rows
        answers = [kept_answers(folder, "dev", rows) for folder in folders]
    except SeqtasksError:
        # Such as a corpus that is gone.
        return None
    # Rows without answers, of running text, are scored by other lines than answers.
    if None in answers or not KINDS[folders[0].settings.corpus.kind].answers(rows[0]):
        return None
    reader = both[0].model.predictor.reader
    return [reader.to_probe(reader.input_of(row)) for row in rows], answers


def _uncommon(one, other):
    one, other = (line.split() if " " in one + other else line for line in (one, other))
    return 1 - SequenceMatcher(None, one, other, autojunk=False).ratio() if one != other else 0.0


def _apart(one, other):
    return math.fabs(one - other)
