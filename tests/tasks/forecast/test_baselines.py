"""Simpler forecasts: numbers worked out by hand, and a linear process that is found again."""

import numpy as np
import pytest

from seqtasks.tasks.forecast.baselines import Autoregression, filled, last_value, of_rows, season_ago

NAN = np.nan


def test_a_missing_value_is_that_of_a_season_ago_else_the_last():
    values = np.array([[NAN, 1], [2, NAN], [3, 5], [NAN, NAN], [NAN, 6], [NAN, 7]])
    wanted = [[9, 1], [2, 1], [3, 5], [9, 1], [2, 6], [3, 7]]
    assert filled(values, 3, [9, 9]).tolist() == wanted
    assert filled(values[:, :1], 1, [9]).ravel().tolist() == [9, 2, 3, 3, 3, 3]


def test_the_last_value_and_that_of_a_season_ago():
    known = np.arange(6.0)[:, np.newaxis]
    assert last_value(known, 2)[..., 0].tolist() == [[row, row] for row in range(6)]
    # From row 5 with a season of 3: rows 6 to 9 were 3 to 5 and, as row 6 is not known, 3 again.
    assert season_ago(known, 4, 3)[5, :, 0].tolist() == [3, 4, 5, 3]
    assert season_ago(known, 4, 3)[0, :, 0].tolist() == [0, 0, 0, 0]
    assert season_ago(known, 4, 3)[1, :, 0].tolist() == [1, 0, 1, 1]


def test_forecasts_of_a_row_are_those_made_before_it():
    made = 10 * np.arange(4.0)[:, np.newaxis, np.newaxis] + np.arange(1.0, 4)[np.newaxis, :, np.newaxis]
    # Forecasts 1, 2 and 3 steps ahead from row t are 10 t + 1, 10 t + 2 and 10 t + 3.
    assert of_rows(made, 2, 2)[..., 0].tolist() == [[11, 2, pytest.approx(NAN, nan_ok=True)], [21, 12, 3]]
    assert of_rows(made[:1], 0, 1)[0, :, 0].tolist() == pytest.approx([NAN] * 3, nan_ok=True)


def test_a_linear_process_is_found_again_with_and_without_what_is_known():
    random, rows = np.random.default_rng(1), 4000
    day = np.eye(2)[random.integers(2, size=rows)]
    table = np.zeros((rows, 2))
    table[:, 1] = random.normal(size=rows)
    for row in range(2, rows):
        table[row, 0] = 0.6 * table[row - 1, 0] - 0.3 * table[row - 2, 1] + 0.5 * day[row, 0]
    options = {"count": 1, "season": 4, "horizon": 2}
    known = Autoregression(table, day, **options)
    assert known.order == 5
    found = known.forecasts(table, day)
    assert found.shape == (rows, 2, 1)
    np.testing.assert_allclose(found[10:-2, 0, 0], table[11:-1, 0], atol=0.01)
    alone = Autoregression(table, None, **options).forecasts(table, None)
    apart = [np.abs(one[10:-2, 1, 0] - table[12:, 0]).mean() for one in (found, alone)]
    # Of the day between only its mean is known.
    assert apart[0] == pytest.approx(0.6 * 0.25, abs=0.02)
    assert np.abs(alone[10:-2, 0, 0] - table[11:-1, 0]).mean() == pytest.approx(0.25, abs=0.02)
    assert apart[1] > apart[0] + 0.05
