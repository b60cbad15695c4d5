"""Correlations within tissues and given growth, against regression on dummies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from predictor.correlations import Cells, pearson_over_folds


def residual(values: np.ndarray, design: np.ndarray) -> np.ndarray:
    return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_within_tissues_and_partial_equal_the_residuals_of_a_regression(seed, tissues, folds, offset) -> None:
    """Prevents: tissue or growth left in what is said to be beyond them; also with lines drawn twice."""
    rng = np.random.default_rng(seed)
    n = 90
    tissue, fold = rng.integers(0, tissues, n), rng.integers(0, folds, n)
    growth = rng.normal(size=n) + tissue
    a = rng.normal(size=n) + 2 * tissue + growth + fold + (1e4 if offset else 0)
    b = 0.5 * a + rng.normal(size=n) + growth - tissue
    weight = rng.integers(0, 3, n)
    found = Cells(tissue, fold, np.stack([np.ones(n), weight]))
    for row, rows in enumerate((np.arange(n), np.repeat(np.arange(n), weight))):
        cell = (tissue * folds + fold)[rows]
        dummies = (cell[:, None] == np.unique(cell)).astype(float)
        in_fold = (fold[rows, None] == np.unique(fold[rows])).astype(float)
        inside = pearsonr(residual(a[rows], dummies), residual(b[rows], dummies))[0]
        both = np.column_stack([dummies, in_fold * growth[rows, None]])
        given_growth = pearsonr(residual(a[rows], both), residual(b[rows], both))[0]
        assert found.correlation(a, b)[row] == pytest.approx(inside, abs=1e-6)
        assert found.correlation(a, b, growth)[row] == pytest.approx(given_growth, abs=1e-6)


def test_a_prediction_of_tissue_means_is_worth_nothing_within_tissues() -> None:
    """Prevents: the tissue rung scored against the response, since a left-out mean runs against it."""
    rng = np.random.default_rng(0)
    tissue, fold = rng.integers(0, 6, 200), np.arange(200) % 4
    b = rng.normal(size=200) + tissue
    left_out = np.array([b[(fold != f) & (tissue == t)].mean() for t, f in zip(tissue, fold, strict=True)])
    assert Cells(tissue, fold, np.ones((1, 200))).correlation(left_out, b) == 0
    assert Cells(tissue, np.zeros(200), np.ones((1, 200))).correlation(left_out, b) < 0


def test_a_prediction_that_is_growth_alone_is_worth_nothing_given_growth() -> None:
    """Prevents: the growth rung at -0.15, since its slope is small in the fold where the slope is large."""
    rng = np.random.default_rng(1)
    growth, fold = rng.normal(size=120), np.arange(120) % 3
    b = growth + rng.normal(size=120)
    slopes = np.array([np.polyfit(growth[fold != f], b[fold != f], 1)[0] for f in range(3)])
    cells = Cells(np.zeros(120), fold, np.ones((1, 120)))
    assert cells.correlation(slopes[fold] * growth, b)[0] > 0.5
    assert cells.correlation(slopes[fold] * growth, b, growth) == 0


def test_a_fold_of_two_lines_has_no_say() -> None:
    """Prevents: a correlation of 1 or -1 by two lines in a mean over folds."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=42), rng.normal(size=42)
    fold = np.array([0] * 40 + [1] * 2)
    once = np.ones((1, 42))
    assert pearson_over_folds(a, b, fold, once)[0] == pytest.approx(pearsonr(a[:40], b[:40])[0])
    assert np.isnan(pearson_over_folds(a[40:], b[40:], fold[40:], once[:, 40:]))
