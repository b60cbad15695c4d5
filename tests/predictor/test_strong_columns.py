"""Strong columns: what says much is fitted first, and nothing of it is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.submodel import SubModel, fit_strong, fit_submodel
from predictor.trees import TreeSettings

N = 120


def _fitted(
    strong: frozenset[str], *, genes: int = 300
) -> tuple[SubModel, np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(5)
    readable = rng.normal(size=(N, 3))
    readable[::9, 0] = np.nan
    wide = rng.normal(size=(N, genes))
    y = 2.0 * np.nan_to_num(readable[:, 0]) + wide[:, :20].sum(axis=1) * 0.1 + rng.normal(size=N) * 0.3
    model, left_out = fit_submodel(
        "all", readable, ["growth.measured_rate", "a", "b"], wide, [f"g{j}" for j in range(genes)],
        y, np.ones(N), np.arange(N) % 5, trees=TreeSettings(), least_carriers=10, strong=strong, seed=1,
    )  # fmt: skip
    return model, left_out, {"readable": readable, "wide": wide, "y": y}


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), columns=st.integers(1, 3))
def test_the_left_out_values_are_those_of_fits_without_the_sample(seed: int, columns: int) -> None:
    """Prevents: an in-sample fit passed on as cross-fitted, which the margin would then build upon."""
    rng = np.random.default_rng(seed)
    X, y, weight = rng.normal(size=(15, columns)), rng.normal(size=15), rng.uniform(0.5, 2, size=15)
    fitted = fit_strong(X, y, weight)
    keep = np.arange(15) != 4
    root = np.sqrt(weight[keep])[:, None]
    design = np.column_stack([np.ones(15), X])
    beta = np.linalg.lstsq(design[keep] * root, y[keep] * root[:, 0], rcond=None)[0]
    expected = design[4] @ beta - np.average(y, weights=weight)
    assert fitted.left_out[4] == pytest.approx(expected, abs=1e-9)


def test_without_columns_it_says_nothing() -> None:
    fitted = fit_strong(np.zeros((7, 0)), np.arange(7.0), np.ones(7))
    np.testing.assert_array_equal(fitted.left_out, np.zeros(7))


def test_one_strong_column_is_not_shrunk_like_one_of_many() -> None:
    model, left_out, data = _fitted(frozenset({"growth.measured_rate"}))
    assert model.wide[0] == "growth.measured_rate"
    assert "growth.measured_rate" not in model.readable
    assert model.slope * model.coef[0] == pytest.approx(2.0, abs=0.2)
    _, otherwise, _ = _fitted(frozenset())
    y = data["y"]
    assert np.square(y - left_out).mean() < np.square(y - otherwise).mean()


def test_its_contributions_add_up_and_a_missing_value_counts_as_the_mean() -> None:
    model, _, data = _fitted(frozenset({"growth.measured_rate"}))
    readable = data["readable"][:, 1:]
    wide = np.column_stack([data["readable"][:, 0], data["wide"]])
    base, of_readable, of_wide = model.contributions(readable, wide)
    total = base + of_readable.sum(axis=1) + of_wide.sum(axis=1)
    np.testing.assert_allclose(total, model.predict(readable, wide), atol=1e-5)
    assert of_wide[0, 0] == 0
