"""Packed corpora: the train split as ids in flat files, so that it need not fit into memory; made by `seqtasks pack`.

A packed corpus is a folder:

    manifest.json        task, settings of the text, what it was made of, the sizes and sha256 of all files
    text/                the vocabularies
    train/NAME.ids       the ids of all sequences, one after the other; NAME is source, target, words, ...
    train/NAME.ends      where each sequence ends, int64
    train/NAME.numbers   instead of these, a number for each example, int32
    dev.jsonl, ...       the rows of the other splits
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seqtasks.corpora.corpus import Corpus
from seqtasks.errors import CorpusError
from seqtasks.writing import to_json

FORMAT = 1


@dataclass(frozen=True)
class Packed:
    """A packed corpus in a folder.

    Attributes:
        path: the folder, a Path.
        manifest: what its manifest.json holds.
    """

    path: Path
    manifest: dict

    def __len__(self):
        """The number of examples of train."""
        return self.manifest["examples"]

    @property
    def text_folder(self):
        return self.path / "text"

    @cached_property
    def fingerprint(self):
        """The sha256 (hex) of the manifest, which has that of each file."""
        return hashlib.sha256(to_json(self.manifest, sort_keys=True).encode()).hexdigest()

    def columns(self):
        """Returns what the examples of train consist of, read from the files as it is asked for; see `Task.columns`."""
        from seqtasks.batches.sequences import Sequences  # with numpy, which telling what corpora there are needs not

        columns = []
        for name in self.manifest["columns"]:
            if f"train/{name}.numbers" in self.manifest["files"]:
                columns.append(self._array(f"{name}.numbers"))
            else:
                columns.append(Sequences(self._array(f"{name}.ids"), self._array(f"{name}.ends")))
        return columns

    def _array(self, name):
        from seqtasks.batches.file_array import FileArray

        return FileArray(self.path / "train" / name, self.manifest["files"][f"train/{name}"]["type"])

    def verify(self):
        """Reads all files; raises CorpusError for one that is not what was written."""
        for name, facts in self.manifest["files"].items():
            if sha256_of(self.path / name) != facts["sha256"]:
                raise CorpusError(f"{self.path / name} is damaged: its sha256 has changed; pack the corpus again")


def sha256_of(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_packed(path):
    """Tells whether a folder is, or should be, a packed corpus."""
    return (path / "train").is_dir() and any((path / "train").glob("*.ends"))


def read(path, kind):
    """Returns the Corpus of the packed corpus in a folder; its sizes are checked, its bytes by `Packed.verify`.

    Raises CorpusError where something is missing or is not what was written.
    """
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        found, kind_there = manifest["format"], manifest["kind"]
        sizes = {name: facts["bytes"] for name, facts in manifest["files"].items()}
    except FileNotFoundError:
        raise CorpusError(f"{path} is not wholly packed: it has no manifest.json; pack the corpus again") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CorpusError(f"{path / 'manifest.json'} is damaged; pack the corpus again") from None
    if found != FORMAT:
        raise CorpusError(f"{path} has the format {found}, but this version reads {FORMAT}; pack the corpus again")
    if kind_there != kind.name:
        raise CorpusError(f"{path} is packed for --task {manifest['task']}, but {kind.what} is needed")
    for name, size in sizes.items():
        there = (path / name).stat().st_size if (path / name).is_file() else None
        if there != size:
            is_now = "is missing" if there is None else f"has {there:,} bytes instead of {size:,}"
            raise CorpusError(f"{path / name} {is_now}; pack the corpus again")
    packed = Packed(path, manifest)
    splits = {}
    for name in manifest["splits"]:
        content = (path / f"{name}.jsonl").read_bytes()
        if hashlib.sha256(content).hexdigest() != manifest["files"][f"{name}.jsonl"]["sha256"]:
            raise CorpusError(f"{path / f'{name}.jsonl'} has changed; pack the corpus again")
        rows = [json.loads(line) for line in content.splitlines()]
        splits[name] = kind.from_records(rows)
    return Corpus(
        str(path),
        splits,
        tuple(manifest["languages"]),
        licence=manifest["licence"],
        origin=manifest["origin"],
        kind=kind.name,
        packed=packed,
    )
