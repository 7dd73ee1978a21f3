"""Packs a corpus: turns train into ids in flat files, block by block, so that it need not fit into memory."""

import json
import logging
import os
import random
import shutil
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from seqtasks import corpora
from seqtasks.batches.sequences import Sequences
from seqtasks.corpora import KINDS, Corpus
from seqtasks.corpora.faults import Faults
from seqtasks.corpora.packed import FORMAT, is_packed, sha256_of
from seqtasks.corpora.sources.blocks import rows_in_blocks
from seqtasks.corpora.sources.split_names import tests_among
from seqtasks.errors import CorpusError, StorageError, UsageError
from seqtasks.locking import locked
from seqtasks.runs.creating import moved
from seqtasks.runs.folder import RunFolder
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of, task_class
from seqtasks.version import __version__
from seqtasks.writing import to_json

# Rows that vocabularies are learned from, and rows turned into ids in one go.
_SAMPLE, _TOGETHER = 500_000, 50_000
_log = logging.getLogger("seqtasks")


def pack(task, *, corpus=None, config=None, overrides=(), base=None, output, progress=None):
    """Packs a corpus for a task into a folder; goes on where an interrupted packing of the same corpus stopped.

    Your own files of examples are read twice, block by block: first to draw the rows that vocabularies are learned
    from, and dev and test where there is none; then to turn train into ids. Rows of train that share a sentence with
    another split are dropped and counted. All other corpora are read whole, as they are in training.

    Args:
        task: name of the task, one that reads text.
        corpus, config, overrides: as of `prepare`.
        base: a run whose vocabularies are used; None learns new ones.
        output: the folder to write; it must not be there yet.
        progress: called with the number of rows packed so far after each block.

    Returns:
        The manifest of the packed corpus. Raises UsageError, SettingsError, CorpusError or StorageError.
    """
    schema = schema_of(task)
    output, base = Path(output), None if base is None else RunFolder(base)
    if base and base.task != task:
        raise UsageError(f"--from {base.path} is a run of {base.task}, not of {task}; give a run of {task}")
    settings = resolve(
        schema, config=config, overrides=overrides, start=base and base.settings.model_dump(), corpus__name=corpus
    )
    kind = KINDS[settings.corpus.kind]
    if not kind.packs:
        raise UsageError(f"--task {task} reads {kind.what}, which cannot be packed")
    if getattr(settings.model, "vectors", None):
        raise UsageError("word vectors cannot be packed; leave model.vectors out")
    if getattr(settings.corpus, "more", None):
        raise UsageError("corpus.more cannot be packed; put its files into the corpus as further shards of train")
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise UsageError(f"'{output}' is there already; choose another folder with --output")
    source = _own_files(settings.corpus, kind) or _Whole(settings.corpus)
    with locked(output):
        return _Packing(settings, base, source, output, progress).run()


def _own_files(section, kind):
    """Returns an _OwnFiles if a corpus is files of examples, else None."""
    path = Path(section.name).expanduser()
    is_named = section.name in corpora.NAMED or section.name.startswith("tfds:")
    is_whole = is_named or kind.by_place or not path.exists() or is_packed(path)
    return None if is_whole else _OwnFiles(path, section, kind)


class _Whole:
    """A corpus that is read whole."""

    def __init__(self, section):
        self.corpus = corpora.load_configured(section)
        if self.corpus.packed:
            raise UsageError(f"{self.corpus.name} is packed already; give the corpus that it was made of")
        self.identity = self.corpus.fingerprint

    def draw(self, rows, seed):
        return self.corpus

    def blocks(self):
        rows = self.corpus.split("train")
        for start in range(0, len(rows), _TOGETHER):
            yield rows[start : start + _TOGETHER]

    def settle(self):
        pass


class _OwnFiles:
    """Files of examples, read block by block."""

    def __init__(self, path, section, kind):
        self.path, self.section, self.kind = path, section, kind
        self.columns = {setting: getattr(section, setting) for setting in kind.columns}
        self.parts = kind.parts_in(path, **self.columns) if path.is_dir() else {"train": [(path,)]}
        if "train" not in self.parts:
            raise CorpusError(f"{path} has no train split")
        self.identity = [
            [str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns]
            for parts in self.parts.values()
            for part in parts
            for file in part
        ]
        self.faults = Faults(skip=section.faults == "skip")

    def blocks(self, split="train"):
        self.faults = Faults(skip=self.section.faults == "skip")
        return rows_in_blocks(self.parts[split], self.kind, faults=self.faults, columns=self.columns)

    def settle(self):
        self.faults.settle()

    def draw(self, count, seed):
        """Returns a Corpus whose train has about `count` rows drawn by chance, and one of each class at least."""
        missing = {} if "dev" in self.parts else {"dev": self.section.dev}
        if missing and not tests_among(self.parts):
            missing["test"] = self.section.test
        chance, rows, read, of_classes = random.Random(seed), [], 0, {}
        wanted = count + sum(missing.values())
        for block in self.blocks():
            for row in block:
                for name in self.kind.labels(row):
                    of_classes.setdefault(name, row)
                # A row is kept with the probability wanted / read, in place of any that was (Vitter's algorithm R).
                if read < wanted:
                    rows.append(row)
                elif (place := chance.randrange(read + 1)) < wanted:
                    rows[place] = row
                read += 1
        chance.shuffle(rows)
        splits = {}
        for name, size in missing.items():
            size, known = min(size, max(1, read // 10)), _keys(self.kind, chain.from_iterable(splits.values()))
            drawn, rows = rows[:size], rows[size:]
            splits[name] = self.kind.grouped([row for row in drawn if known.isdisjoint(_keys(self.kind, [row]))])
        for name in self.parts:
            if name != "train":
                splits[name] = [row for block in self.blocks(name) for row in block]
        splits = self.kind.check_splits(
            str(self.path), {"train": [*rows, *of_classes.values()], **splits}, Faults(skip=False)
        )
        return Corpus(
            str(self.path),
            splits,
            self.kind.languages(self.columns),
            licence="not stated",
            origin=str(self.path),
            kind=self.kind.name,
        )


class _Packing:
    """A packing under way, in a hidden folder beside the one to write; what is there of the same job is kept."""

    def __init__(self, settings, base, source, output, progress):
        self.settings, self.base, self.source, self.output = settings, base, source, output
        self.kind, self.progress = KINDS[settings.corpus.kind], progress
        self.aside = output.parent / f".{output.name}.packing"
        self.job = to_json(
            {
                "seqtasks": __version__,
                "source": source.identity,
                "text": settings.text.model_dump(),
                "corpus": settings.corpus.model_dump(),
                "seed": settings.seed,
                "from": base and base.manifest["text_fingerprint"],
            },
            sort_keys=True,
        )

    def run(self):
        try:
            done = self._begun() or self._begin()
            of_task = task_class(self.settings.task)
            task = of_task(self.settings, of_task.Text.load(self.aside / "text", self.settings))
            self._pack(task, done)
            return self._finish(task, done)
        except CorpusError:
            shutil.rmtree(self.aside, ignore_errors=True)
            raise
        except OSError as error:
            raise StorageError(
                f"cannot write '{self.output}': {error.strerror or error}; free some space and give the same command "
                "again, which goes on from here"
            ) from None

    def _begun(self):
        """Returns how far a packing of the same corpus came, or None."""
        try:
            if (self.aside / "job.json").read_text(encoding="utf-8") != self.job:
                return None
            done = json.loads((self.aside / "done.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        _log.info("going on with %s packed rows", f"{done['rows']:,}")
        return done

    def _begin(self):
        """Draws splits, learns the vocabularies, writes both; returns the facts of a packing that has done nothing."""
        shutil.rmtree(self.aside, ignore_errors=True)
        (self.aside / "text").mkdir(parents=True)
        (self.aside / "train").mkdir()
        _log.info("reading the corpus")
        corpus = self.source.draw(_SAMPLE, self.settings.corpus.seed if not self.kind.by_place else 0)
        splits = {**corpus.splits, "train": self._without_shared(corpus.splits)}
        for name, rows in splits.items():
            if not len(rows):
                raise CorpusError(
                    f"nothing is left for {name}: each of its rows shares a sentence with another split; ask for "
                    "smaller splits or give the splits as files"
                )
        for name, rows in splits.items():
            if name != "train":
                lines = (to_json(row) + "\n" for row in rows)
                (self.aside / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        _log.info("fitting the vocabulary on the train split")
        of_task = task_class(self.settings.task)
        fitted = replace(corpus, splits=splits)
        text = self.base.load_text() if self.base else of_task.Text.fit(fitted, self.settings)
        text.save(self.aside / "text")
        done = {
            "blocks": 0,
            "rows": 0,
            "dropped": 0,
            "files": {},
            "splits": [name for name in splits if name != "train"],
            "text_fingerprint": text.fingerprint,
            "corpus": {key: getattr(corpus, key) for key in ("name", "languages", "licence", "origin")},
        }
        self._note(done)
        (self.aside / "job.json").write_text(self.job, encoding="utf-8")
        return done

    def _without_shared(self, splits):
        """Returns the rows of train that share no sentence with another split."""
        if self.kind.by_place:
            return splits["train"]
        held_out = _keys(self.kind, (row for name, rows in splits.items() if name != "train" for row in rows))
        return [row for row in splits["train"] if held_out.isdisjoint(_keys(self.kind, [row]))]

    def _pack(self, task, done):
        held_out = set()
        if not self.kind.by_place:
            kept = (_records(self.aside / f"{name}.jsonl") for name in done["splits"])
            held_out = _keys(self.kind, (row for records in kept for row in self.kind.from_records(records)))
        for number, rows in enumerate(self.source.blocks()):
            if number < done["blocks"]:
                continue
            kept = rows
            if held_out:
                kept = [row for row in rows if held_out.isdisjoint(_keys(self.kind, [row]))]
                done["dropped"] += len(rows) - len(kept)
            for start in range(0, len(kept), _TOGETHER):
                columns = dict(zip(task.column_names, task.columns(kept[start : start + _TOGETHER]), strict=True))
                for name, column in columns.items():
                    self._append(name, column, done)
            done["blocks"], done["rows"] = number + 1, done["rows"] + len(kept)
            self._note(done)
            if self.progress:
                self.progress(done["rows"])
        self.source.settle()

    def _append(self, name, column, done):
        """Writes a column behind what its files hold; what a killed process wrote behind that is overwritten."""
        parts = {"numbers": column}
        if isinstance(column, Sequences):
            before = done["files"].get(f"train/{name}.ids", {"bytes": 0})["bytes"] // column.values.itemsize
            parts = {"ids": column.values, "ends": column.ends + before}
        for suffix, values in parts.items():
            file = f"train/{name}.{suffix}"
            facts = done["files"].setdefault(file, {"bytes": 0, "type": values.dtype.name})
            content = np.ascontiguousarray(values, np.dtype(facts["type"]).newbyteorder("<")).tobytes()
            path = self.aside / file
            with path.open("r+b" if path.exists() else "wb") as stream:
                stream.seek(facts["bytes"])
                stream.write(content)
                stream.truncate()
            facts["bytes"] += len(content)

    def _note(self, done):
        path = self.aside / "done.json"
        aside = path.with_suffix(".partial")
        aside.write_text(to_json(done), encoding="utf-8")
        os.replace(aside, path)

    def _finish(self, task, done):
        if not done["rows"]:
            raise CorpusError(f"{done['corpus']['name']}: every row of train shares a sentence with another split")
        files = {name: {**facts, "sha256": sha256_of(self.aside / name)} for name, facts in done["files"].items()}
        for path in (*self.aside.glob("*.jsonl"), *self.aside.glob("text/**/*")):
            if path.is_file():
                name = path.relative_to(self.aside).as_posix()
                files[name] = {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        manifest = {
            "format": FORMAT,
            "task": self.settings.task,
            "kind": self.kind.name,
            "seqtasks": __version__,
            **done["corpus"],
            "examples": done["files"][f"train/{task.column_names[0]}.ends"]["bytes"] // 8,
            "rows": done["rows"],
            "dropped": done["dropped"],
            "splits": done["splits"],
            "text": self.settings.text.model_dump(),
            "text_fingerprint": done["text_fingerprint"],
            "columns": list(task.column_names),
            "files": files,
        }
        (self.aside / "manifest.json").write_text(to_json(manifest, indent=2) + "\n", encoding="utf-8")
        for name in ("job.json", "done.json"):
            (self.aside / name).unlink()
        if not moved(self.aside, self.output):
            raise UsageError(f"'{self.output}' has meanwhile been written; choose another folder with --output")
        return manifest


def _keys(kind, rows):
    """Returns what identifies the sentences of rows, by side."""
    return {(side, key) for row in rows for side, keys in kind.sentence_keys(row).items() for key in keys}


def _records(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
