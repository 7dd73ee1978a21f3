"""Tables in time order: their forms, what their columns are for, how they are cut, and what is wrong with them."""

import json

import numpy as np
import pytest

from seqtasks import corpora
from seqtasks.corpora.kinds.tables.times import gaps
from seqtasks.errors import CorpusError

HEADER = "date,volume,note,heat\n"
LINES = [f"2024-01-{day:02},{day * 1.5},n{day},{-day}" for day in range(1, 21)]
VOLUMES = [day * 1.5 for day in range(1, 21)]


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "mine.csv"
    found.write_text(HEADER + "\n".join(LINES) + "\n", encoding="utf-8")
    return found


def load(path, **options):
    return corpora.load(path, kind="table", **options)


def refusal(path, text=None, **options):
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        load(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_a_table_is_cut_by_place_and_a_split_knows_the_rows_before_it(path):
    corpus = load(path, values="volume", inputs=["heat"], future=["weekday", "note"], dev=0.1, test=0.2)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 14, "dev": 2, "test": 4}
    test = corpus.split("test")
    first = {"time": "2024-01-17", "values": ("25.5",), "inputs": ("-17",), "future": ("wed", "n17")}
    assert dict(test[0]) == first
    assert [row["time"][-2:] for row in test.before(3)] == ["14", "15", "16"]
    assert [row["time"][-2:] for row in test[0].recent(2)] == ["16", "17"]
    assert len(corpus.split("train").before(5)) == 0
    np.testing.assert_array_equal(test.numbers("volume"), VOLUMES[16:])
    assert test[1:].numbers("heat").tolist() == [-18, -19, -20]
    assert test.place(0) == f"{path}:18"
    # The same table, whatever is forecast.
    assert load(path, values=["heat"]).fingerprint == load(path, values=2).fingerprint
    assert load(path, dev=0.2).fingerprint != load(path).fingerprint


def test_all_forms_hold_the_same_table(path, tmp_path):
    wanted = load(path, values="volume", inputs="heat", future="note").splits
    cells = [line.split(",") for line in LINES]
    tsv = HEADER.replace(",", "\t") + "\r\n".join("\t".join(line) for line in cells)
    records = [{"date": d, "volume": float(v), "note": n, "heat": int(h)} for d, v, n, h in cells]
    (tmp_path / "mine.tsv").write_text("\ufeff" + tsv, encoding="utf-8")
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    columns = {"date": [d for d, *_ in cells], "volume": VOLUMES, "note": [n for *_, n, _ in cells]}
    columns["heat"] = np.array([int(line[-1]) for line in cells])
    np.savez(tmp_path / "mine.npz", **columns)
    for suffix in ("tsv", "jsonl", "npz"):
        found = load(tmp_path / f"mine.{suffix}", values="volume", inputs="heat", future="note").splits
        for split, rows in wanted.items():
            assert found[split].numbers("volume").tolist() == rows.numbers("volume").tolist(), suffix
            assert [row["future"] for row in found[split]] == [row["future"] for row in rows]
            assert [row["time"] for row in found[split]] == [row["time"] for row in rows]
    dates = np.array(["2024-01-01"] * 20, "M8[D]") + range(20)
    np.savez(tmp_path / "wide.npz", x=np.arange(40.0).reshape(20, 2), date=dates)
    assert load(tmp_path / "wide.npz").split("train").roles.values == ("x_1", "x_2")
    assert load(tmp_path / "wide.npz").split("train")[0]["time"] == "2024-01-01"


def test_columns_are_found_where_none_are_named(path):
    roles = load(path, future=["month"]).split("train").roles
    assert (roles.time, roles.values, roles.future) == ("date", ("volume", "heat"), ("month",))
    named = load(path, values=["heat"], time=1, future=["hour"]).split("train")
    assert (named.roles.time, named[0]["future"]) == ("date", ("0h",))


def test_splits_may_be_files(path, tmp_path):
    for name, part in (("train", LINES[:9]), ("dev", LINES[9:12]), ("test", LINES[12:])):
        (tmp_path / f"{name}.csv").write_text(HEADER + "\n".join(part), encoding="utf-8")
    path.unlink()
    corpus = load(tmp_path)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 9, "dev": 3, "test": 8}
    assert len(corpus.split("test").before(3)) == 0
    (tmp_path / "test.csv").write_text("date,volume\n2024-01-01,3", encoding="utf-8")
    assert "the columns of test are volume, not volume, heat, those of train" in refusal(tmp_path)


def test_a_missing_number_is_left_empty_and_gaps_are_told(path, caplog):
    lines = LINES.copy()
    lines[3] = "2024-01-04,,n4,NaN"
    del lines[10:12], lines[15]
    path.write_text(HEADER + "\n".join(lines), encoding="utf-8")
    corpus = load(path, values="volume", inputs="heat", future="note")
    assert np.flatnonzero(np.isnan(corpus.split("train").numbers("heat"))).tolist() == [3]
    told = "2 of 16 steps of date are longer than 1 day, the commonest ({0}:12, {0}:17); the longest is 3 days, before"
    assert f"{told.format(path)} {path}:12" in caplog.text
    report = corpora.report(corpus)
    assert any("steps of date are longer than 1 day" in problem for problem in report.problems)
    assert report.splits["train"].columns["volume"][0] == 1
    assert gaps([0, 1, 2, 5, 6]) == (1, [(3, 3)])
    assert gaps([0]) == (0.0, [])


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("2024-01-21,n/a,x,1", "mine.csv:22: 'n/a' in volume is no number; leave it empty where it is missing"),
        ("2024-01-21,1_0,x,1", "mine.csv:22: '1_0' in volume is no number; leave it empty where it is missing"),
        ("2024-01-21,inf,x,1", "mine.csv:22: 'inf' in volume is not finite; leave it empty where it is missing"),
        ("2024-01-20,3,x,1", "mine.csv:22: time goes backwards, 2024-01-20 stands behind 2024-01-20; sort the rows"),
        ("2024-01-02,3,x,1", "mine.csv:22: time goes backwards, 2024-01-02 stands behind 2024-01-20; sort the rows"),
        ("yesterday,3,x,1", "mine.csv:22: 'yesterday' in date is no time; write it as 2024-01-31 13:00 or as a number"),
        ("2024-01-21,3,x", "mine.csv:22: 3 separated columns, but the first line has 4"),
    ],
)
def test_a_row_that_is_wrong_is_refused_with_its_line_or_skipped(path, line, wrong):
    text = HEADER + "\n".join([*LINES, line]) + "\n"
    options = {"values": "volume", "inputs": "heat", "future": "note"}
    assert refusal(path, text, **options).startswith(wrong)
    # And where the column is found because most of its cells are numbers.
    assert refusal(path, text).startswith(wrong)
    corpus = load(path, faults="skip", **options)
    assert sum(map(len, corpus.splits.values())) == 20
    assert corpus.split("test").numbers("heat")[-1] == -20


@pytest.mark.parametrize(
    ("text", "options", "wrong"),
    [
        ("", {}, "mine.csv is empty; its first line must name the columns"),
        (HEADER, {}, "mine.csv has no rows; it must have one for each step of time"),
        ("a,a\n1,2\n", {}, "mine.csv:1: two columns are called 'a'; give each its own name"),
        ("a;b\n1;2\n3;4\n", {}, "mine.csv:1: the columns seem to be divided by semicolons, but must be by commas"),
        ("a,b\nx,y\n", {}, "mine.csv: no column to forecast; give corpus.values"),
        ("a,b\n1,2\n", {}, "mine.csv: no row is left for dev of a table of 1; give more rows"),
        (None, {"values": ["volum"]}, "mine.csv: no column volum, as corpus.values says; there are date, volume, note"),
        (None, {"inputs": 9}, "mine.csv: no column 9, as corpus.inputs says"),
        (None, {"values": "heat", "inputs": "heat"}, "mine.csv: heat stands twice in corpus.values"),
        (None, {"values": "note"}, "mine.csv:2: 'n1' in note is no number"),
        ("a,b\n1,2\n2,3\n", {"future": ["hour"]}, "mine.csv: no column hour, as corpus.future says"),
        (
            "time,b\n1,2\n2,3\n",
            {"future": ["hour"]},
            "mine.csv: hour cannot be told from time, whose times are no dates",
        ),
        (None, {"dev": 0.7}, "corpus.dev is 0.7; for a table in time order it is a share of the rows"),
    ],
)
def test_a_table_that_is_wrong_is_refused(path, text, options, wrong):
    assert wrong in refusal(path, text, **options)


def test_other_files_that_are_wrong_are_refused(tmp_path):
    objects = tmp_path / "mine.jsonl"
    assert "mine.jsonl:2: the key 'b' is not in the first line" in refusal(objects, '{"a": 1}\n{"b": 2}\n')
    assert "mine.jsonl:1: 'a' is [1]; it must be a number or text" in refusal(objects, '{"a": [1]}\n')
    assert "mine.jsonl:1: list where an object" in refusal(objects, "[]\n")
    arrays = tmp_path / "mine.npz"
    assert "mine.npz is no npz file of numbers and texts" in refusal(arrays, "x")
    np.savez(arrays, a=np.zeros(3), b=np.zeros(4))
    assert "mine.npz: its arrays have different numbers of rows: a 3, b 4" in refusal(arrays)
    np.savez(arrays, a=np.zeros((3, 2, 2)))
    assert "mine.npz: 'a' has 3 axes" in refusal(arrays)
    np.savez(arrays, a=np.array([{}, None]))
    assert "mine.npz is no npz file of numbers and texts" in refusal(arrays)
    assert "neither a folder nor a .csv, .tsv, .jsonl or .npz file" in refusal(tmp_path / "mine.xls", "x")
    with pytest.raises(CorpusError, match="tfds:x: a TensorFlow dataset is no table in time order; give a file of it"):
        corpora.load("tfds:x", kind="table")
