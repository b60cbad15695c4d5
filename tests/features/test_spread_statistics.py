"""Statistics of spread, each against an independent reference and within its stated range."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.builders import spread_statistics as s

SIGNED = arrays(float, st.integers(4, 60), elements=st.floats(-50, 50))
LINEAR = arrays(float, st.integers(2, 60), elements=st.floats(0, 1e4) | st.just(0.0))


@given(SIGNED)
def test_mean_sd_and_mad_match_scipy(x: np.ndarray) -> None:
    assert s.mean(x) == pytest.approx(x.sum() / len(x), abs=1e-9)
    assert s.sd(x) == pytest.approx(np.sqrt(((x - x.mean()) ** 2).sum() / (len(x) - 1)), abs=1e-9)
    expected = scipy.stats.median_abs_deviation(x, scale="normal")
    # scipy divides by the quantile that 1.4826 rounds.
    assert s.mad(x) == pytest.approx(expected, rel=1e-4, abs=1e-9)
    assert s.mad(x) >= 0


@given(SIGNED)
def test_entropy_is_that_of_forty_fixed_bins(x: np.ndarray) -> None:
    bins = np.minimum(np.floor(np.clip(x, 0, 10) * 4), 39).astype(int)
    assert s.entropy(x) == pytest.approx(scipy.stats.entropy(np.bincount(bins)), abs=1e-9)
    assert 0 <= s.entropy(x) <= np.log(40)


@given(SIGNED, st.floats(0.01, 100), st.floats(-10, 10))
def test_bimodality_matches_its_formula_and_ignores_shift_and_scale(
    x: np.ndarray, factor: float, shift: float
) -> None:
    assume(np.ptp(x) > 1e-3)
    n = len(x)
    skewness = scipy.stats.skew(x, bias=False)
    kurtosis = scipy.stats.kurtosis(x, bias=False)
    expected = (skewness**2 + 1) / (kurtosis + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))
    assert s.bimodality_coefficient(x) == pytest.approx(expected, rel=1e-6)
    assert 0 < s.bimodality_coefficient(x) < 1
    assert s.bimodality_coefficient(factor * x + shift) == pytest.approx(expected, rel=1e-6)


def test_bimodality_has_the_known_values_of_known_distributions() -> None:
    grid = (np.arange(100_000) + 0.5) / 100_000
    assert s.bimodality_coefficient(grid) == pytest.approx(5 / 9, abs=1e-3)
    assert s.bimodality_coefficient(scipy.stats.norm.ppf(grid)) == pytest.approx(1 / 3, abs=1e-3)
    assert s.bimodality_coefficient(np.repeat([0.0, 1.0], 50_000)) == pytest.approx(1, abs=1e-3)


@given(LINEAR)
def test_gini_is_half_the_relative_mean_absolute_difference(x: np.ndarray) -> None:
    if x.sum() <= 0:
        assert np.isnan(s.gini(x))
        return
    assume(x.sum() > 1e-3)
    expected = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert s.gini(x) == pytest.approx(expected, abs=1e-9)
    assert 0 <= s.gini(x) <= 1 - 1 / len(x) + 1e-12


@given(LINEAR, st.floats(0.1, 100))
def test_cv_matches_scipy_ignores_scale_and_keeps_its_range(x: np.ndarray, factor: float) -> None:
    if x.sum() <= 0:
        assert np.isnan(s.cv(x))
        return
    assume(x.sum() > 1e-3)
    assert s.cv(x) == pytest.approx(scipy.stats.variation(x, ddof=1), abs=1e-9)
    assert s.cv(factor * x) == pytest.approx(s.cv(x), rel=1e-9, abs=1e-12)
    assert 0 <= s.cv(x) <= np.sqrt(len(x)) + 1e-9


def test_cv_and_gini_refuse_signed_values_instead_of_giving_nonsense() -> None:
    for function in (s.cv, s.gini):
        with pytest.raises(ValueError, match="never negative"):
            function(np.array([-1.0, 2.0]))


def test_too_few_or_equal_values_are_nan_not_zero() -> None:
    none, same = np.empty(0), np.full(30, 0.1)
    for function in (s.mean, s.mad, s.entropy, s.gini, s.cv, s.bimodality_coefficient):
        assert np.isnan(function(none))
    assert np.isnan(s.sd(np.ones(1)))
    assert np.isnan(s.bimodality_coefficient(same))
    assert s.entropy(same) == 0
    assert s.gini(same) == pytest.approx(0, abs=1e-12)
    assert np.isnan(s.share_below(none, 1))
    assert np.isnan(s.share_below(same, float("nan")))


def test_share_below_leaves_the_threshold_out() -> None:
    assert s.share_below(np.array([1.0, 2.0, 3.0, 4.0]), 2.0) == 0.25


def test_depth_control_finds_the_spread_of_the_shares_at_any_depth() -> None:
    """The raw CV of the same cells triples as depth falls; controlled it must not follow."""
    rng = np.random.default_rng(0)
    share = rng.gamma(25, 0.01 / 25, 40_000)  # CV 0.2
    for depth in (100_000, 5_000, 1_000):
        totals = rng.integers(depth // 2, 2 * depth, len(share)).astype(float)
        molecules = rng.binomial(totals.astype(int), share).astype(float)
        assert s.depth_controlled_cv(molecules, totals) == pytest.approx(0.2, abs=0.006)
    assert s.cv(molecules / totals) > 0.3


def test_cells_that_differ_by_counting_alone_have_no_controlled_spread() -> None:
    rng = np.random.default_rng(1)
    totals = np.full(20_000, 2_000.0)
    molecules = rng.binomial(2_000, 0.01, 20_000).astype(float)
    assert s.cv(molecules / totals) > 0.2
    assert s.depth_controlled_cv(molecules, totals) < 0.03
    # Fewer differences than counting makes: 0, not the root of a negative number.
    assert s.depth_controlled_cv(np.full(5, 20.0), np.full(5, 2_000.0)) == 0


def test_depth_control_of_nothing_is_nan() -> None:
    assert np.isnan(s.depth_controlled_cv(np.array([3.0]), np.array([10.0])))
    assert np.isnan(s.depth_controlled_cv(np.zeros(5), np.full(5, 10.0)))


@given(arrays(float, (30, 2), elements=st.floats(-5, 5)), arrays(float, 30, elements=st.floats(-5, 5)))
def test_residuals_are_what_no_covariate_explains(covariates: np.ndarray, values: np.ndarray) -> None:
    left = s.residuals(values, covariates)
    assert left.sum() == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(covariates.T @ left, 0, atol=1e-5)
    assert s.sd(left) <= s.sd(values) + 1e-9
