from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from features.dose_response import fit_hill
from features.errors import InputError

DOSES = np.geomspace(0.001, 10.0, 9)


def _seen(doses: np.ndarray, ec50: float, slope: float, e_inf: float, e_0: float = 1.0) -> np.ndarray:
    return e_inf + (e_0 - e_inf) / (1 + (doses / ec50) ** slope)


@settings(max_examples=40, deadline=None)
@given(
    ec50=st.floats(0.02, 0.5), slope=st.floats(0.7, 3.0), e_inf=st.floats(0.0, 0.35), seed=st.integers(0, 999)
)
def test_known_parameters_are_recovered_within_their_standard_error(
    ec50: float, slope: float, e_inf: float, seed: int
) -> None:
    """Prevents: a curve that is fitted in another unit, to another equation, or with too small an error."""
    clean = _seen(DOSES, ec50, slope, e_inf)
    truth = np.log(ec50) + np.log(0.5 / (0.5 - e_inf)) / slope
    exact = fit_hill(DOSES, clean)
    assert exact is not None
    assert exact.slope == pytest.approx(slope, rel=0.01)
    assert exact.e_inf == pytest.approx(e_inf, abs=0.01)
    assert exact.ec50_um == pytest.approx(ec50, rel=0.01)
    assert exact.ln_ic50_um == pytest.approx(truth, abs=0.01)
    assert exact.censored == ""
    noise = np.random.default_rng(seed).normal(0, 0.02, DOSES.size)
    noisy = fit_hill(DOSES, clean + noise)
    assert noisy is not None
    assert abs(noisy.ln_ic50_um - truth) < max(0.3, 6 * noisy.standard_error)


def test_the_standard_error_is_the_spread_of_repeated_experiments() -> None:
    """Prevents: a delta method with a wrong gradient."""
    rng = np.random.default_rng(1)
    for n_parameters, e_0 in ((3, 1.0), (4, 1.1)):
        clean = _seen(DOSES, 0.1, 1.2, 0.2, e_0)
        fits = [
            fit_hill(DOSES, clean + rng.normal(0, 0.03, DOSES.size), n_parameters=n_parameters)
            for _ in range(200)
        ]
        values = np.array([fit.ln_ic50_um for fit in fits if fit is not None])
        errors = np.array([fit.standard_error for fit in fits if fit is not None])
        assert np.median(errors) == pytest.approx(values.std(), rel=0.2), n_parameters


def test_more_noise_means_a_larger_error_and_exact_determination_none() -> None:
    rng = np.random.default_rng(2)
    clean, draw = _seen(DOSES, 0.1, 1.0, 0.1), rng.normal(0, 1, DOSES.size)
    small, large = (fit_hill(DOSES, clean + s * draw) for s in (0.01, 0.05))
    assert small is not None
    assert large is not None
    assert large.standard_error > 2 * small.standard_error
    four = fit_hill(DOSES[::2][:4], clean[::2][:4] + 0.01 * draw[:4], n_parameters=4)
    assert four is not None
    assert np.isnan(four.standard_error)


@pytest.mark.parametrize(
    ("ec50", "e_inf", "censored", "bound"),
    [
        (200.0, 0.0, "right", np.log(10.0)),
        (0.1, 0.7, "right", np.log(10.0)),
        (1e-5, 0.0, "left", np.log(0.001)),
    ],
)
def test_an_ic50_beyond_the_tested_doses_is_a_bound_and_no_estimate(
    ec50: float, e_inf: float, censored: str, bound: float
) -> None:
    """Prevents: an extrapolated IC50 that passes for a measured one."""
    fit = fit_hill(DOSES, _seen(DOSES, ec50, 1.0, e_inf))
    assert fit is not None
    assert (fit.censored, fit.ln_ic50_um) == (censored, pytest.approx(bound))
    assert np.isnan(fit.standard_error)


def test_the_ic50_is_absolute_and_not_the_ec50() -> None:
    fit = fit_hill(DOSES, _seen(DOSES, 0.1, 1.0, 0.4))
    assert fit is not None
    assert np.exp(fit.ln_ic50_um) == pytest.approx(0.5, rel=0.02)
    assert fit.viability([np.exp(fit.ln_ic50_um)])[0] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("n_parameters", [3, 4])
def test_the_auc_is_the_mean_of_the_curve_over_the_log_of_the_tested_doses(n_parameters: int) -> None:
    e_0 = 1.0 if n_parameters == 3 else 1.2
    fit = fit_hill(DOSES, _seen(DOSES, 0.3, 1.5, 0.2, e_0), n_parameters=n_parameters)
    assert fit is not None
    grid = np.linspace(np.log(DOSES[0]), np.log(DOSES[-1]), 4001)
    mean = trapezoid(fit.viability(np.exp(grid)), grid) / (grid[-1] - grid[0])
    assert fit.auc == pytest.approx(mean, abs=1e-5)
    assert fit.e_0 == pytest.approx(e_0, abs=0.01)


def test_no_effect_is_an_auc_of_one() -> None:
    fit = fit_hill(DOSES, np.ones(DOSES.size))
    assert fit is not None
    assert fit.auc == pytest.approx(1.0, abs=0.01)
    assert fit.censored == "right"


def test_a_curve_never_rises_with_the_dose() -> None:
    """Prevents: a drug that stimulates at high dose is read as one that kills at low dose."""
    fit = fit_hill(DOSES, np.linspace(0.6, 1.3, DOSES.size), n_parameters=4)
    assert fit is not None
    assert (np.diff(fit.viability(DOSES)) <= 1e-9).all()


@pytest.mark.parametrize(
    ("doses", "viability", "n_parameters", "says"),
    [
        ([1, 2, 3], [1, 0.5, 0.2], 3, "3 distinct doses, a curve needs 4"),
        ([1, 1, 2, 2, 3, 3], [1] * 6, 3, "3 distinct doses, a curve needs 4"),
        ([0, 1, 2, 3], [1, 1, 0.5, 0.2], 3, "a dose is not above 0 uM; leave the untreated wells out"),
        ([1, 2, 3, 4], [1, np.nan, 0.5, 0.2], 3, "not a finite number"),
        ([1, 2, 3, 4], [1, 0.5, 0.2], 3, "4 doses and 3 viabilities"),
        ([1, 2, 3, 4], [1, 1, 0.5, 0.2], 5, "a curve of 5 parameters is not known"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    doses: list[float], viability: list[float], n_parameters: int, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        fit_hill(doses, viability, n_parameters=n_parameters)
