"""Where examples come from: named corpora, your own files, any TensorFlow dataset, made-up tasks; what is in them."""

import os

from seqtasks.corpora import files, tfds
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.named import NAMED
from seqtasks.corpora.report import report
from seqtasks.errors import CorpusError, did_you_mean, one_of

__all__ = ["NAMED", "Corpus", "load", "report"]


def load(name, *, source=None, target=None, seed=13, dev=2000, test=2000):
    """Returns the Corpus called `name`: one of NAMED, `tfds:NAME[/CONFIG]`, or the path of your own text.

    `source` and `target` say which side is which: suffixes in a folder, columns of a TSV file, keys of a JSONL file or
    features of a TensorFlow dataset; a named corpus has its own, and takes no others. Splits that the corpus does not
    bring are carved out of train with `seed`, of `dev` and `test` distinct sources (in your own text and TensorFlow
    datasets at most a tenth of them each, in `reverse` at most 500).

    Raises CorpusError for a corpus that is unknown or malformed, StorageError for one that cannot be fetched.
    """
    for setting, size in (("dev", dev), ("test", test)):
        if size < 1:
            raise CorpusError(f"corpus.{setting} is {size}; it must be 1 source or more")
    if name in NAMED:
        languages = NAMED[name].languages
        for setting, received, own in (("source", source, languages[0]), ("target", target, languages[1])):
            if received not in (None, own):
                raise CorpusError(f"corpus.{setting} is '{received}', but {name} has '{own}'; leave it out")
        return NAMED[name].read(name, languages, seed=seed, dev=dev, test=test)
    name = str(name)
    if name.startswith("tfds:"):
        return tfds.read(name, source, target=target, seed=seed, dev=dev, test=test)
    if os.path.exists(os.path.expanduser(name)) or any(mark in name for mark in (".", "/", os.sep)):
        return files.read(name, source, target=target, seed=seed, dev=dev, test=test)
    raise CorpusError(
        f"no corpus '{name}'; there are {one_of(NAMED)}, tfds:NAME and the path of a folder, .tsv or .jsonl file."
        + did_you_mean(name, NAMED)
    )
