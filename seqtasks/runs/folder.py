"""The run folder: its files, its manifest, and the checks when a run is opened.

settings.yaml          all settings, resolved
text/                  vocabularies that turn strings into ids
manifest.json          versions, seed, fingerprints, corpus, best epoch, command; members of an ensemble
best.npz               weights of the best epoch, which answer; those of all members of an ensemble
state.npz              last weights, optimizer, random states and position, for --resume
log.jsonl              one line an epoch
probes.json            dev inputs that an export is checked on
samples.jsonl          dev examples and their answers, one line each, by epoch
curve.png              loss and dev score by epoch
README.md              the model card, see model_card.py
predictions/, scores/  written by `evaluate`
"""

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from seqtasks.batches.planning import WHOLE
from seqtasks.errors import RunError, SettingsError, listing
from seqtasks.runs.weights import by_name, not_finite, restore
from seqtasks.settings import check, read_yaml, to_yaml
from seqtasks.tasks import schema_of
from seqtasks.writing import to_json, write_atomically

# Since 2, settings.yaml ends with YAML's mark of an end; an ensemble has 3.
FORMAT, ENSEMBLE_FORMAT = 2, 3
_END = "...\n"
_PARTS = ("settings.yaml", "text", "manifest.json", "probes.json")
_MANIFEST = {"format": int, "task": str, "status": str, "text_fingerprint": str, "corpus": dict, "command": str}


class RunFolder:
    """A run on disk. Opening one checks that it is whole and of a known format.

    Attributes:
        path: the folder.
        manifest: the contents of manifest.json, a dict.
        settings: the run's settings; those of the first member of an ensemble.
        members: the settings of the members of an ensemble, a list; empty for a single run.
    """

    def __init__(self, path):
        """Opens the run at `path`; raises RunError if it is missing, incomplete or of an unknown format."""
        self.path, self._hashed = Path(path), None
        # Unlike Path.is_dir, this raises for no name.
        if not os.path.isdir(path):
            known = sorted(str(p.parent) for p in Path("runs").glob("*/manifest.json"))
            known = (
                f"; runs here: {', '.join(known)}" if known else "; train one with 'seqtasks train --task translate'"
            )
            raise RunError(f"no run at '{path}'{known}")
        missing = [part for part in _PARTS if not (self.path / part).exists()]
        if len(missing) == len(_PARTS):
            if inside := sorted(str(p.parent) for p in self.path.glob("*/manifest.json")):
                raise RunError(f"'{path}' is a folder of runs; give one of them: {', '.join(inside)}")
            raise RunError(f"'{path}' is not a run folder: it has none of {', '.join(_PARTS)}")
        if missing:
            raise RunError(f"run '{path}' is incomplete: missing {', '.join(missing)}; restore it or train again")
        self.manifest = self._read_manifest()
        if self.manifest["format"] > ENSEMBLE_FORMAT:
            raise RunError(
                f"run '{path}' has format {self.manifest['format']}, but this seqtasks reads formats up to "
                f"{ENSEMBLE_FORMAT}; upgrade seqtasks"
            )
        self.settings, self.members = self._read_settings(), self._read_members()

    def file(self, *names):
        """Returns the path of a file of the run."""
        return self.path.joinpath(*names)

    @property
    def is_trained(self):
        """True when training came to its end, by epochs or patience."""
        return self.manifest["status"] == "trained"

    @property
    def order(self):
        """The order of the examples, one of batches/planning.py; runs begun before there were several note none."""
        return self.manifest.get("order", WHOLE)

    @property
    def shares(self):
        """The number of shares of a batch; None in runs begun before it was noted."""
        return self.manifest.get("shares")

    @property
    def task(self):
        """The name of the run's task."""
        return self.manifest["task"]

    def must_be_single(self, what):
        """Raises RunError for an ensemble; `what` names the action, for it."""
        if self.members:
            runs = listing(member["run"] for member in self.manifest["members"])
            raise RunError(f"{what} needs a single run, but '{self.path}' is an ensemble; give one of its runs: {runs}")

    def must_write(self, what):
        """Raises RunError unless the run's task continues texts piece by piece; `what` names the action, for it."""
        from seqtasks.tasks import writers

        if self.task not in writers():
            raise RunError(f"{what} needs a {' or '.join(writers())} run, but '{self.path}' is a {self.task} run")

    def must_recur(self, what):
        """Raises RunError for a run whose encoder is not recurrent; `what` names the action, for it."""
        kind = getattr(self.settings.model, "encoder", "recurrent")
        if kind != "recurrent":
            raise RunError(f"{what} needs a recurrent network, but model.encoder of '{self.path}' is {kind}")

    def write_json(self, name, value):
        """Writes a JSON file into the run, all or nothing."""
        write_atomically(self.file(name), (to_json(value, indent=2) + "\n").encode())

    def write_lines(self, name, records):
        """Writes a JSONL file into the run, all or nothing."""
        write_atomically(self.file(name), "".join(to_json(record) + "\n" for record in records).encode())

    def read_lines(self, name):
        """Returns the records of a JSONL file of the run, none if it is not there."""
        if not self.file(name).exists():
            return []
        return [_parsed(self.file(name), line) for line in _text_of(self.file(name)).split("\n") if line]

    def read_json(self, name):
        """Returns the value in a JSON file of the run; raises RunError if it cannot be read."""
        return _parsed(self.file(name), _text_of(self.file(name)))

    def kept_scores(self):
        """Yields (record, whether it is of the present weights) for each file in scores/, in the order of names."""
        for path in sorted(self.file("scores").glob("*.json")):
            record = self.read_json(f"scores/{path.name}")
            if not isinstance(record, dict):
                raise damaged(path, "expected an object")
            yield record, self.file("best.npz").exists() and record.get("weights") == self.weights_fingerprint()

    def begin(self, settings, command):
        """Records, on disk and here, that training continues with `settings`, and the command for a new such run."""
        if settings != self.settings:
            write_atomically(self.file("settings.yaml"), settings_file(settings).encode())
        self.settings = settings
        if self.is_trained or command != self.manifest["command"]:
            self.update(status="training", command=command)

    def update(self, **entries):
        """Changes entries of the manifest on disk and here."""
        self.manifest = {**self.manifest, **entries}
        self.write_json("manifest.json", self.manifest)

    def write_arrays(self, name, arrays, **notes):
        """Writes named arrays and JSON notes as one .npz file, stamped with the run's text fingerprint."""
        content = arrays_file(arrays, **notes | {"text_fingerprint": self.manifest["text_fingerprint"]})
        write_atomically(self.file(name), content)

    def read_arrays(self, name):
        """Returns (arrays, notes) of an .npz file; raises RunError if it is missing, damaged or of another text."""
        path = self.file(name)
        if not path.exists():
            if self.is_trained:
                raise RunError(f"run '{self.path}' is incomplete: missing {name}; restore it or train again")
            raise RunError(f"run '{self.path}' has no {name} yet; continue its training with --resume")
        try:
            with np.load(path) as stored:
                arrays = {key: stored[key] for key in stored.files}
            notes = json.loads(str(arrays.pop("notes")))
            fingerprint = str(notes["text_fingerprint"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile) as error:
            raise damaged(path, error) from None
        if fingerprint != self.manifest["text_fingerprint"]:
            raise RunError(
                f"'{path}' belongs to another text: its fingerprint is {fingerprint[:12]}, "
                f"but the run's is {self.manifest['text_fingerprint'][:12]}; restore the original file or train again"
            )
        return arrays, notes

    def weights_fingerprint(self):
        """Returns the sha256 of the best weights, which scores belong to; raises RunError if there are none."""
        path = self.file("best.npz")
        if not path.exists():
            self.read_arrays("best.npz")
        found = path.stat()
        state = found.st_ino, found.st_size, found.st_mtime_ns
        if self._hashed is None or self._hashed[0] != state:
            self._hashed = state, hashlib.sha256(path.read_bytes()).hexdigest()
        return self._hashed[1]

    def load_text(self):
        """Returns the run's text; raises RunError if it is not the text that the run was trained with."""
        from seqtasks.tasks import task_class

        try:
            text = task_class(self.task).Text.load(self.file("text"), self.settings)
            fingerprint = text.fingerprint
        except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
            raise damaged(self.file("text"), error) from None
        if fingerprint != self.manifest["text_fingerprint"]:
            raise RunError(
                f"the text of run '{self.path}' does not match its weights: fingerprint {fingerprint[:12]}, "
                f"expected {self.manifest['text_fingerprint'][:12]}; restore text/ and settings.yaml, or train again"
            )
        return text

    def load_scorer(self):
        """Returns the Scorer of the run's answers; it needs neither TensorFlow nor the weights."""
        from seqtasks.tasks import scorer_class

        scorer = scorer_class(self.task)
        try:
            return scorer(self.settings, self.read_json(f"text/{scorer.file}"))
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise damaged(self.file("text", scorer.file), error) from None

    def load_task(self, *, portable=False):
        """Returns the run's task with its text and best weights, ready to answer."""
        from seqtasks.tasks import task_class

        text = self.load_text()
        # Taken before they are read: if they change in between, scores count as those of the earlier weights.
        fingerprint = self.weights_fingerprint()
        arrays, _ = self.read_arrays("best.npz")
        if name := not_finite(arrays):
            raise RunError(f"'{self.file('best.npz')}' has weights that are not finite, in {name}; train a new run")
        kind = task_class(self.task)
        models = [kind(settings, text, portable=portable).model for settings in self.members]
        task = kind(self.settings, text, portable=portable, model=kind.Ensemble(models) if models else None)
        restore(by_name(task.model), arrays, source=self.file("best.npz"))
        task.weights_fingerprint = fingerprint
        return task

    def _read_settings(self):
        path = self.file("settings.yaml")
        # A part of it would be settings too, and all others as they are by default.
        if self.manifest["format"] > 1 and not _text_of(path).endswith(_END):
            raise damaged(path, "its end is missing")
        try:
            # An older run may have a setting without effect, which would be refused now.
            return check(schema_of(self.manifest["task"]), read_yaml(path), forgiving=True)
        except SettingsError as error:
            raise RunError(f"'{path}' does not fit this version of seqtasks: {error}") from None

    def _read_members(self):
        try:
            given = [dict(member["settings"]) for member in self.manifest.get("members", ())]
            if self.manifest["format"] == ENSEMBLE_FORMAT and len(given) < 2:
                raise ValueError(f"there are {len(given)}")
            return [check(schema_of(self.task), settings, forgiving=True) for settings in given]
        except (KeyError, TypeError, ValueError, SettingsError) as error:
            raise damaged(self.file("manifest.json"), f"members: {error}") from None

    def _read_manifest(self):
        path = self.file("manifest.json")
        try:
            manifest = self.read_json("manifest.json")
            for key, kind in _MANIFEST.items():
                if not isinstance(manifest[key], kind):
                    raise TypeError(f"its {key} is {manifest[key]!r}")
            return manifest
        except KeyError as error:
            raise RunError(f"'{path}' is damaged ({error} is missing); restore it or train again") from None
        except TypeError as error:
            raise damaged(path, error) from None


def arrays_file(arrays, **notes):
    """Returns what an .npz file of named arrays and JSON notes holds."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, notes=np.array(to_json(notes)))
    return buffer.getvalue()


def settings_file(settings):
    """Returns what settings.yaml holds."""
    return to_yaml(settings) + _END


def _text_of(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise damaged(path, error) from None


def _parsed(path, text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from None


def damaged(path, error):
    """Returns the RunError for a damaged file of a run."""
    return RunError(f"'{path}' is damaged ({error}); restore it or train again")
