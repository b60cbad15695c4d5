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
@given(st.integers(0, 2**31), st.integers(2, 5), st.booleans())
def test_within_cells_and_partial_equal_the_residuals_of_a_regression(seed, cells, offset) -> None:
    """Prevents: tissue or growth left in what is said to be beyond them; also with lines drawn twice."""
    rng = np.random.default_rng(seed)
    n = 60
    cell = rng.integers(0, cells, n)
    growth = rng.normal(size=n) + cell
    a = rng.normal(size=n) + 2 * cell + growth + (1e6 if offset else 0)
    b = 0.5 * a + rng.normal(size=n) + growth - cell
    weight = rng.integers(0, 3, n)
    found = Cells(cell, np.stack([np.ones(n), weight]))
    for row, rows in enumerate((np.arange(n), np.repeat(np.arange(n), weight))):
        dummies = (cell[rows, None] == np.unique(cell)).astype(float)
        inside = pearsonr(residual(a[rows], dummies), residual(b[rows], dummies))[0]
        both = np.column_stack([dummies, growth[rows]])
        given_growth = pearsonr(residual(a[rows], both), residual(b[rows], both))[0]
        assert found.correlation(a, b)[row] == pytest.approx(inside, abs=1e-6)
        assert found.correlation(a, b, growth)[row] == pytest.approx(given_growth, abs=1e-6)


def test_a_prediction_of_cell_means_is_worth_nothing_within_cells() -> None:
    """Prevents: the tissue rung scored against the response, since a left-out mean runs against it."""
    rng = np.random.default_rng(0)
    cell = rng.integers(0, 6, 200)
    b = rng.normal(size=200)
    assert Cells(cell, np.ones((1, 200))).correlation(cell * 1.7 + 3, b) == 0


def test_a_prediction_that_is_growth_alone_is_worth_nothing_given_growth() -> None:
    rng = np.random.default_rng(1)
    growth = rng.normal(size=80)
    b = growth + rng.normal(size=80)
    cells = Cells(np.zeros(80), np.ones((1, 80)))
    assert cells.correlation(3 * growth + 1, b)[0] > 0.5
    assert cells.correlation(3 * growth + 1, b, growth) == 0


def test_a_fold_of_two_lines_has_no_say() -> None:
    """Prevents: a correlation of 1 or -1 by two lines in a mean over folds."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=42), rng.normal(size=42)
    fold = np.array([0] * 40 + [1] * 2)
    once = np.ones((1, 42))
    assert pearson_over_folds(a, b, fold, once)[0] == pytest.approx(pearsonr(a[:40], b[:40])[0])
    assert np.isnan(pearson_over_folds(a[40:], b[40:], fold[40:], once[:, 40:]))
