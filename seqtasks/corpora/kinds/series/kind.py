"""Series of vectors with a label each, or a label for each of their steps."""

from collections import Counter

from seqtasks.corpora.faults import collecting
from seqtasks.corpora.kinds import counts
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.corpora.kinds.series import forms
from seqtasks.corpora.kinds.series.places import USUAL, Place
from seqtasks.errors import CorpusError, did_you_mean, listing
from seqtasks.series.line import steps_of

_SHOWN = 3


class Series(Kind):
    """Rows `{"series": str, "labels": (str, ...)}`: a line as in series/line.py, and one label, or one for each step.

    Rows may also have `group`, a str: those of one group, such as the recordings of a person, stay in one split; and
    `channels`, the names of the channels, a tuple of str.
    """

    name = "vectors"
    what = "series of vectors"
    parts = {"series": str, "labels": tuple}
    columns = {
        "steps": Column(USUAL["steps"], numbers=True),
        "label": Column(USUAL["label"], classes=True, sequence=None),
        "series": Column(USUAL["series"], of_rows=False),
        "group": Column(USUAL["group"], of_rows=False),
    }
    held_out = {"dev": 300, "test": 300}
    forms = ".ts; .csv: a step on a line and a column that tells its series; .jsonl: series and their labels; .npz"
    suffixes = (".ts", ".csv", ".jsonl", ".npz")
    inputs, outputs = "series", "labels"
    answers_file = ("labels.json", "labels")
    packs = False

    def classes(self, row):
        return set(row["labels"])

    def sentence_keys(self, row):
        """Equal series are kept in one split, and so are those of a group."""
        return {"series": [row["series"]], "group": [row["group"]] if "group" in row else []}

    def faults_of(self, row, place):
        """Returns what is wrong with a row; `place` is a function from the number of a step or None, see `Kind`."""
        return [(where, f"{where}: {fault}") for where, fault in forms.faults_of_row(row, place)]

    def shown(self, row):
        steps, labels = steps_of(row["series"]), list(dict.fromkeys(row["labels"]))
        more = ", ..." if len(labels) > _SHOWN else ""
        size = f"{counts.number_of('steps', len(steps))} of {counts.number_of('channels', channels_in(row))}"
        return f"{size}: {' '.join(steps[:1])} ...  ->  {listing(labels[:_SHOWN])}{more}"

    def read_file(self, path, *, steps=None, label=None, series=None, group=None, faults=None, known=()):
        """Returns the rows of a file, one for each series; see `Kind.read_file` and forms.py.

        Where labels are `known`, rows with others are rejected.
        """
        rows = []
        with collecting(faults) as faults:
            found = forms.read(path, {"steps": steps, "label": label, "series": series, "group": group}, faults)
            for row, place in found:
                unknown = [name for name in row["labels"] if known and name not in known]
                if unknown:
                    faults.reject(
                        f"{place(None)}: labelled '{unknown[0]}', which the run does not know; it answers "
                        f"{listing(known)}.{did_you_mean(unknown[0], known)}"
                    )
                else:
                    rows.append(row)
        return rows

    def from_dataset(self, name, splits, faults):
        splits = super().from_dataset(name, splits, faults)
        return self.sound_splits(splits, lambda split, number: Place(f"{name}: row {number:,} of {split}"), faults)

    def check_splits(self, name, splits, faults):
        """Returns the splits without rows that have a label which train lacks: these are faults.

        Raises CorpusError if train has one label only, or series differ in their number of channels.
        """
        labels = {label for row in splits.get("train", ()) for label in row["labels"]}
        if len(labels) == 1:
            raise CorpusError(f"{name}: train has the label '{listing(labels)}' alone; two or more are needed")
        channels, kept = None, {}
        for split, rows in splits.items():
            kept[split] = []
            for number, row in enumerate(rows, start=1):
                here, own = f"{name}: row {number:,} of {split}", channels_in(row)
                channels = channels or own
                unknown = sorted(set(row["labels"]) - labels) if labels else []
                if own != channels:
                    faults.add(here, f"{here} has {counts.number_of('channels', own)}, but the first one {channels:,}")
                elif unknown:
                    faults.add(
                        here,
                        f"{here} has the label '{unknown[0]}', which no row of train has; the labels there are "
                        f"{listing(sorted(labels))}.{did_you_mean(unknown[0], labels)}",
                    )
                else:
                    kept[split].append(row)
        faults.refuse()
        return kept

    # Reports

    def count_classes(self, rows):
        """Returns the Counter of series, or of steps, by label."""
        return Counter(label for row in rows for label in row["labels"])

    def facts(self, counted, limit):
        found = counts.facts(self, counted, limit)
        named = [("steps" if label == "series words" else label, value) for label, value in found]
        return [(label, value) for label, value in named if label != "series characters"]


def channels_in(row):
    """Returns the number of channels of a row's first step."""
    return row["series"].split(maxsplit=1)[0].count(",") + 1
