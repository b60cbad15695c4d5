"""Concordance, curves, responses and calibration against figures that are known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_patients import ARM, analysed, asked, cohort_of, patient_table

from predictor.outcomes.analysed import MARKER
from predictor.outcomes.calibration import calibration
from predictor.outcomes.concordance import Pairs, concordance, of_covariates
from predictor.outcomes.effects import effect_in
from predictor.outcomes.kaplan_meier import curve_of, groups_of, round_times, survival_by
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.responders import BENEFIT, RESPONSE, discrimination, responses_of


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(0, 5)), min_size=3, max_size=25).filter(
        lambda rows: any(event for _, event, _ in rows)
    )
)
def test_the_c_index_is_lifelines_with_ties_and_censoring(rows: list[tuple[int, bool, int]]) -> None:
    from lifelines.utils import concordance_index

    data = pd.DataFrame(rows, columns=["months", "event", "risk"]).astype(float)
    found = Pairs(data, 100, 0).index(data["risk"].to_numpy()).value
    try:
        expected = concordance_index(data["months"], -data["risk"], data["event"])
    except ZeroDivisionError:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(expected)


def test_a_draw_counts_a_patient_as_often_as_it_has_it() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"months": rng.exponential(size=30), "event": 1.0})
    risk = rng.normal(size=30)
    drawn = Pairs(data, 100, 1).index(risk).draws[0]
    from lifelines.utils import concordance_index

    from predictor.estimates import draw_weights

    often = np.repeat(np.arange(30), draw_weights(30, 100, 1)[0])
    assert drawn == pytest.approx(concordance_index(data["months"].iloc[often], -risk[often]))


def test_a_marker_that_tells_something_gains_and_noise_does_not_held_out() -> None:
    good = effect_in(analysed(cohort_of(patient_table(500, prognostic=1.8, seed=1))), ARM)
    told = concordance(good.fit, MARKER, 200, 0)
    assert told.gain.low > 0
    assert told.gain_held_out.low > 0
    assert told.with_marker.value > told.covariates.value > 0.5
    noise = effect_in(analysed(cohort_of(patient_table(300, seed=2))), ARM)
    assert concordance(noise.fit, MARKER, 200, 0).gain_held_out.low < 0
    alone = effect_in(
        analysed(cohort_of(patient_table(300, prognostic=1.8, seed=3)), asked(covariates=())), ARM
    )
    without = concordance(alone.fit, MARKER, 200, 0)
    assert without.covariates.reason == "no covariates"
    assert without.gain.value == pytest.approx(without.with_marker.value - 0.5)


def test_where_a_fold_cannot_be_fitted_the_reason_is_told() -> None:
    table = patient_table(200, seed=4)
    table["event"] = 0.0
    # Ten events in each arm: four fifths of the patients have fewer.
    table.loc[table.index[:20], "event"] = 1.0
    fit = effect_in(analysed(cohort_of(table), asked(covariates=())), ARM).fit
    assert "fewer than 10" in concordance(fit, MARKER, 100, 0).gain_held_out.reason
    few = table.set_index("patient_id").iloc[20:]
    assert "fewer than 10" in of_covariates(few, ["marker"], 100, 0).reason


def test_tertiles_are_of_patients_and_stay_under_a_rising_change() -> None:
    values = pd.Series([5.0, 1.0, 3.0, 2.0, 6.0, 4.0], index=list("abcdef"))
    assert groups_of(values).to_dict() == {
        "a": "high", "b": "low", "c": "middle", "d": "low", "e": "high", "f": "middle",
    }  # fmt: skip
    pd.testing.assert_series_equal(groups_of(values), groups_of(np.exp(values)))
    assert groups_of(pd.Series([0.0, 1.0, 0.0])).tolist() == ["without", "with", "without"]
    assert groups_of(pd.Series([0.0, 0.0, 0.0, 0.0, 1.0, 2.0])).tolist() == ["low"] * 4 + ["high"] * 2


def test_a_curve_by_hand() -> None:
    """Four patients: 1 (event), 2 (censored), 3 (event), 5 (censored): 0.75 after 1, 0.375 after 3."""
    data = pd.DataFrame({"months": [1.0, 2.0, 3.0, 5.0], "event": [1.0, 0.0, 1.0, 0.0]}, index=list("abcd"))
    curve = curve_of(data, "all")
    assert dict(zip(curve.months, curve.survival, strict=True)) == pytest.approx(
        {0: 1, 1: 0.75, 2: 0.75, 3: 0.375, 5: 0.375}
    )
    assert (curve.n, curve.events, curve.median, curve.censored.tolist()) == (4, 2, 3, [2, 5])
    assert curve.median_words.endswith("not reached]")
    groups = pd.Series(pd.Categorical(["low", "low", "high", "high"], ["low", "high"]), index=data.index)
    found = survival_by(data, groups, [0, 2, 4])
    assert found.at_risk == {"low": (2, 1, 0), "high": (2, 2, 1)}
    assert 0 < found.p < 1
    assert math.isnan(survival_by(data.iloc[:2], groups).p)


def test_times_are_round() -> None:
    assert round_times(61) == [0, 12, 24, 36, 48, 60]
    assert round_times(0.4) == [0, 1]
    assert len(round_times(2000)) < 20


def test_responses_follow_recist_and_six_months() -> None:
    best = pd.Series(["CR", "CRPR", "SD", "SD", "SD", "PD", "NE", None], index=list("abcdefgh"), dtype=object)
    pfs = pd.DataFrame(
        {"months": [9.0, 9.0, 6.0, 5.0, 5.0, 1.0, 1.0, 1.0], "event": [1.0, 1, 1, 1, 0, 1, 1, 1]},
        index=best.index,
    )
    found = responses_of(best, pfs)
    assert found[RESPONSE].to_dict() == {"a": 1, "b": 1, "c": 0, "d": 0, "e": 0, "f": 0, "g": 0}
    # Stable disease that was censored before 6 months is unknown.
    assert found[BENEFIT].to_dict() == {"a": 1, "b": 1, "c": 1, "d": 0, "f": 0, "g": 0}
    assert set(responses_of(best, None)) == {RESPONSE}
    assert responses_of(best.iloc[-1:], None) == {}


def test_the_auc_is_the_chance_that_a_responder_is_higher() -> None:
    rng = np.random.default_rng(0)
    responded = pd.Series((rng.uniform(size=120) < 0.3).astype(float))
    marker = pd.Series(rng.normal(size=120)).round(1) + responded
    told = discrimination(marker, responded, RESPONSE, draws=200, seed=0)
    pairs = np.subtract.outer(marker[responded == 1].to_numpy(), marker[responded == 0].to_numpy())
    assert told.auc.value == pytest.approx(np.mean(np.sign(pairs) / 2 + 0.5))
    assert told.auc.low < told.auc.value < told.auc.high
    few = discrimination(marker[:8], responded, RESPONSE, draws=100, seed=0)
    assert "fewer than 5 of a kind" in few.auc.reason


def test_a_probability_that_says_how_often_is_calibrated_and_another_is_not() -> None:
    rng = np.random.default_rng(0)
    q = pd.Series(rng.uniform(0.05, 0.95, 4000))
    happened = (rng.uniform(size=4000) < q).astype(float)
    good = calibration(q, happened, RESPONSE)
    assert good.intercept == pytest.approx(0, abs=0.15)
    assert good.slope == pytest.approx(1, abs=0.15)
    assert good.observed_low < good.predicted < good.observed_high
    assert good.brier < good.brier_of_base_rate
    bold = calibration(1 / (1 + np.exp(-3 * np.log(q / (1 - q)))), happened, RESPONSE)
    assert bold.slope == pytest.approx(1 / 3, abs=0.05)
    assert math.isnan(calibration(q * 0 + 0.2, happened, RESPONSE).slope)
    with pytest.raises(NotEstimable, match="fewer than 5"):
        calibration(q[:6], happened, RESPONSE)
