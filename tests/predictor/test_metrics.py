"""Figures against scipy and scikit-learn, intervals against theory."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import r2_score, root_mean_squared_error

from predictor.metrics import Estimate, agreement, draw_weights, paired_difference, weighted_correlation


def _pair(n: int = 300, r: float = 0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    a = rng.normal(size=n)
    b = r * a + np.sqrt(1 - r**2) * rng.normal(size=n) + 7
    return a, b, np.arange(n) % 5


def test_values_equal_the_libraries() -> None:
    a, b, fold = _pair()
    found = agreement(a, b, fold, draw_weights(300, 200, 0))
    by_fold = [pearsonr(a[fold == f], b[fold == f])[0] for f in range(5)]
    assert found["pearson"].value == pytest.approx(np.mean(by_fold))
    assert found["spearman"].value == pytest.approx(spearmanr(a, b)[0])
    assert found["r2"].value == pytest.approx(r2_score(b, a))
    assert found["rmse"].value == pytest.approx(root_mean_squared_error(b, a))


def test_interval_has_the_width_that_theory_gives() -> None:
    a, b, _ = _pair(1000)
    found = agreement(a, b, np.zeros(1000), draw_weights(1000, 1000, 0))["pearson"]
    z, half = np.arctanh(found.value), 1.96 / np.sqrt(997)
    assert found.low == pytest.approx(np.tanh(z - half), abs=0.012)
    assert found.high == pytest.approx(np.tanh(z + half), abs=0.012)


def test_drawing_a_line_twice_weighs_it_twice() -> None:
    a, b, _ = _pair(50)
    weights = draw_weights(50, 20, 3)
    assert (weights.sum(axis=1) == 50).all()
    for row, value in zip(weights, weighted_correlation(a, b, weights), strict=True):
        assert value == pytest.approx(pearsonr(np.repeat(a, row), np.repeat(b, row))[0])


def test_a_constant_prediction_scores_zero_not_nan() -> None:
    """Prevents: the drug-mean rung, or a fold where a model says one thing, vanishing from a mean."""
    _, b, fold = _pair()
    found = agreement(np.full(300, 3.3), b, fold, draw_weights(300, 50, 0))
    assert found["pearson"] == Estimate(0.0, 0.0, 0.0)
    assert found["spearman"].value == 0.0


def test_paired_difference_of_a_prediction_with_itself_is_nothing() -> None:
    a, b, fold = _pair()
    value, draws = paired_difference(a, a, b, fold, draw_weights(300, 50, 0))
    assert value == 0
    assert (draws == 0).all()


def test_paired_difference_is_narrower_than_two_intervals() -> None:
    """Prevents: two overlapping intervals read as 'no difference'."""
    a, b, fold = _pair()
    worse = a + np.random.default_rng(2).normal(0, 0.4, 300)
    weights = draw_weights(300, 500, 0)
    value, draws = paired_difference(a, worse, b, fold, weights)
    single = agreement(a, b, fold, weights)["pearson"]
    assert value > 0
    assert np.ptp(np.quantile(draws, [0.025, 0.975])) < single.high - single.low


def test_an_estimate_prints_with_its_interval() -> None:
    assert str(Estimate(0.4567, 0.4, 0.5)) == "0.457 [0.400, 0.500]"
