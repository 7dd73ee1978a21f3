"""Where examples come from: named corpora, your own files, any TensorFlow dataset, made-up tasks; what is in them."""

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from seqtasks.corpora import cutting, packed, splitting
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.faults import WAYS, Faults
from seqtasks.corpora.kinds import DEFAULT, KINDS
from seqtasks.corpora.kinds.kind import Kind
from seqtasks.corpora.more import with_more
from seqtasks.corpora.named import NAMED
from seqtasks.corpora.report import report
from seqtasks.corpora.sources import files, tfds
from seqtasks.errors import CorpusError, FaultsError, did_you_mean, listing
from seqtasks.tasks import task_for

__all__ = ["KINDS", "NAMED", "Corpus", "load", "load_configured", "read_rows", "report"]


def load(
    name: str | Path,
    *,
    kind: str | None = None,
    seed: int = 13,
    dev: float | None = None,
    test: float | None = None,
    faults: str = WAYS[0],
    language: str | None = None,
    more: str | Path | None = None,
    **columns: Any,
) -> Corpus:
    """Returns the Corpus called `name`: one of NAMED, `tfds:NAME[/CONFIG]`, or the path of your own text.

    `kind` is the name of one of KINDS; None is that of the named corpus, else parallel. The `columns` of a kind are
    settings that say where the parts of a row stand: suffixes in a folder of aligned files, columns of a table, keys of
    a JSONL file or features of a TensorFlow dataset; `source` and `target` of parallel, `text` and `label` of labelled,
    `words` and `tags` of tagged, `text` of running text. A named corpus has its own, and takes no others. Splits that
    the corpus does not bring are carved out of train with `seed`, of `dev` and `test` distinct inputs (None is the
    kind's `held_out`; in your own files and TensorFlow datasets at most a tenth of them each, in made-up corpora at
    most 500). Those of running text are its beginning and its end, and `dev` and `test` are shares of the characters.

    Train has the rows of `more` behind its own, your own text too, without those that are connected with other splits.
    Examples with `faults` are refused, or with "skip" left out, and logged.

    Raises CorpusError for a corpus that is unknown, malformed or of another kind, StorageError for one that cannot be
    fetched.
    """
    name = str(name)
    needed = _kind_of(name, kind, language)
    held_out = _held_out(needed, seed=seed, dev=dev, test=test)
    columns = _columns(name, needed, columns, language)
    if faults not in WAYS:
        raise CorpusError(f"corpus.faults is '{faults}'; allowed: {' or '.join(WAYS)}.{did_you_mean(faults, WAYS)}")
    found = Faults(skip=faults == "skip")
    try:
        corpus = _read(name, needed, held_out, faults=found, columns=columns)
        if more is not None:
            corpus = _with_more(corpus, more, needed, faults=found, columns=columns)
        if language is not None and not corpus.languages:
            corpus = replace(corpus, languages=(language,))
        found.settle()
    except FaultsError as error:
        raise _with_advice(error, name, needed, columns) from None
    return corpus


def _read(name: str, kind: Kind, held_out: dict, *, faults: Faults, columns: dict) -> Corpus:
    complete = partial(cutting.complete if kind.by_place else splitting.complete, kind=kind, **held_out)
    if name in NAMED:
        corpus = NAMED[name].read(name, **held_out, **columns)
    elif name.startswith("tfds:"):
        if not kind.of_datasets:
            raise CorpusError(f"{name}: a TensorFlow dataset is no {kind.what.partition(' ')[2]}; give a file of it")
        corpus = tfds.read(name, kind, complete=complete, faults=faults, **columns)
    elif packed.is_packed(Path(name).expanduser()):
        return _read_packed(Path(name).expanduser(), kind, columns)
    elif os.path.exists(os.path.expanduser(name)) or any(mark in name for mark in (".", "/", os.sep)):
        corpus = _read_own(Path(name).expanduser(), kind, complete=complete, faults=faults, columns=columns)
    else:
        raise CorpusError(
            f"no corpus '{name}'; there are {listing([*_named(kind), 'tfds:NAME'])} and the path of a folder or file "
            f"of {kind.what}.{did_you_mean(name, NAMED)}"
        )
    return replace(corpus, splits=kind.check_splits(corpus.name, corpus.splits, faults))


def _with_more(corpus: Corpus, more: str | Path, kind: Kind, *, faults: Faults, columns: dict) -> Corpus:
    if kind.by_place:
        raise CorpusError(f"corpus.more is no setting of {kind.what}; leave it out")
    if corpus.packed:
        raise CorpusError(f"{corpus.name} is packed; leave corpus.more out, or pack its rows with the others of train")
    corpus.split("train")  # Which must be there.
    # The language, which a named corpus may have among its columns, is known to the kind.
    columns = {setting: columns[setting] for setting in kind.columns}
    return replace(corpus, splits=with_more(corpus.splits, more, kind, faults=faults, **columns))


def _read_packed(path: Path, kind: Kind, columns: dict) -> Corpus:
    for setting, value in columns.items():
        if value is not None:
            raise CorpusError(f"{path} is packed and has no columns; leave corpus.{setting} out")
    return packed.read(path, kind)


def _read_own(path: Path, kind: Kind, *, complete: Callable, faults: Faults, columns: dict) -> Corpus:
    splits = files.read(path, kind, faults=faults, **columns)
    try:
        splits = complete(splits)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None
    languages = kind.languages(columns)
    told = {"licence": "not stated", "origin": str(path), "kind": kind.name, "language": kind.language}
    return Corpus(str(path), splits, languages, **told)


def _with_advice(error: FaultsError, name: str, kind: Kind, columns: dict) -> FaultsError:
    """Returns the error about faulty examples with what can be done: skip them, or list all."""
    advice = " (corpus.faults=skip leaves such examples out)" if error.may_skip else ""
    listing = _listing(name, kind, columns)
    return FaultsError(error.faults, may_skip=error.may_skip, advice=advice, command=listing)


def _listing(name: str | Path, kind: Kind, columns: dict) -> str:
    """Returns the command that lists all faults of a corpus."""
    given = [f"corpus.{setting}={columns[setting]}" for setting in kind.columns if columns[setting] is not None]
    given += [f"corpus.language={kind.language}"] if kind.language != Kind.language else []
    task = None if kind.name == DEFAULT else task_for(kind.name)
    options = [*(["--task", task] if task else []), *(word for column in given for word in ("--set", column))]
    return shlex.join(["seqtasks", "corpora", str(name), *options])


def load_configured(section: Any, *, run: Path | None = None, instead: str = "") -> Corpus:
    """Returns the Corpus that the settings `section` of a task names; see `load`.

    `run` is the folder of the run that was trained on it; where its files are no longer there, the CorpusError says so,
    and what can be done `instead`.
    """
    path = Path(section.name).expanduser()
    is_path = section.name not in NAMED and not section.name.startswith("tfds:")
    if run is not None and is_path and not path.exists():
        how = (
            "; put it back"
            if path.is_absolute()
            else ", relative to the folder in which it was trained; run this there"
        )
        raise CorpusError(f"{section.name} is not there: '{run}' was trained on this path{how}{instead}")
    return load(kind=section.kind, **section.model_dump())


def kind_of_section(section: Any) -> Kind:
    """Returns the Kind of the rows that the settings `section` of a corpus names."""
    return _kind_of(section.name, section.kind, getattr(section, "language", None))


def read_rows(path: str | Path, section: Any, *, known: Sequence[str] = ()) -> Sequence:
    """Returns the rows of one file of your own text, of the kind that the settings `section` of a corpus has.

    The columns are those of the section where it names files too, else the usual ones. `known` are the labels or tags
    that a run can answer; others are rejected. Raises CorpusError with `file:line`.
    """
    path, kind = Path(path).expanduser(), kind_of_section(section)
    if path.is_dir():
        raise CorpusError(f"{path} is a folder; give one file of {kind.what}")
    own = section.name not in NAMED and not section.name.startswith("tfds:") and kind.has_columns(path)
    columns = {setting: getattr(section, setting) if own else None for setting in kind.columns}
    if kind.free_columns:
        columns = _columns(section.name, kind, {setting: getattr(section, setting) for setting in kind.columns}, None)
    faults = Faults(skip=section.faults == "skip")
    try:
        (rows,) = files.rows_by_split({"": [path]}, kind, faults=faults, known=known, **columns).values()
        faults.settle()
    except CorpusError as error:
        if isinstance(error, FaultsError) and error.may_skip:
            error = FaultsError(error.faults, command=_listing(path, kind, columns))
        if "give corpus." in str(error):
            given = ", ".join(f"corpus.{setting} is {value or 'not set'}" for setting, value in columns.items())
            error.add_note(f"a file is read with the columns of the run, which cannot be changed here: {given}")
        raise error from None
    return rows


def _kind_of(name: str, kind: str | None, language: str | None) -> Kind:
    """Returns the Kind of a corpus from its name, that of the kind and the language of answers, which may be None."""
    known = NAMED.get(name)
    if kind is None:
        kind = known.kind if known else DEFAULT
    if kind not in KINDS:
        raise CorpusError(f"no kind of corpus '{kind}'; there are {listing(KINDS)}.{did_you_mean(kind, KINDS)}")
    if known and known.kind != kind:
        raise CorpusError(
            f"'{name}' is {KINDS[known.kind].what}, not {KINDS[kind].what}; there are "
            f"{listing([*_named(KINDS[kind]), 'tfds:NAME'])} and files of your own"
        )
    if language is None and known:
        language = next(iter(known.columns.get("language", ())), None)
    return KINDS[kind] if language is None else KINDS[kind].of_language(language)


def _held_out(kind: Kind, *, seed: int, dev: float | None, test: float | None) -> dict:
    """Returns the settings that say how a corpus of the kind is split."""
    given = {"dev": dev, "test": test}
    sizes = {setting: kind.held_out[setting] if size is None else size for setting, size in given.items()}
    for setting, size in sizes.items():
        if kind.by_place and not 0 < size < 0.5:
            raise CorpusError(
                f"corpus.{setting} is {size}; for {kind.what} it is a share of the {kind.shares_of}, above 0 and below "
                "0.5"
            )
        if not kind.by_place and size < 1:
            raise CorpusError(f"corpus.{setting} is {size}; it must be 1 or more")
    return sizes if kind.by_place else {"seed": seed, **sizes}


def _named(kind: Kind) -> list[str]:
    return [name for name, known in NAMED.items() if known.kind == kind.name]


def _columns(name: str, kind: Kind, given: dict, language: str | None) -> dict:
    """Returns the columns by setting, those that are not given as None, or as a named corpus has them.

    A named corpus that is there in several languages has `language` among them.
    """
    settings = kind.columns
    for setting in given:
        if setting not in settings:
            raise CorpusError(
                f"corpus.{setting} is no setting of {kind.what}, which has {listing(settings)}."
                + did_you_mean(setting, settings)
            )
    if name not in NAMED:
        return {setting: given.get(setting) for setting in settings}
    allowed, given = NAMED[name].columns, {**given, "language": language}
    if kind.free_columns:
        return {name: usual[0] if given.get(name) is None else given[name] for name, usual in allowed.items()}
    for setting, received in given.items():
        if received is not None and received not in allowed.get(setting, ()):
            own = f"has '{listing(allowed[setting])}'" if setting in allowed else "has no choice there"
            raise CorpusError(f"corpus.{setting} is '{received}', but {name} {own}; leave it out")
    return {setting: given.get(setting) or names[0] for setting, names in allowed.items()}
