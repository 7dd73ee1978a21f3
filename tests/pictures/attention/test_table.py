"""The table itself: what it refuses, what it keeps, where it is written."""

import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.errors import StorageError, UsageError
from seqtasks.pictures import AttentionTable

PIECES = st.lists(st.text(st.characters(), max_size=5), min_size=1, max_size=6)


def test_wrong_number_of_rows_names_the_target_pieces():
    weights = np.full((6, 2), 0.5)
    with pytest.raises(ValueError, match="weights are 6 x 2 but there are 2 target pieces: 'x' '▁y'"):
        AttentionTable("attention", ("a", "b"), ("x", "▁y"), weights, "", "")


def test_wrong_number_of_columns_names_the_source_pieces():
    with pytest.raises(ValueError, match="weights are 1 x 3 but there are 2 source pieces: 'a' 'b'"):
        AttentionTable("attention", ("a", "b"), ("x",), [[1, 0, 0]], "", "")


@pytest.mark.parametrize("weights", [[0.5, 0.5], [[[0.5, 0.5]]], [[1.0]] * 2])
def test_wrong_shape_names_both(weights):
    with pytest.raises(ValueError, match="1 target pieces: 'x', and 2 source pieces: 'a' 'b'"):
        AttentionTable("attention", ("a", "b"), ("x",), weights, "", "")


@pytest.mark.parametrize("row", [[0.9, 0.9], [0.0, 0.0], [np.nan, 1.0], [np.inf, 0.0], [1.5, -0.5]])
def test_rows_must_be_weights(row):
    with pytest.raises(ValueError, match="target piece 2, 'y', must be at least 0 and sum to 1"):
        AttentionTable("attention", ("a", "b"), ("x", "y"), [[0.5, 0.5], row], "", "")


def test_the_table_keeps_its_own_weights(spanish):
    weights = np.array([[0.5, 0.5]])
    table = AttentionTable("attention", ["a", "b"], ["x"], weights, "", "")
    weights[:] = 0
    assert table.weights.tolist() == [[0.5, 0.5]]
    assert table.columns == ("a", "b") and table.weights.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        spanish.weights[0, 0] = 1


@given(columns=PIECES, rows=PIECES, seed=st.integers(0, 99))
def test_json_round_trip(make_table, columns, rows, seed):
    table = make_table(columns, rows, source=columns[0], prediction=rows[0])
    again = AttentionTable.from_json(table.to_json())
    np.testing.assert_array_equal(again.weights, table.weights)
    for name in ("kind", "columns", "rows", "source", "prediction", "layout"):
        assert getattr(again, name) == getattr(table, name)


def test_layout_is_kept_and_a_table_without_one_is_a_grid(review):
    assert AttentionTable.from_json(review.to_json()).layout == "text"
    record = json.loads(review.to_json())
    record.pop("layout")
    assert AttentionTable.from_json(json.dumps(record)).layout == "grid"


def test_unknown_layout():
    with pytest.raises(ValueError, match="layout is 'flow'; allowed: grid, text, image"):
        AttentionTable("attention", ("a",), ("x",), [[1.0]], "", "", layout="flow")


def test_json_round_trip_through_a_file(tables, tmp_path):
    for name, table in tables.items():
        table.save(tmp_path / "table.json")
        again = AttentionTable.from_json((tmp_path / "table.json").read_text(encoding="utf-8"))
        assert again.columns == table.columns, name
        assert again.weights.shape == table.weights.shape


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [[1.0, 0.0], [1.0]]}, "not an attention table"),
        ({"weights": "x"}, "not an attention table"),
        ({"columns": "abcd"}, "columns must be a list of texts"),
        ({"rows": [1, 2]}, "rows must be a list of texts"),
        ({"source": None}, "must be texts"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_json_of_something_else(spanish, change, message):
    with pytest.raises(UsageError, match=message):
        AttentionTable.from_json(json.dumps(json.loads(spanish.to_json()) | change))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "1"])
def test_not_a_table(text):
    with pytest.raises(UsageError, match="not an attention table"):
        AttentionTable.from_json(text)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".html", ".json"])
def test_saves_every_table_twice_the_same(tables, texts, tmp_path, suffix):
    for name, table in [*tables.items(), *texts.items()]:
        table.save(tmp_path / f"new folder/one{suffix}")
        table.save(tmp_path / f"two{suffix.upper()}")
        one = (tmp_path / f"new folder/one{suffix}").read_bytes()
        assert one and one == (tmp_path / f"two{suffix.upper()}").read_bytes(), name
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.parametrize(("name", "message"), [("a.pgn", "'.pgn'.*Did you mean '.png'"), ("a", "no suffix")])
def test_unknown_suffix(spanish, tmp_path, name, message):
    with pytest.raises(UsageError, match=message) as caught:
        spanish.save(tmp_path / name)
    assert ".png, .svg, .html, .json" in str(caught.value)
    assert not os.listdir(tmp_path)


def test_unwritable_folder(spanish, tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(StorageError, match="cannot write '.*a.html'.*choose a folder"):
        spanish.save(tmp_path / "file" / "a.html")


def test_nothing_half_written_remains(spanish, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    (tmp_path / "a.html").write_text("old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError, match="No space left"):
        spanish.save(tmp_path / "a.html")
    assert os.listdir(tmp_path) == ["a.html"]
    assert (tmp_path / "a.html").read_text() == "old"
