"""Schoenfeld's formula: known figures, and the power that simulated trials have."""

from __future__ import annotations

import math

import pytest
from made_patients import analysed, asked, cohort_of, patient_table
from scipy.stats import binom

from predictor.outcomes.effects import BETWEEN, interaction, shared_effect
from predictor.outcomes.power import (
    Information,
    detectable,
    error_of_effect,
    error_of_interaction,
    power_for,
)


def test_known_figures() -> None:
    """Two equal groups: 88 events find a hazard ratio of 1.82 with 80 % power; four times as many a 1.35."""
    assert detectable(error_of_effect([Information(88, 0.5)])) == pytest.approx(1.82, abs=0.005)
    assert detectable(error_of_effect([Information(4 * 88, 0.5)])) == pytest.approx(
        math.sqrt(1.82), abs=0.005
    )
    assert detectable(error_of_effect([Information(88, 0.5)]), power=0.9) > 1.82
    halves = [Information(44, 0.5), Information(44, 0.5)]
    assert error_of_effect(halves) == pytest.approx(error_of_effect([Information(88, 0.5)]))
    # An interaction needs four times the events of a main effect of the same size.
    assert error_of_interaction(*halves) == pytest.approx(2 * error_of_effect(halves))


def test_power_and_what_it_finds_are_inverse() -> None:
    error = error_of_interaction(Information(143, 1.0), Information(152, 0.9))
    assert power_for(detectable(error), error) == pytest.approx(0.8, abs=1e-6)
    assert power_for(1 / detectable(error), error) == pytest.approx(0.8, abs=1e-6)
    assert power_for(1.0, error) == pytest.approx(0.025)


def test_without_events_there_is_no_power() -> None:
    assert error_of_effect([]) == math.inf
    assert error_of_interaction(Information(0, 1), Information(10, 1)) == math.inf
    assert power_for(2.0, math.inf) == 0.0


@pytest.mark.parametrize("planted", [1.9])
def test_simulated_trials_find_what_the_formula_says(planted: float) -> None:
    """60 trials of 110 patients: the share that finds the interaction, and the standard errors."""
    effects = [
        interaction(
            analysed(cohort_of(patient_table(110, interaction=planted, seed=seed)), asked(covariates=()))
        )
        for seed in range(60)
    ]
    assert effects[0].group == BETWEEN
    found = sum(effect.ratio.p < 0.05 for effect in effects)
    expected = sum(effect.power_for(planted) for effect in effects) / len(effects)
    assert 0.5 < expected < 0.95
    assert binom.ppf(0.001, len(effects), expected) <= found <= binom.ppf(0.999, len(effects), expected)
    ratio = sum(effect.expected_error / effect.ratio.standard_error for effect in effects) / len(effects)
    assert ratio == pytest.approx(1.0, abs=0.15)


def test_covariates_that_tell_the_marker_cost_power() -> None:
    table = patient_table(300, seed=3)
    told = table.assign(near=table["marker"] + 0.5 * patient_table(300, seed=4)["marker"])
    alone = shared_effect(analysed(cohort_of(told), asked(covariates=())))
    adjusted = shared_effect(analysed(cohort_of(told), asked(covariates=("near",))))
    # A covariate that is the marker with noise of half its size leaves a fifth of its variance.
    assert adjusted.expected_error / alone.expected_error == pytest.approx(math.sqrt(5), rel=0.15)
    assert adjusted.expected_error == pytest.approx(adjusted.ratio.standard_error, rel=0.15)
