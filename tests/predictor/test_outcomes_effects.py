"""Planted effects are found, others are not, and what must not matter does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_patients import ARM, CONTROL, analysed, asked, cohort_of, patient_table
from scipy.stats import binom

from predictor.outcomes.analysis import analyse
from predictor.outcomes.cox import CoxFit, HazardRatio, fit_cox
from predictor.outcomes.effects import effect_in, interaction, one_baseline, shared_effect
from predictor.outcomes.hazards import Proportionality, before_and_after
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.verdict import PREDICTIVE, PROGNOSTIC, Standing


def standings(table: pd.DataFrame, **changes: object) -> dict[str, Standing]:
    found = analyse(cohort_of(table), asked(**changes))
    return {verdict.question: verdict.standing for verdict in found.markers[0].verdicts}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_prognostic_marker_is_prognostic_and_not_called_predictive(seed: int) -> None:
    found = standings(patient_table(300, prognostic=1.6, seed=seed))
    assert found[PROGNOSTIC] is Standing.SHOWN
    assert found[PREDICTIVE] in {Standing.OPEN, Standing.EXCLUDED}


def test_without_an_interaction_one_is_found_as_often_as_chance_has_it() -> None:
    """The level of the test, with covariates that are stronger in one arm; 40 trials."""
    p = [
        interaction(analysed(cohort_of(patient_table(120, prognostic=1.8, seed=seed)))).ratio.p
        for seed in range(40)
    ]
    assert sum(one < 0.05 for one in p) <= binom.ppf(0.999, len(p), 0.05)


def test_a_planted_interaction_is_found_with_its_direction() -> None:
    found = analyse(cohort_of(patient_table(500, interaction=0.5, seed=4)), asked())
    verdict = next(one for one in found.markers[0].verdicts if one.question == PREDICTIVE)
    assert verdict.standing is Standing.SHOWN
    assert verdict.ratio is not None
    assert verdict.ratio.low < 0.5 < verdict.ratio.high
    assert f"the higher marker, the more {ARM} does for PFS in comparison with {CONTROL}" in verdict.words
    assert "predictive for PFS" in found.markers[0].headline


def test_nothing_planted_in_a_large_trial_is_excluded_and_in_a_small_one_open() -> None:
    assert standings(patient_table(900, seed=6), covariates=(), draws=100)[PREDICTIVE] is Standing.EXCLUDED
    assert standings(patient_table(120, seed=6), covariates=())[PREDICTIVE] is Standing.OPEN


def test_the_effects_are_those_of_separate_arms() -> None:
    """With a baseline and covariates by arm, the interaction is the ratio of what each arm says alone."""
    made = analysed(cohort_of(patient_table(300, prognostic=1.4, interaction=1.3, seed=7)))
    ratio = effect_in(made, ARM).ratio.value / effect_in(made, CONTROL).ratio.value
    assert interaction(made).ratio.value == pytest.approx(ratio, rel=1e-4)
    low, high = sorted(effect_in(made, name).ratio.value for name in (ARM, CONTROL))
    assert low < shared_effect(made).ratio.value < high


def test_swapping_the_arms_inverts_the_interaction() -> None:
    cohort = cohort_of(patient_table(300, interaction=1.5, seed=8))
    one = interaction(analysed(cohort)).ratio
    other = interaction(analysed(cohort, asked(arm=CONTROL, control=ARM))).ratio
    assert one.value == pytest.approx(1 / other.value, rel=1e-6)
    assert one.low == pytest.approx(1 / other.high, rel=1e-6)
    assert one.p == pytest.approx(other.p, rel=1e-6)


@settings(max_examples=4)
@given(st.integers(0, 10_000), st.sampled_from(["exp", "shift", "cube"]))
def test_where_ranks_are_used_a_rising_change_changes_nothing(seed: int, change: str) -> None:
    table = patient_table(160, prognostic=1.5, seed=seed)
    changes = {"exp": np.exp, "shift": lambda x: x + 1e3, "cube": lambda x: x**3}
    ranks = asked(scale="rank")
    before = interaction(analysed(cohort_of(table), ranks))
    after = interaction(analysed(cohort_of(table.assign(marker=changes[change](table["marker"]))), ranks))
    assert before.ratio == after.ratio
    assert before.detectable == after.detectable


@settings(max_examples=2)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(shuffle) -> None:  # type: ignore[no-untyped-def]
    table = patient_table(90, prognostic=1.5, seed=9)
    # Times that tie: what the order could break.
    table["months"] = table["months"].round()
    order = list(range(len(table)))
    shuffle.shuffle(order)
    one, other = (
        analyse(cohort_of(rows), asked(draws=100))
        for rows in (table, table.iloc[order].reset_index(drop=True))
    )
    assert one.markers[0].verdicts == other.markers[0].verdicts
    assert one.facts[0].covariates == other.facts[0].covariates
    of_one, of_other = (found.markers[0].endpoints["PFS"] for found in (one, other))
    assert of_one.shared.proportional.p == of_other.shared.proportional.p  # type: ignore[union-attr]
    assert of_one.arms[ARM].concordance == of_other.arms[ARM].concordance  # type: ignore[union-attr]


def test_a_shift_and_a_unit_do_not_change_an_effect_per_standard_deviation() -> None:
    table = patient_table(200, prognostic=1.5, seed=10)
    before = shared_effect(analysed(cohort_of(table))).ratio.value
    moved = cohort_of(table.assign(marker=7 + 100 * table["marker"]))
    assert shared_effect(analysed(moved)).ratio.value == pytest.approx(before, rel=1e-6)


def test_a_carrier_keeps_its_unit_and_needs_its_kind() -> None:
    table = patient_table(300, prognostic=2.0, carriers=0.3, seed=11)
    made = analysed(cohort_of(table), asked(scale="rank"))
    assert made.unit == "carrier"
    assert shared_effect(made).ratio.low < 2.0 < shared_effect(made).ratio.high
    rare = table.assign(marker=(np.arange(len(table)) < 6).astype(float))
    with pytest.raises(NotEstimable, match="3 patients of a kind under everolimus are fewer than 5"):
        shared_effect(analysed(cohort_of(rare)))


def test_hazards_that_change_with_time_are_seen_and_told() -> None:
    made = analysed(cohort_of(patient_table(600, prognostic=3.0, late=0.25, seed=12)))
    effect = shared_effect(made)
    assert "marker" in effect.proportional.rejected
    assert effect.over_time is not None
    assert effect.over_time.before is not None
    assert effect.over_time.after is not None
    assert effect.over_time.before.value > 1.5 > effect.over_time.after.value
    assert "is an average over follow-up" in effect.hazards_words
    steady = shared_effect(
        analysed(cohort_of(patient_table(600, prognostic=2.0, seed=13)), asked(covariates=()))
    )
    assert "not rejected for any term" in steady.hazards_words


def test_a_part_of_follow_up_that_tells_nothing_has_no_figure() -> None:
    """Sixteen events: neither half of follow-up has the ten that a model needs."""
    table = patient_table(200, prognostic=3.0, seed=17)
    latest = table.loc[table["event"] == 1].nsmallest(16, "months").index
    table.loc[~table.index.isin(latest), "event"] = 0.0
    fit = shared_effect(analysed(cohort_of(table), asked(covariates=()))).fit
    parts = before_and_after(fit, "marker")
    assert parts.before is None
    assert parts.after is None
    assert str(parts).startswith("not estimable in the first")


def test_a_model_that_strata_leave_nothing_of_is_not_fitted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from predictor.outcomes import effects

    def without_strata(data: pd.DataFrame, terms: list[str], strata: tuple[str, ...] = ()) -> CoxFit:
        if len(strata) > 1:
            raise NotEstimable("one patient in each stratum")
        return fit_cox(data, terms, strata)

    monkeypatch.setattr(effects, "fit_cox", without_strata)
    monkeypatch.setattr(Proportionality, "rejected", property(lambda test: tuple(test.p)))
    effect = effects.shared_effect(analysed(cohort_of(patient_table(120, seed=18))))
    assert effect.stratified is None
    assert effect.strata == ()
    assert effect.over_time is not None


def test_where_lifelines_gives_up_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    def fail(*_: object) -> None:
        raise ConvergenceError("delta contains nan value(s)")

    monkeypatch.setattr(CoxPHFitter, "fit", fail)
    with pytest.raises(NotEstimable, match="the likelihood has no maximum"):
        fit_cox(patient_table(60, seed=19), ["marker"])


def test_a_risk_group_whose_hazards_change_becomes_strata() -> None:
    table = patient_table(600, prognostic=1.5, seed=14)
    poor = table["mskcc"] == "poor"
    # All events of the poor come early, or late: no one hazard ratio holds for them.
    rng = np.random.default_rng(0)
    table.loc[poor, "months"] = np.where(rng.uniform(size=poor.sum()) < 0.5, 0.5, 40.0) * rng.uniform(
        0.9, 1.1, poor.sum()
    )
    table.loc[poor, "event"] = 1.0
    effect = shared_effect(analysed(cohort_of(table)))
    assert effect.strata == ("mskcc",)
    assert effect.stratified is not None
    assert "with mskcc as strata in place of terms" in effect.hazards_words
    assert one_baseline(analysed(cohort_of(table))).rejected


def test_lifelines_own_rank_of_time_misses_a_trend_under_strata() -> None:
    """Why the rank is ours: theirs runs on from stratum to stratum."""
    from lifelines.statistics import proportional_hazard_test

    table = patient_table(500, prognostic=2.5, late=0.3, seed=15)
    # The strata differ in length of follow-up, as arms do.
    effect = shared_effect(analysed(cohort_of(table), asked(covariates=())))
    theirs = proportional_hazard_test(effect.fit.fitter, effect.fit.data).p_value
    assert effect.proportional.p["marker"] < 1e-6
    assert float(theirs[0]) > 100 * effect.proportional.p["marker"]


def test_what_cannot_be_fitted_has_a_reason() -> None:
    table = patient_table(60, seed=16).set_index("patient_id")
    data = table.assign(other=table["marker"] * 2, flat=1.0)
    with pytest.raises(NotEstimable, match="combinations of each other"):
        fit_cox(data, ["marker", "other"])
    with pytest.raises(NotEstimable, match="flat does not vary"):
        fit_cox(data, ["marker", "flat"])
    with pytest.raises(NotEstimable, match="0 events are fewer than 10"):
        fit_cox(data.assign(event=0.0), ["marker"])
    apart = data.assign(event=(data["marker"] > 0).astype(float), marker=(data["marker"] > 0).astype(float))
    with pytest.raises(NotEstimable, match="no maximum"):
        fit_cox(apart.assign(months=1.0), ["marker"])


def test_a_hazard_ratio_is_its_logarithm() -> None:
    ratio = HazardRatio(np.log(2.0), 0.1)
    assert ratio.value == pytest.approx(2)
    assert (ratio.low, ratio.high) == pytest.approx((2 / np.exp(0.196), 2 * np.exp(0.196)), rel=1e-3)
    assert str(ratio) == "2.00 [1.64, 2.43]"
    assert HazardRatio(0.0, 1.0).p == pytest.approx(1.0)
    assert set(ratio.as_dict()) == {"hazard_ratio", "low", "high", "p"}
