"""Figures against scipy and scikit-learn, intervals against theory."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import r2_score, root_mean_squared_error

from predictor.estimates import Drawn, mean_of
from predictor.metrics import (
    Estimate,
    HeldOut,
    agreement,
    draw_weights,
    figures,
    paired_difference,
    weighted_correlation,
)


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


def _held(n: int = 300, **more: object) -> tuple[np.ndarray, HeldOut]:
    a, b, fold = _pair(n)
    return a, HeldOut.of(b, fold, draw_weights(n, 50, 0), **more)


def test_within_tissue_leaves_out_small_and_unknown_tissues() -> None:
    """Prevents: a tissue of three lines, or the lines of no known tissue, taken for a tissue."""
    tissue = np.array(["lung"] * 150 + ["skin"] * 100 + [""] * 41 + ["thyroid"] * 9)
    a, held = _held(tissue=tissue)
    known = tissue != ""
    known &= tissue != "thyroid"
    alone = figures(a[known], held.only(known))
    assert figures(a, held)["within_tissue"].value == pytest.approx(alone["within_tissue"].value)
    assert figures(a, held)["partial"].value == figures(a, held)["within_tissue"].value


def test_partial_uses_the_lines_whose_growth_is_known() -> None:
    tissue = np.array(["lung", "skin"] * 150)
    growth = np.random.default_rng(5).normal(size=300)
    growth[::3] = np.nan
    a, held = _held(tissue=tissue, growth=growth)
    known = np.isfinite(growth)
    assert figures(a, held)["partial"].value == pytest.approx(
        figures(a[known], held.only(known))["partial"].value
    )
    assert figures(a, held)["partial"].value != figures(a, held)["within_tissue"].value


@pytest.mark.parametrize(
    ("n", "change", "metric", "reason"),
    [
        (9, {}, "pearson", "9 line"),
        (9, {}, "auc_top_fifth", "9 line"),
        (40, {"measured": np.zeros(40)}, "concordance", "alike"),
        (40, {"in_unit": False}, "r2", "another unit"),
        (40, {"tissue": np.array([""] * 40)}, "within_tissue", "no tissue"),
        (40, {"tissue": np.array(["x"] * 40), "growth": np.full(40, np.nan)}, "partial", "growth"),
    ],
)
def test_what_is_undefined_says_why_and_stops_nothing(n, change, metric, reason) -> None:
    a, b, fold = _pair(n)
    content = {"measured": b, "fold": fold, "drawn": draw_weights(n, 20, 0)} | change
    found = figures(a, HeldOut.of(**content))[metric].estimate()
    assert np.isnan(found.value)
    assert reason in found.reason
    assert found.as_dict()["value"] is None
    assert "undefined" in str(found)


def test_a_prediction_in_another_unit_keeps_its_ranks_alone() -> None:
    """Prevents: R2 of a class consensus in standard deviations against ln IC50."""
    a, held = _held(in_unit=False)
    found = figures(a, held)
    assert np.isnan(found["r2"].value)
    assert np.isnan(found["rmse"].value)
    assert found["pearson"].value == figures(a, _held()[1])["pearson"].value


def test_a_mean_over_targets_uses_the_same_draws_and_names_what_it_lacks() -> None:
    """Prevents: an interval of a mean that takes targets measured on the same lines for independent."""
    one = Drawn(0.2, np.array([0.1, 0.3]))
    whole = mean_of([one, Drawn(0.4, np.array([0.3, 0.5]))])
    assert whole.value == pytest.approx(0.3)
    assert whole.draws == pytest.approx([0.2, 0.4])
    lacking = mean_of([one, Drawn.undefined(2, "too few")], ["a", "b"])
    assert lacking.value == 0.2
    assert lacking.reason.endswith("b")
    assert np.isnan(mean_of([Drawn.undefined(2, "too few")]).value)
    assert np.isnan(mean_of([]).estimate().low)
