"""Forecasts over what came, drawn."""

import numpy as np
import pytest

from seqtasks.errors import UsageError
from seqtasks.pictures.charts.forecasts import save_forecasts

TRUTH = np.array([[1.0, 5], [2, 6], [np.nan, 7], [4, 8]])


def draw(path, truth=TRUTH, **more):
    options = {"times": ["a", "", "c", "d"], "columns": ["x", "y"], "horizon": 2, **more}
    save_forecasts(path, truth=truth, forecasts={"forecast": truth + 1, "last value": truth - 1}, **options)
    return path.read_bytes()


def test_each_column_has_a_panel_and_the_same_forecasts_give_the_same_picture(tmp_path):
    svg = draw(tmp_path / "one.svg")
    assert all(f">{text}<".encode() in svg for text in ("x", "y", "what came", "forecast", "last value", "d"))
    assert draw(tmp_path / "again.svg") == svg
    assert draw(tmp_path / "one.png")[:4] == b"\x89PNG"
    many = np.repeat(TRUTH, 4, axis=1)
    svg = draw(tmp_path / "many.svg", many, columns=[f"c{number}" for number in range(8)], horizon=1)
    assert b">c3<" in svg and b">c4<" not in svg


def test_what_cannot_be_drawn_is_refused(tmp_path):
    with pytest.raises(UsageError, match="allowed: .png, .svg"):
        draw(tmp_path / "one.gif")
    with pytest.raises(UsageError, match="There is nothing to draw"):
        draw(tmp_path / "one.png", TRUTH[:0])
