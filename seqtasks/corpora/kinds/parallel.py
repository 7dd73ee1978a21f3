"""Parallel text: a source with one or more targets, in a folder of aligned files, a table or a JSON object a line."""

import logging

from seqtasks.corpora.faults import collecting
from seqtasks.corpora.kinds.counts import number_of
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.corpora.sources.columns import distinct, two_columns
from seqtasks.corpora.sources.reading import read_json_lines, read_lines
from seqtasks.corpora.sources.split_names import by_split, in_order, in_order_of_shards, plain_name
from seqtasks.errors import CorpusError, did_you_mean, listing

_log = logging.getLogger("seqtasks")

_SETTINGS = ("source", "target")
# A copied name or number is a translation; a greater share of copies than this is text left untranslated.
_COPIES = 0.05


class Parallel(Kind):
    """Rows `{"source": str, "targets": (str, ...)}`, with one or more references."""

    name = "parallel"
    what = "parallel text"
    parts = {"source": str, "targets": tuple}
    columns = {
        "source": Column(("source",), alone=False),
        "target": Column(("targets", "target"), sequence=None, alone=False),
    }
    held_out = {"dev": 2000, "test": 2000}
    forms = "train.SRC and train.TGT, line by line, or .tsv, .jsonl: two texts"
    suffixes = (".tsv", ".jsonl")
    inputs, outputs = "sources", "targets"
    has_references = True
    columns_together = True

    def answers(self, row):
        return row["targets"]

    def texts(self, row):
        return {"source": (row["source"],), "target": row["targets"]}

    def read_file(self, path, *, source=None, target=None, faults=None, known=()):
        """Returns the rows of a `.jsonl` file with an object a line, or of tab-separated columns; see `Kind.read_file`.

        `source` and `target` are JSON keys ("source" and "target" by default), of which the target holds a string or a
        list of strings; or columns by number from 1 (1 and 2 by default), or by names that the first line must hold.
        Every line must have as many columns as the first.
        """
        with collecting(faults) as faults:
            examples = self.examples_in(path, source, target, faults)
            return [row for row, _ in self.sound(examples, faults)]

    def examples_in(self, path, source, target, faults):
        """Yields (row, place) of each example of a file, as `sound` takes them."""
        if not plain_name(path.name).endswith(".jsonl"):
            return _table(path, source, target, faults)
        names = distinct(path, (source or "source", target or "target"), _SETTINGS)
        return self.of_records(path, names, read_json_lines(path, names, faults), faults)

    def of_records(self, path, names, records, faults):
        """Yields (row, place) of (line number, object) pairs, whose keys are the `names`."""
        for number, record in records:
            here = f"{path}:{number}"
            try:
                text, targets = _sides(record, names)
            except ValueError as error:
                faults.add(here, f"{here}: {error}")
            else:
                yield {"source": text, "targets": targets}, lambda part, here=here: here

    def read_folder(self, folder, *, source=None, target=None, faults=None):
        """Returns the splits in `folder`, a row a line, where `source` and `target` are the suffixes of aligned files.

        Raises CorpusError if the suffixes are not given or not there, a file has no partner, or lines do not pair up.
        """
        with collecting(faults) as faults:
            return {
                name: [row for pair in pairs for row, _ in self.sound(aligned(*pair), faults)]
                for name, pairs in self.parts_in(folder, source=source, target=target).items()
            }

    def parts_in(self, folder, *, source=None, target=None):
        files, parts = _aligned_files(folder, source, target), {}
        for name in in_order({split for split, _ in files}):
            for here, there in ((source, target), (target, source)):
                if (name, there) not in files:
                    raise CorpusError(
                        f"{files[name, here][0]} has no partner that ends in .{there}; add it or remove the file"
                    )
            sources, targets = (in_order_of_shards(files[name, suffix]) for suffix in (source, target))
            if len(sources) != len(targets):
                raise CorpusError(
                    f"{sources[0]} has {len(sources)} shards and {targets[0]} {len(targets)}; shard n of one must "
                    "translate shard n of the other"
                )
            parts[name] = list(zip(sources, targets, strict=True))
        return parts

    def read_with_references(self, path, reference_paths):
        inputs, references = read_lines(path), [read_lines(reference) for reference in reference_paths]
        for reference, lines in zip(reference_paths, references, strict=True):
            if len(lines) != len(inputs):
                shorter = reference if len(lines) < len(inputs) else path
                raise CorpusError(
                    f"{shorter}:{min(len(lines), len(inputs)) + 1}: no line here, but '{path}' has {len(inputs)} lines "
                    f"and '{reference}' {len(lines)}; give each source its reference on the same line"
                )
        return [
            # A blank line says that this reference is missing, which is not the same as an empty reference.
            {"source": source, "targets": tuple(t for t in dict.fromkeys(targets) if t.strip()) or ("",)}
            for source, *targets in zip(inputs, *references, strict=True)
        ]

    def languages(self, columns):
        """Returns the names that were given to the columns; a number or a usual name tells no language."""
        return tuple(
            side if name is None or str(name).isdecimal() or name in self.columns[side].usual else str(name)
            for side, name in columns.items()
        )

    def from_dataset(self, name, splits, faults):
        # A split of which nothing is left keeps its place, so that no other is made in its stead.
        return splits

    def grouped(self, rows):
        """Returns one row a source, in order of first appearance, with all its distinct targets in order."""
        targets = {}
        for row in rows:
            targets.setdefault(row["source"], {}).update(dict.fromkeys(row["targets"]))
        return [{"source": source, "targets": tuple(found)} for source, found in targets.items()]

    def problems(self, name, rows, counted):
        found = super().problems(name, rows, counted)
        copied = [number for number, row in enumerate(rows, start=1) if row["source"] in row["targets"]]
        if len(copied) > len(rows) * _COPIES:
            rows_copied = number_of("rows", len(copied))
            found.append(f"{name}: {rows_copied} with a target that equals the source, first row {copied[0]:,}")
        return found


def _aligned_files(folder, source, target):
    """Returns {(split, suffix): [path, ...]} of the files in a folder with one of two suffixes."""
    files, others = by_split(folder, lambda name: name.rpartition(".")[::2])
    for file, why in others.items():
        _log.info("%s is left out: %s", file, why or "it is no file")
    suffixes = sorted({suffix for _, suffix in files})
    if len(suffixes) < 2:
        raise CorpusError(
            f"{folder} has no pair of aligned files; it should hold train.SOURCE and train.TARGET, likewise dev and "
            f"test; the suffixes there are {listing(suffixes) or 'none'}"
        )
    if not source or not target or source == target:
        raise CorpusError(
            f"{folder}: corpus.source and corpus.target must name two of the suffixes there, which are "
            f"{listing(suffixes)}; received {source or 'nothing'} and {target or 'nothing'}"
        )
    for setting, suffix in (("source", source), ("target", target)):
        if suffix not in suffixes:
            raise CorpusError(
                f"{folder} has no file that ends in .{suffix}, as corpus.{setting} has it; the suffixes there are "
                f"{listing(suffixes)}.{did_you_mean(suffix, suffixes)}"
            )
    return {(split, suffix): paths for (split, suffix), paths in files.items() if suffix in (source, target)}


def aligned(source, target):
    """Yields (row, place) of each line of a pair of files."""
    sources, targets = read_lines(source), read_lines(target)
    if len(sources) != len(targets):
        longer, number = (source, len(targets)) if len(sources) > len(targets) else (target, len(sources))
        raise CorpusError(
            f"{longer}:{number + 1}: this line has no partner: {source.name} has {len(sources):,} lines and "
            f"{target.name} has {len(targets):,}; line n of one must translate line n of the other"
        )
    for number, (text, other) in enumerate(zip(sources, targets, strict=True), start=1):
        yield {"source": text, "targets": (other,)}, lambda part, at=number: f"{(source, target)[part]}:{at}"


def _table(path, source, target, faults):
    """Yields (row, place) of each line of a file of tab-separated columns."""
    names = source or 1, target or 2
    for here, (text, other) in two_columns(path, read_lines(path), names, _SETTINGS, faults):
        yield {"source": text, "targets": (other,)}, lambda part, here=here: here


def _sides(record, names):
    for name in names:
        if name not in record:
            raise ValueError(
                f"no key '{name}'; it has {listing(record)}; give corpus.source and corpus.target."
                + did_you_mean(name, record)
            )
    text, targets = (record[name] for name in names)
    targets = tuple(targets) if isinstance(targets, list) else (targets,)
    if not targets or not all(isinstance(side, str) for side in (text, *targets)):
        raise ValueError(f"'{names[0]}' must be a string and '{names[1]}' a string or a list of one or more strings")
    return text, targets
