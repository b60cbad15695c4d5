"""Strong columns: what says much is fitted first, and nothing of it is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.margin import StrongLine
from predictor.modalities import ColumnRoles
from predictor.model import ResponseRegressor
from predictor.response import ResponseScale, inhibitor_targets
from predictor.target_model import FitSettings, fit_target
from predictor.trees import TreeSettings

N = 120


def _fitted(
    strong: frozenset[str], pooling: float, *, known: bool = True
) -> tuple[ResponseRegressor, pd.DataFrame]:
    """A line's growth moves what one screen measures by 2 and leaves the other alone."""
    rng = np.random.default_rng(5)
    lines = [f"L{i:03d}" for i in range(N)]
    genes = rng.normal(size=(N, 60))
    names = ["growth.measured_rate", *(f"g{j}" for j in range(60))]
    growth = rng.normal(size=N)
    shared = genes[:, :10].sum(axis=1) * 0.2
    responses = pd.DataFrame(
        {
            "AZD8055@ONE": shared + 2 * growth + rng.normal(size=N) * 0.3,
            "AZD8055@TWO": shared + rng.normal(size=N) * 0.3,
            "OSI-027@TWO": np.nan,
        },
        index=lines,
    )
    growth[:: 9 if known else 1] = np.nan
    features = pd.DataFrame(np.column_stack([growth, genes]), index=lines, columns=names)
    roles = ColumnRoles(
        modality={name: "growth" if name == "growth.measured_rate" else "rna" for name in names},
        wide=frozenset(names[1:]),
        strong=strong,
    )
    settings = FitSettings((pooling,), False, TreeSettings(), ("rna", "lineage"), 5, 10, 0.5, 0)
    target = inhibitor_targets(responses, "ln_ic50_um", ["ONE"], 20)[0]
    scale = ResponseScale.fit(responses, ["AZD8055@ONE", "AZD8055@TWO"])
    return fit_target(features, responses, target, scale, roles, settings), features


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), columns=st.integers(1, 3))
def test_the_line_is_least_squares_with_a_missing_value_at_the_mean(seed: int, columns: int) -> None:
    """Prevents: coefficients of centred columns put to uncentred ones, or a missing value read as 0."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(3, 1, size=(15, columns)), rng.normal(size=15)
    X[2, 0], y[5] = np.nan, np.nan
    line = StrongLine.fit(tuple("abc"[:columns]), X, y)
    known = np.isfinite(y)
    filled = np.where(np.isfinite(X), X, np.nanmean(X[known], axis=0))
    design = np.column_stack([np.ones(15), filled])
    beta = np.linalg.lstsq(design[known], y[known], rcond=None)[0]
    np.testing.assert_allclose(line(X), design @ beta - y[known].mean(), atol=1e-9)


def test_of_nothing_measured_the_line_says_nothing() -> None:
    line = StrongLine.fit(("a",), np.arange(4.0)[:, None], np.full(4, np.nan))
    np.testing.assert_array_equal(line(np.arange(4.0)[:, None]), np.zeros(4))


def test_growth_that_no_line_has_is_left_out() -> None:
    """Prevents: an experiment with growth on a cohort without a growth table that ends in NaN."""
    model, features = _fitted(frozenset({"growth.measured_rate"}), pooling=0.5, known=False)
    assert all("growth.measured_rate" not in sub.wide for sub in model.submodels_.values())
    assert np.isfinite(model.predict(features)).all()


def test_what_growth_does_in_one_screen_is_not_diluted_by_the_other() -> None:
    """Prevents: a strong effect of the target's own screen pooled with a screen that lacks it."""
    model, _ = _fitted(frozenset({"growth.measured_rate"}), pooling=0.75)
    for sub in model.submodels_.values():
        assert sub.wide[0] == "growth.measured_rate"
        assert "growth.measured_rate" not in sub.readable
        assert sub.slope * sub.coef[0] == pytest.approx(2.0, abs=0.25)


def test_contributions_add_up_and_a_missing_value_counts_as_the_mean() -> None:
    model, features = _fitted(frozenset({"growth.measured_rate"}), pooling=0.5)
    sub = model.submodels_["rna"]
    readable, wide = features[list(sub.readable)].to_numpy(), features[list(sub.wide)].to_numpy()
    base, of_readable, of_wide = sub.contributions(readable, wide)
    total = base + of_readable.sum(axis=1) + of_wide.sum(axis=1)
    np.testing.assert_allclose(total, sub.predict(readable, wide), atol=1e-5)
    np.testing.assert_allclose(total, model.predict(features), atol=1e-5)
    assert of_wide[0, 0] == 0


def test_growth_is_kept_where_nothing_else_was_learned() -> None:
    """Prevents: a coefficient divided by a slope of 0."""
    model, _ = _fitted(frozenset(), pooling=0.0)
    flat = replace(model.submodels_["rna"], slope=0.0)
    steps = np.arange(5.0)
    alone = flat.beside(StrongLine.fit(("growth.measured_rate",), steps[:, None], 3 * steps))
    assert alone.readable == ()
    one, two = alone.predict(np.zeros((2, 0)), np.array([[1.0], [2.0]]))
    assert two - one == pytest.approx(3.0)
