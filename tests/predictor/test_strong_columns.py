"""Strong columns: what says much is fitted first, and nothing of it is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.margin import fit_strong
from predictor.modalities import ColumnRoles
from predictor.model import ResponseRegressor
from predictor.response import ResponseScale, inhibitor_targets
from predictor.target_model import FitSettings, fit_target
from predictor.trees import TreeSettings

N = 120


def _fitted(strong: frozenset[str], pooling: float) -> tuple[ResponseRegressor, pd.DataFrame]:
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
    growth[::9] = np.nan
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
    first = fit_strong(np.arange(5.0)[:, None], 3 * np.arange(5.0), np.ones(5))
    alone = flat.beside(("growth.measured_rate",), first)
    assert alone.readable == ()
    steps = alone.predict(np.zeros((2, 0)), np.array([[1.0], [2.0]]))
    assert steps[1] - steps[0] == pytest.approx(3.0)
