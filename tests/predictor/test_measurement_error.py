"""Bounds and standard errors: what is not believed, and who weighs less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import tiny_study  # type: ignore[import-not-found]

from predictor.evaluation import Study, cross_validate
from predictor.measurement_error import at_tested_doses, error_table, mean_variance, weights_of
from predictor.response import ResponseScale, Target, response_table
from predictor.splits import assign_folds
from predictor.target_model import fit_target


def tidy(**more: object) -> pd.DataFrame:
    """Four lines of one inhibitor-screen."""
    return pd.DataFrame(
        {
            "sample_id": list("abcd"),
            "inhibitor": "sirolimus",
            "screen": "GDSC2",
            "metric": "ln_ic50_um",
            "value": [9.0, -9.0, 0.5, 5.0],
            **more,
        }
    )


BOUNDED = tidy(censored=["right", "left", "", "right"], min_dose_um=0.01, max_dose_um=[10.0, 10, 10, np.nan])


def test_an_extrapolated_ic50_is_learned_as_the_nearest_tested_dose() -> None:
    """GDSC2's rapamycin reaches ln IC50 of 9 (8 mM) where 10 uM was the highest dose."""
    table = response_table(BOUNDED, "ln_ic50_um", list("abcd"))
    expected = [np.log(10), np.log(0.01), 0.5, 5.0]
    np.testing.assert_allclose(table["sirolimus@GDSC2"], expected)
    assert BOUNDED.value.to_list() == [9.0, -9.0, 0.5, 5.0]


def test_a_bound_inside_the_tested_doses_stays() -> None:
    """A mean of a censored and an uncensored value is a bound below the highest dose already."""
    table = at_tested_doses(tidy(value=[1.0, 0.0, 0.5, 5.0], censored="right", max_dose_um=10.0))
    np.testing.assert_allclose(table.value, [1.0, 0.0, 0.5, np.log(10)])


def test_an_auc_has_no_bound() -> None:
    """It is of the tested doses and nothing beyond them."""
    auc = tidy(metric="auc_fraction", value=0.99, censored="right", max_dose_um=0.1)
    assert (at_tested_doses(auc).value == 0.99).all()


def test_data_without_doses_are_left_alone() -> None:
    """The pip data have none: not a bit may change."""
    assert at_tested_doses(tidy()) is not None
    pd.testing.assert_frame_equal(at_tested_doses(tidy()), tidy())
    assert error_table(tidy(), "ln_ic50_um", response_table(tidy(), "ln_ic50_um", list("abcd"))) is None


def test_a_bound_has_no_standard_error() -> None:
    """The fit's error there is one of extrapolation."""
    stated = BOUNDED.assign(standard_error=0.3)
    table = response_table(stated, "ln_ic50_um", list("abcd"))
    errors = error_table(stated, "ln_ic50_um", table)
    assert errors is not None
    np.testing.assert_array_equal(errors["sirolimus@GDSC2"], [np.nan, np.nan, 0.3, np.nan])
    assert error_table(stated, "auc_fraction", table) is None


def test_the_variance_of_a_mean_is_that_of_independent_values() -> None:
    """And an unknown error counts like the known ones, not like none."""
    errors = pd.DataFrame({"x": [1.0, 1.0, np.nan], "y": [2.0, np.nan, np.nan]})
    np.testing.assert_allclose(mean_variance(errors, ["x", "y"]), [5 / 4, 1.0, np.nan])


def test_weights_fall_with_the_error_and_stay_within_bounds() -> None:
    """A zero or negative weight would drop a line; one error of 100 must not be worth nothing or NaN."""
    learned = np.array([0.0, 1.0, 2.0, 3.0])
    weight = weights_of(learned, np.square([0.1, 0.5, np.nan, 100.0]))
    assert weight is not None
    assert weight[0] > weight[1] > weight[3] > 0
    assert weight.mean() == pytest.approx(1)
    assert weights_of(learned, np.full(4, np.nan)) is None
    assert weights_of(np.ones(4), np.ones(4)) is None


def test_pooled_variances_follow_the_shares() -> None:
    """(1 - w)^2 of the own error and w^2 of the consensus'; what a line lacks is answered by the other."""
    names = ("sirolimus@GDSC2", "temsirolimus@GDSC2")
    table = pd.DataFrame({names[0]: [0.0, 2.0, 4.0], names[1]: [0.0, 4.0, 8.0]}, index=list("abc"))
    scale = ResponseScale.fit(table, names)
    target = Target(names[0], "sirolimus", "rapalog", "ln_ic50_um", names[:1])
    errors = table * 0 + scale.sd.to_numpy()
    errors.iloc[1, 0] = np.nan
    errors.iloc[2] = np.nan
    found = scale.pooled_variance(errors, target, 0.5)
    # In z units each error is 1; the consensus of two halves its variance.
    np.testing.assert_allclose(found, [0.25 * 1 + 0.25 * 0.5, 1.0, np.nan])
    np.testing.assert_allclose(scale.pooled_variance(errors, target, 0.0), [1.0, np.nan, np.nan])


def noisy(study: Study) -> tuple[Study, list[str]]:
    """A third of the lines get an error of five standard deviations, and say so."""
    rng = np.random.default_rng(3)
    bad = [str(i) for i in study.features.index[::3]]
    responses = study.responses.copy()
    responses.loc[bad] += rng.normal(
        scale=5 * responses.std(ddof=0).mean(), size=(len(bad), responses.shape[1])
    )
    errors = responses * 0 + 0.3
    errors.loc[bad] = 5 * study.responses.std(ddof=0).mean()
    return replace(study, responses=responses, errors=errors), bad


def test_stated_errors_help_the_lines_that_have_none() -> None:
    """Weights that reached no fit, or the wrong rows, would not."""
    study, bad = noisy(tiny_study())
    truth = tiny_study().responses["sirolimus@GDSC2"]
    study = replace(study, targets=study.targets[:1])
    assignment = assign_folds([str(i) for i in study.features.index], 3, 5)
    r = {}
    for name, one in (("weighted", study), ("alike", replace(study, errors=None))):
        table = cross_validate(one, assignment, rungs=False)
        rows = table[(table.predictor == "model") & ~table.sample_id.isin(bad)]
        r[name] = np.corrcoef(rows.prediction, rows.sample_id.map(truth))[0, 1]
    assert r["weighted"] > r["alike"] + 0.02


def test_equal_errors_change_nothing() -> None:
    """Weights that are all alike are no weights."""
    study = tiny_study()
    target = study.targets[0]
    scale = ResponseScale.fit(study.responses, study.consensus)
    arguments = (study.features, study.responses, target, scale, study.roles, study.settings)
    plain, weighted = fit_target(*arguments), fit_target(*arguments, study.responses * 0 + 0.2)
    np.testing.assert_allclose(
        weighted.predict(study.features), plain.predict(study.features), rtol=0, atol=1e-6
    )
