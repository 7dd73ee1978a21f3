"""Scores of forecasts, against sums written out, and intervals and tests by blocks."""

import numpy as np
import pytest

from seqtasks.scores import Metric, format_score, significance
from seqtasks.scores.forecasts import metrics, of_quantiles, scale_of, skill

TRUTH = np.array([[1.0, 10], [2, 20], [4, np.nan], [3, 40]])
FOUND = np.array([[[1.5, 10], [np.nan, np.nan]], [[2, 22], [1, 18]], [[4, 5], [5, 5]], [[2, 40], [3, 44]]])


def values(truth, found, **options):
    given = {"means": np.zeros(truth.shape[1]), "units": np.ones(truth.shape[1]), **options}
    return {one.name: one.value(one.statistics(found).sum(axis=0)) for one in metrics(truth, **given)}


def test_scores_are_means_over_the_cells_that_are_there():
    found = values(TRUTH[:, :1], FOUND[:, :, :1], scales=[2.0], season=3)
    errors = np.array([0.5, 0, -1, 0, 1, -1, 0])
    assert list(found) == ["mse", "mae", "rmse", "r2", "mase"]
    assert found["mse"] == pytest.approx(np.mean(errors**2))
    assert found["mae"] == pytest.approx(np.mean(abs(errors)))
    assert found["rmse"] == pytest.approx(np.mean(errors**2) ** 0.5)
    truths = np.array([1, 2, 2, 4, 4, 3, 3])
    assert found["r2"] == pytest.approx(1 - (errors**2).sum() / ((truths - truths.mean()) ** 2).sum())
    assert found["mase"] == pytest.approx(found["mae"] / 2)
    # Where sums are centred makes no difference.
    assert values(TRUTH[:, :1], FOUND[:, :, :1], means=[100.0])["r2"] == pytest.approx(found["r2"])


def test_of_several_columns_it_is_the_mean_in_units_of_each():
    columns = [values(TRUTH[:, [i]], FOUND[:, :, [i]], units=[unit]) for i, unit in enumerate((2.0, 5.0))]
    found = values(TRUTH, FOUND, units=[2.0, 5.0], first="mae")
    assert next(iter(found)) == "mae"
    for name, value in found.items():
        assert value == pytest.approx((columns[0][name] + columns[1][name]) / 2)
    assert "mase" not in values(TRUTH, FOUND, scales=[1.0, 0.0])
    assert values(np.full((3, 1), 2.0), np.full((3, 1, 1), 2.5))["r2"] == 0


def test_skill_is_what_is_saved_of_the_error_of_another():
    other = FOUND + 1
    metric = skill(TRUTH[:, :1], other[:, :, :1], means=[0.0], units=[1.0])
    mse = [values(TRUTH[:, :1], one[:, :, :1])["mse"] for one in (FOUND, other)]
    assert metric.value(metric.statistics(FOUND[:, :, :1]).sum(axis=0)) == pytest.approx(1 - mse[0] / mse[1])


def test_the_denominator_of_mase_is_the_error_of_a_season_ago():
    table = np.array([[1.0, 5], [4, 5], [np.nan, 5], [6, 5], [7, 5]])
    assert scale_of(table, 2).tolist() == [2, 0]
    assert scale_of(table, 1).tolist() == [2, 0]
    assert scale_of(table, 9).tolist() == [0, 0]


def test_rows_that_follow_each_other_are_drawn_and_swapped_by_blocks():
    signs = np.repeat([1.0, -1.0] * 10, 10)
    metric = Metric("x", "v", lambda one: np.array(one)[:, np.newaxis], lambda totals: totals[0] / 200)
    alone, together = (significance.score(metric, signs, block=block) for block in (1, 10))
    assert together.high - together.low > 1.7 * (alone.high - alone.low)
    assert "|block:10|" in together.signature and "block" not in alone.signature
    rows = {block: significance.compare({"a": signs, "b": signs + 0.5}, [metric], block=block)[1] for block in (1, 50)}
    # Four blocks can be swapped in sixteen ways, of which two make as large a difference.
    assert rows[50]["randomization_p"] == 2 / 2**4
    assert rows[1]["randomization_p"] < 0.001


def test_quantiles_cover_what_lies_between_them_and_lose_what_lies_apart():
    truth = np.array([[1.0], [2.0], [np.nan], [4.0]])
    quantiles = np.array([[[0.0, 3.0]], [[2.0, 2.5]], [[0.0, 9.0]], [[1.0, 2.0]]])[:, :, np.newaxis]
    found = of_quantiles(truth, (0.1, 0.8), units=[2.0], more="|x")
    scores = {one.name: one.value(one.statistics(quantiles).sum(axis=0)) for one in found}
    losses = [0.1 * 1 + 0.2 * 2, 0 + 0.2 * 0.5, 0.1 * 3 + 0.8 * 2]
    assert scores == {
        "coverage": pytest.approx(100 * 2 / 3),
        "below_0.1": pytest.approx(100 / 3),
        "below_0.8": pytest.approx(200 / 3),
        "quantile_loss": pytest.approx(sum(losses) / 3 / 2),
    }
    assert found[0].signature.endswith("|quantiles:0.1,0.8|x")
    assert [one.name for one in of_quantiles(truth, (0.5,), units=[1.0])] == ["below_0.5", "quantile_loss"]


def test_errors_are_printed_with_four_digits():
    printed = [format_score(name, 1234.5678) for name in ("mse", "rmse", "r2", "mase", "skill", "accuracy")]
    assert printed == ["1235", "1235", "1234.568", "1234.568", "1234.568", "1234.6"]
