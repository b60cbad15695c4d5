"""The linear margin against scikit-learn and against refitting without each row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from predictor.margin import fit_margin


def _data(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(2.0, 3.0, (n, p))
    return X, X[:, 0] + rng.normal(size=n)


def test_equals_ridge_on_the_standardised_block() -> None:
    X, y = _data(40, 90)
    ours = fit_margin(X, y, np.ones(40), penalties=(0.7,))
    Z = (X - X.mean(0)) / X.std(0)
    theirs = Ridge(alpha=0.7 * 90).fit(Z, y)
    np.testing.assert_allclose(ours(X) + y.mean(), theirs.predict(Z), rtol=1e-8)


def test_left_out_values_are_those_of_a_fit_without_the_row() -> None:
    X, y = _data(12, 30)
    whole = fit_margin(X, y, np.ones(12), penalties=(0.5,))
    # The closed form keeps location and scale of all rows, so the check does too.
    Z = (X - X.mean(0)) / X.std(0) / np.sqrt(30)
    centred = y - y.mean()
    for i in range(12):
        rest = np.arange(12) != i
        dual = np.linalg.solve(Z[rest] @ Z[rest].T + 0.5 * np.eye(11), centred[rest])
        assert whole.left_out[i] == pytest.approx(Z[i] @ Z[rest].T @ dual, abs=1e-9)


def test_a_missing_value_counts_as_the_mean_and_a_constant_column_as_nothing() -> None:
    X, y = _data(30, 8)
    X[:, 3] = 4.0
    margin = fit_margin(X, y, np.ones(30))
    assert margin.coef[3] == 0
    row = X[:1].copy()
    row[0, 1] = np.nan
    at_mean = X[:1].copy()
    at_mean[0, 1] = margin.center[1]
    assert margin(row)[0] == margin(at_mean)[0]


def test_no_penalty_is_refused() -> None:
    X, y = _data(10, 3)
    with pytest.raises(ValueError, match="no penalty"):
        fit_margin(X, y, np.ones(10), penalties=())


def test_a_second_response_on_the_same_rows_is_not_answered_with_the_first() -> None:
    X, y = _data(25, 40)
    first = fit_margin(X, y, np.ones(25))
    second = fit_margin(X, -y, np.ones(25))
    np.testing.assert_allclose(first.coef, -second.coef)
    other = fit_margin(X[:20], y[:20], np.ones(20))
    assert not np.allclose(other.coef, first.coef)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(0, 100))
def test_a_row_has_the_same_bits_alone_and_in_any_batch(n: int, seed: int) -> None:
    X, y = _data(50, 300)
    margin = fit_margin(X, y, np.ones(50))
    batch = np.random.default_rng(seed).normal(size=(n, 300))
    together = margin(batch)
    alone = np.array([margin(row[None, :])[0] for row in batch])
    assert (together == alone).all()
    assert (margin(np.asfortranarray(batch)) == alone).all()
