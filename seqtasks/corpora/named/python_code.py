"""Program text: the standard library of the Python that runs."""

import hashlib
import platform
import sys
import sysconfig
from pathlib import Path

from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.cutting import cut
from seqtasks.corpora.kinds.lines import lines_of
from seqtasks.corpora.sources.reading import read_utf8
from seqtasks.errors import CorpusError

LICENCE = "PSF-2.0, Python Software Foundation"
ORIGIN = f"modules at the top of the standard library of Python {platform.python_version()}; other versions differ"


def read(name, *, dev, test):
    """Returns the Corpus of the modules, one behind the other, `dev` and `test` cut off the end (see `cutting.cut`).

    These are the `.py` files at the top of the standard library, without packages and without what was made for one
    machine, in the order of the sha256 of their names. Raises CorpusError where the library came without its source.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    modules = [path for path in folder.glob("*.py") if path.stem in sys.stdlib_module_names]
    if not modules:
        raise CorpusError(f"{folder} has no .py files, so this Python has no text for {name}; use another installation")
    texts = (read_utf8(path) for path in sorted(modules, key=_hash_of_name))
    splits = cut(lines_of(texts), {"dev": dev, "test": test})
    return Corpus(name, splits, (), licence=LICENCE, origin=ORIGIN, kind="text")


def _hash_of_name(path):
    return hashlib.sha256(path.name.encode()).digest()
